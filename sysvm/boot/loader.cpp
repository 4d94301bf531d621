// SPDX-License-Identifier: Apache-2.0
// Placement: nothing overlaps, and everything is inside of RAM.
#include "sysvm/boot/loader.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "sysvm/boot/image.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kHugePage = 2U << 20;

/// OpenSBI's fw_dynamic_info, version 2: what firmware shall start next.
struct FirmwareInfo {
  std::uint64_t magic = 0x4942'534F;
  std::uint64_t version = 2;
  std::uint64_t next_address = 0;
  std::uint64_t next_mode = 1;  // S-mode
  std::uint64_t options = 0;
  std::uint64_t boot_hart = 0;
};

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// RAM as it fills up.
class Placer {
 public:
  explicit Placer(Bus& bus) : bus_(bus) {}

  /// Takes [address, address + bytes) for `what`, and clears it past `contents`.
  Result<void> place(std::string_view what, GuestPhys address, std::span<const std::byte> contents,
                     std::uint64_t bytes) {
    std::byte* target = bus_.ram(address, bytes);
    if (target == nullptr) {
      return fail(
          ErrorKind::kLimit,
          fmt::format("{} needs {:#x} bytes at {:#x}, expected a place in the {:#x} bytes of "
                      "RAM at {:#x}",
                      what, bytes, address.value(), bus_.ram_bytes(), kRamBase.value()));
    }
    for (const Taken& taken : taken_) {
      if (address < taken.end && taken.begin < address + bytes) {
        return fail(ErrorKind::kLimit,
                    fmt::format("{} at {:#x} overlaps {} at {:#x}, expected RAM for both", what,
                                address.value(), taken.what, taken.begin.value()));
      }
    }
    std::memcpy(target, contents.data(), contents.size());
    taken_.push_back({what, address, address + bytes});
    if (end_ < address + bytes) end_ = address + bytes;
    return {};
  }

  Result<void> place(std::string_view what, const ProgramImage& image) {
    for (const Segment& segment : image.segments)
      DOPPEL_TRY(place(what, segment.address, segment.contents, segment.memory_bytes));
    return {};
  }

  /// The end of all that was placed.
  [[nodiscard]] GuestPhys end() const { return end_; }

 private:
  struct Taken {
    std::string_view what;
    GuestPhys begin;
    GuestPhys end;
  };

  Bus& bus_;
  std::vector<Taken> taken_;
  GuestPhys end_ = kRamBase;
};

Result<ProgramImage> read_named(std::string_view what, std::span<const std::byte> file,
                                GuestPhys base) {
  auto image = read_program(file, kRamBase, base);
  if (!image) return tl::unexpected(std::move(image.error()).within(what));
  return std::move(*image);
}

std::span<const std::byte> bytes_of(const FirmwareInfo& info) {
  return std::as_bytes(std::span(&info, 1));
}

}  // namespace

Result<BootState> load(Bus& bus, const BootFiles& files, BoardDescription board) {
  Placer placer(bus);
  BootState state;
  FirmwareInfo info;
  if (!files.firmware.empty()) {
    ProgramImage firmware = DOPPEL_TRY(read_named("firmware", files.firmware, kRamBase));
    DOPPEL_TRY(placer.place("firmware", firmware));
    state.pc = firmware.entry;
    state.in_machine_mode = true;
    state.symbols = std::move(firmware.symbols);
  }
  if (!files.kernel.empty()) {
    ProgramImage kernel = DOPPEL_TRY(read_named("kernel", files.kernel, kRamBase + kHugePage));
    DOPPEL_TRY(placer.place("kernel", kernel));
    info.next_address = kernel.entry.value();
    if (!state.in_machine_mode) state.pc = kernel.entry;
    if (!kernel.symbols.empty()) state.symbols = std::move(kernel.symbols);
  }
  if (!files.initrd.empty()) {
    const GuestPhys begin(round_up(placer.end().value(), kHugePage));
    DOPPEL_TRY(placer.place("initrd", begin, files.initrd, files.initrd.size()));
    board.initrd = InitrdRange{begin, begin + files.initrd.size()};
  }
  const std::vector<std::byte> tree = DOPPEL_TRY(build_device_tree(board));
  // Firmware grows the tree in place.
  const std::uint64_t room = round_up(tree.size() + sizeof(FirmwareInfo) + 0x4000, kHugePage);
  const GuestPhys ram_end = kRamBase + bus.ram_bytes();
  state.device_tree = GuestPhys((ram_end.value() - room) / kHugePage * kHugePage);
  DOPPEL_TRY(placer.place("device tree", state.device_tree, tree, room - 0x1000));
  if (state.in_machine_mode) {
    state.firmware_info = state.device_tree + (room - 0x1000);
    DOPPEL_TRY(
        placer.place("firmware's information", state.firmware_info, bytes_of(info), sizeof info));
  }
  return state;
}

Result<BootState> load_bare(Bus& bus, std::span<const std::byte> program) {
  Placer placer(bus);
  ProgramImage image = DOPPEL_TRY(read_named("program", program, kRamBase));
  DOPPEL_TRY(placer.place("program", image));
  BootState state;
  state.pc = image.entry;
  state.in_machine_mode = true;
  state.symbols = std::move(image.symbols);
  return state;
}

}  // namespace doppel::sysvm
