// SPDX-License-Identifier: Apache-2.0
// The rules of the protection entries.
#include "sysvm/hart/pmp.h"

#include <bit>

namespace doppel::sysvm {

namespace {

constexpr std::uint8_t kRead = 1;
constexpr std::uint8_t kWrite = 2;
constexpr std::uint8_t kExecute = 4;
constexpr std::uint8_t kLocked = 0x80;
constexpr std::uint64_t kAddressBits = (std::uint64_t{1} << 54) - 1;

enum class Matching : std::uint8_t { kOff, kTopOfRange, kFour, kPowerOfTwo };

Matching matching(std::uint8_t config) { return static_cast<Matching>(config >> 3 & 3); }

}  // namespace

void PhysicalProtection::write_config(unsigned entry, std::uint8_t value) {
  if (is_locked(entry)) return;
  value &= 0x9f;
  if ((value & (kRead | kWrite)) == kWrite) value &= static_cast<std::uint8_t>(~kWrite);
  set(entry, value, address_[entry]);
}

void PhysicalProtection::write_address(unsigned entry, std::uint64_t value) {
  if (is_locked(entry)) return;
  if (entry + 1 < kEntries && is_locked(entry + 1) &&
      matching(config_[entry + 1]) == Matching::kTopOfRange) {
    return;
  }
  set(entry, config_[entry], value & kAddressBits);
}

void PhysicalProtection::set(unsigned entry, std::uint8_t config, std::uint64_t address) {
  config_[entry] = config;
  address_[entry] = address;
  update_ranges();
}

void PhysicalProtection::update_ranges() {
  for (unsigned i = 0; i < kEntries; ++i) {
    const std::uint64_t top = address_[i] << 2;
    switch (matching(config_[i])) {
      case Matching::kOff: ranges_[i] = {}; break;
      case Matching::kTopOfRange: {
        const std::uint64_t bottom = i == 0 ? 0 : address_[i - 1] << 2;
        ranges_[i] = top > bottom ? Range{bottom, top - 1} : Range{};
        break;
      }
      case Matching::kFour: ranges_[i] = {top, top + 3}; break;
      case Matching::kPowerOfTwo: {
        const int ones = std::countr_one(address_[i]);
        const std::uint64_t last = (std::uint64_t{8} << ones) - 1;
        ranges_[i] = {top & ~last, (top & ~last) | last};
        break;
      }
    }
  }
}

PhysicalProtection::Verdict PhysicalProtection::judge(std::uint64_t physical, std::uint64_t bytes,
                                                      Privilege privilege) const {
  const bool machine = privilege == Privilege::kMachine;
  const std::uint64_t last = physical + bytes - 1;
  for (unsigned i = 0; i < kEntries; ++i) {
    const Range& range = ranges_[i];
    if (range.first > range.last || last < range.first || physical > range.last) continue;
    if (physical < range.first || last > range.last) return {.uniform = false};
    const std::uint8_t config = config_[i];
    if (machine && (config & kLocked) == 0) return {true, true, true, true};
    return {(config & kRead) != 0, (config & kWrite) != 0, (config & kExecute) != 0, true};
  }
  return {machine, machine, machine, true};
}

}  // namespace doppel::sysvm
