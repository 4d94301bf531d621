// SPDX-License-Identifier: Apache-2.0
// The CLINT's registers.
#include "sysvm/platform/clint.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kCompare = 0x4000;
constexpr std::uint64_t kTime = 0xBFF8;

/// The part of a 64-bit register that an access of 4 or 8 bytes at `offset` reads.
std::uint64_t part(std::uint64_t value, std::uint64_t offset) {
  return value >> (8 * (offset & 4));
}

/// The register after such a write.
std::uint64_t merge(std::uint64_t old, std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (size == 8) return value;
  const unsigned shift = 8 * (offset & 4);
  return (old & ~(std::uint64_t{0xFFFF'FFFF} << shift)) | value << shift;
}

}  // namespace

Clint::Clint(std::span<InterruptPins* const> harts, const MachineClock& clock, Alarms& alarms)
    : clock_(clock), alarms_(alarms) {
  for (InterruptPins* pins : harts) {
    const AlarmId alarm = alarms.add([pins] { pins->raise(interrupt_bit::kMachineTimer); });
    timers_.push_back({pins, alarm});
  }
}

std::uint64_t Clint::read(std::uint64_t offset, unsigned size) {
  if (size < 4) return 0;
  if (offset < kCompare)
    return size == 4 && offset / 4 < timers_.size() && timers_[offset / 4].software ? 1 : 0;
  if (offset >= kTime) return part(time(), offset);
  const std::uint64_t hart = (offset - kCompare) / 8;
  return hart < timers_.size() ? part(timers_[hart].compare, offset) : 0;
}

void Clint::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (size < 4) return;
  if (offset < kCompare) {
    if (size != 4 || offset / 4 >= timers_.size()) return;
    Timer& timer = timers_[offset / 4];
    timer.software = (value & 1) != 0;
    timer.pins->set(interrupt_bit::kMachineSoftware, timer.software);
  } else if (offset >= kTime) {
    offset_ += merge(time(), offset, size, value) - time();
    for (const Timer& timer : timers_) arm(timer);
  } else if (const std::uint64_t hart = (offset - kCompare) / 8; hart < timers_.size()) {
    Timer& timer = timers_[hart];
    timer.compare = merge(timer.compare, offset, size, value);
    arm(timer);
  }
}

void Clint::save(StateWriter& writer) const {
  writer.begin("clint", 1);
  writer.u64(offset_);
  writer.u32(static_cast<std::uint32_t>(timers_.size()));
  for (const Timer& timer : timers_) {
    writer.u64(timer.compare);
    writer.boolean(timer.software);
  }
}

/// The machine's clock has been restored before.
void Clint::restore(StateReader& reader) {
  reader.begin("clint", 1);
  offset_ = reader.u64();
  if (reader.u32() != timers_.size()) reader.reject("found another number of harts");
  for (Timer& timer : timers_) {
    timer.compare = reader.u64();
    timer.software = reader.boolean();
    timer.pins->set(interrupt_bit::kMachineSoftware, timer.software);
    arm(timer);
  }
}

void Clint::arm(const Timer& timer) {
  const std::uint64_t now = time();
  if (now >= timer.compare) {
    alarms_.set(timer.alarm, kNoTick);
    timer.pins->raise(interrupt_bit::kMachineTimer);
    return;
  }
  timer.pins->lower(interrupt_bit::kMachineTimer);
  const std::uint64_t ahead = timer.compare - now;
  const std::uint64_t ticks = clock_.ticks();
  alarms_.set(timer.alarm, ahead < kNoTick - ticks ? ticks + ahead : kNoTick);
}

}  // namespace doppel::sysvm
