// SPDX-License-Identifier: Apache-2.0
// Registers and decisions of the PLIC.
#include "sysvm/platform/plic.h"

#include <bit>

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kPending = 0x1000;
constexpr std::uint64_t kEnable = 0x2000;
constexpr std::uint64_t kEnableStride = 0x80;
constexpr std::uint64_t kContext = 0x20'0000;
constexpr std::uint64_t kContextStride = 0x1000;
constexpr std::uint64_t kThresholdRegister = 0;
constexpr std::uint64_t kClaimRegister = 4;

constexpr std::uint64_t kMaxPriority = 7;

constexpr std::uint32_t bit(std::uint64_t source) { return std::uint32_t{1} << (source % 32); }

}  // namespace

Plic::Plic(std::span<InterruptPins* const> harts) {
  for (InterruptPins* pins : harts) {
    contexts_.push_back({pins, interrupt_bit::kMachineExternal});
    contexts_.push_back({pins, interrupt_bit::kSupervisorExternal});
  }
}

std::uint64_t Plic::read(std::uint64_t offset, unsigned size) {
  if (size != 4) return 0;
  if (offset < kPending) return offset / 4 < kSources ? priorities_[offset / 4] : 0;
  if (offset < kEnable) {
    const std::uint64_t word = (offset - kPending) / 4;
    return word < kWords ? pending(static_cast<unsigned>(word)) : 0;
  }
  if (offset < kContext) {
    const std::uint64_t context = (offset - kEnable) / kEnableStride;
    const std::uint64_t word = (offset - kEnable) % kEnableStride / 4;
    return context < contexts_.size() && word < kWords ? contexts_[context].enabled[word] : 0;
  }
  const std::uint64_t number = (offset - kContext) / kContextStride;
  if (number >= contexts_.size()) return 0;
  switch ((offset - kContext) % kContextStride) {
    case kThresholdRegister: return contexts_[number].threshold;
    case kClaimRegister: return claim(contexts_[number]);
    default: return 0;
  }
}

void Plic::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (size != 4) return;
  if (offset < kPending) {
    const std::uint64_t source = offset / 4;
    if (source != 0 && source < kSources)
      priorities_[source] = static_cast<std::uint8_t>(value & kMaxPriority);
  } else if (offset < kEnable) {
    return;  // pending bits are read-only
  } else if (offset < kContext) {
    const std::uint64_t context = (offset - kEnable) / kEnableStride;
    const std::uint64_t word = (offset - kEnable) % kEnableStride / 4;
    if (context >= contexts_.size() || word >= kWords) return;
    contexts_[context].enabled[word] = static_cast<std::uint32_t>(value) & ~(word == 0 ? 1U : 0U);
  } else {
    const std::uint64_t number = (offset - kContext) / kContextStride;
    if (number >= contexts_.size()) return;
    Context& context = contexts_[number];
    const std::uint64_t place = (offset - kContext) % kContextStride;
    if (place == kThresholdRegister) context.threshold = value & kMaxPriority;
    if (place == kClaimRegister) complete(context, value);
  }
  update();
}

void Plic::set_level(unsigned source, bool level) {
  std::uint32_t& word = levels_[source / 32];
  const std::uint32_t changed = level ? word | bit(source) : word & ~bit(source);
  if (changed == word) return;
  word = changed;
  update();
}

/// The pending source of the highest priority, the lowest number among equals, that the context has
/// enabled; 0 for none. The threshold masks the interrupt and not the claim, but a source of
/// priority 0 never interrupts.
unsigned Plic::best(const Context& context) const {
  unsigned found = 0;
  for (unsigned word = 0; word < kWords; ++word) {
    for (std::uint32_t left = pending(word) & context.enabled[word]; left != 0; left &= left - 1) {
      const unsigned source = word * 32 + static_cast<unsigned>(std::countr_zero(left));
      if (priorities_[source] > priorities_[found]) found = source;
    }
  }
  return found;
}

unsigned Plic::claim(const Context& context) {
  const unsigned source = best(context);
  if (source == 0) return 0;
  claimed_[source / 32] |= bit(source);
  update();
  return source;
}

/// A completion of a source that the context has not enabled is ignored.
void Plic::complete(const Context& context, std::uint64_t source) {
  if (source >= kSources || (context.enabled[source / 32] & bit(source)) == 0) return;
  claimed_[source / 32] &= ~bit(source);
}

/// The levels of the lines are the devices' to restore.
void Plic::save(StateWriter& writer) const {
  writer.begin("plic", 1);
  for (const std::uint8_t priority : priorities_) writer.u8(priority);
  for (const std::uint32_t word : claimed_) writer.u32(word);
  writer.u32(static_cast<std::uint32_t>(contexts_.size()));
  for (const Context& context : contexts_) {
    for (const std::uint32_t word : context.enabled) writer.u32(word);
    writer.u32(context.threshold);
  }
}

void Plic::restore(StateReader& reader) {
  reader.begin("plic", 1);
  for (std::uint8_t& priority : priorities_) priority = reader.u8() & kMaxPriority;
  for (std::uint32_t& word : claimed_) word = reader.u32();
  if (reader.u32() != contexts_.size()) reader.reject("found another number of harts");
  for (Context& context : contexts_) {
    for (std::uint32_t& word : context.enabled) word = reader.u32();
    context.threshold = reader.u32();
  }
  priorities_[0] = 0;
  levels_ = {};
  update();
}

void Plic::update() {
  for (const Context& context : contexts_)
    context.pins->set(context.pin, priorities_[best(context)] > context.threshold);
}

}  // namespace doppel::sysvm
