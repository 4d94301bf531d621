// SPDX-License-Identifier: Apache-2.0
// Commands: device in bits 63:56, command in 55:48, payload below.
#include "sysvm/machine/htif.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kConsoleWrite = 0x0101;  // device 1, command 1
constexpr std::uint64_t kPayload = (std::uint64_t{1} << 48) - 1;

constexpr std::uint64_t kSystemWrite = 64;
constexpr std::uint64_t kSystemExit = 93;

std::uint64_t* word(Bus& bus, const SymbolTable& symbols, std::string_view name) {
  const auto address = symbols.find(name);
  if (!address || *address % 8 != 0) return nullptr;
  return reinterpret_cast<std::uint64_t*>(bus.ram(GuestPhys(*address), 8));
}

}  // namespace

std::optional<Htif> Htif::find(Bus& bus, ConsoleHost& console, const SymbolTable& symbols) {
  std::uint64_t* to = word(bus, symbols, "tohost");
  if (to == nullptr) return std::nullopt;
  return Htif(bus, console, to, word(bus, symbols, "fromhost"));
}

std::optional<std::uint64_t> Htif::poll() {
  const std::uint64_t command = std::atomic_ref(*to_host_).load(std::memory_order_acquire);
  if (command == 0) return std::nullopt;
  std::optional<std::uint64_t> end;
  std::uint64_t answer = 0;
  if (command >> 48U == 0) {
    if ((command & 1) != 0) return command >> 1U;
    end = call(command);
    answer = 1;
  } else if (command >> 48U == kConsoleWrite) {
    const auto byte = static_cast<std::uint8_t>(command & 0xFF);
    console_->output({&byte, 1});
    answer = command & ~kPayload;
  }
  std::atomic_ref(*to_host_).store(0, std::memory_order_release);
  if (answer != 0 && from_host_ != nullptr && !end)
    std::atomic_ref(*from_host_).store(answer, std::memory_order_release);
  return end;
}

std::optional<std::uint64_t> Htif::call(std::uint64_t address) {
  std::byte* place = bus_->ram(GuestPhys(address), 4 * sizeof(std::uint64_t));
  if (place == nullptr) return std::nullopt;
  std::uint64_t arguments[4];
  std::memcpy(arguments, place, sizeof arguments);
  const auto& [number, first, buffer, bytes] = arguments;
  if (number == kSystemExit) return first;
  std::uint64_t result = UINT64_MAX;
  if (const std::byte* text = bus_->ram(GuestPhys(buffer), bytes);
      number == kSystemWrite && text != nullptr) {
    console_->output({reinterpret_cast<const std::uint8_t*>(text), bytes});
    result = bytes;
  }
  std::memcpy(place, &result, sizeof result);
  return std::nullopt;
}

}  // namespace doppel::sysvm
