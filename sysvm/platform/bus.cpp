// SPDX-License-Identifier: Apache-2.0
// Finding the device of an address.
#include "sysvm/platform/bus.h"

#include <fmt/format.h>

#include <algorithm>

namespace doppel::sysvm {

Result<Bus> Bus::create(std::uint64_t ram_bytes) {
  if (ram_bytes == 0 || ram_bytes % 4096 != 0) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} bytes of RAM, expected a multiple of 4096", ram_bytes));
  }
  Reservation ram = DOPPEL_TRY(Reservation::create(ram_bytes));
  DOPPEL_TRY(ram.commit(ram_bytes));
  return Bus(std::move(ram), ram_bytes);
}

Result<void> Bus::attach(GuestPhys base, std::uint64_t size, Device& device) {
  const auto overlaps = [&](GuestPhys other, std::uint64_t other_size) {
    return base.value() < other.value() + other_size && other.value() < base.value() + size;
  };
  bool taken = overlaps(kRamBase, ram_bytes_);
  for (const Slot& slot : slots_) taken |= overlaps(slot.base, slot.size);
  if (taken) {
    return fail(ErrorKind::kUsage, fmt::format("a device at {:#x}, expected a free range of {:#x}",
                                               base.value(), size));
  }
  const auto after = std::find_if(slots_.begin(), slots_.end(),
                                  [base](const Slot& slot) { return base < slot.base; });
  slots_.insert(after, {base, size, &device});
  return {};
}

const Bus::Slot* Bus::find(GuestPhys address, unsigned size) const {
  if (address.value() % size != 0) return nullptr;
  const auto after =
      std::upper_bound(slots_.begin(), slots_.end(), address,
                       [](GuestPhys wanted, const Slot& slot) { return wanted < slot.base; });
  if (after == slots_.begin()) return nullptr;
  const Slot& slot = after[-1];
  const std::uint64_t offset = address - slot.base;
  return offset < slot.size && size <= slot.size - offset ? &slot : nullptr;
}

std::optional<std::uint64_t> Bus::read(GuestPhys address, unsigned size) {
  const Slot* slot = find(address, size);
  if (slot == nullptr) return std::nullopt;
  const auto held = lock();
  const std::uint64_t value = slot->device->read(address - slot->base, size);
  return size == 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

bool Bus::write(GuestPhys address, unsigned size, std::uint64_t value) {
  const Slot* slot = find(address, size);
  if (slot == nullptr) return false;
  if (size < 8) value &= (std::uint64_t{1} << (8 * size)) - 1;
  const auto held = lock();
  slot->device->write(address - slot->base, size, value);
  return true;
}

}  // namespace doppel::sysvm
