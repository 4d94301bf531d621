// SPDX-License-Identifier: Apache-2.0
// How interrupts reach a hart: the pending bits of its mip that the platform drives, and the lines
// by which devices reach the interrupt controller.
#pragma once

#include <atomic>
#include <cstdint>

namespace doppel::sysvm {

/// Bits of mip and mie (privileged specification 3.1.9).
namespace interrupt_bit {
inline constexpr std::uint64_t kSupervisorSoftware = 1U << 1;
inline constexpr std::uint64_t kMachineSoftware = 1U << 3;
inline constexpr std::uint64_t kSupervisorTimer = 1U << 5;
inline constexpr std::uint64_t kMachineTimer = 1U << 7;
inline constexpr std::uint64_t kSupervisorExternal = 1U << 9;
inline constexpr std::uint64_t kMachineExternal = 1U << 11;
}  // namespace interrupt_bit

/// Told that an interrupt bit of a hart was set, so that the hart looks at it: a running one is
/// interrupted, a waiting one woken. Called by any thread, possibly under the board's lock.
class InterruptListener {
 public:
  virtual ~InterruptListener() = default;
  virtual void interrupt_raised() = 0;
};

/// The interrupt bits of one hart that others set: an atomic word, of which mip is made. The hart
/// owns it. Any thread.
class InterruptPins {
 public:
  /// Who is told of bits that are set; before the machine runs. May stay null.
  void listen(InterruptListener* listener) { listener_ = listener; }

  void raise(std::uint64_t bits) noexcept {
    const std::uint64_t before = pending_.fetch_or(bits, std::memory_order_acq_rel);
    if ((bits & ~before) != 0 && listener_ != nullptr) listener_->interrupt_raised();
  }
  void lower(std::uint64_t bits) noexcept { pending_.fetch_and(~bits, std::memory_order_acq_rel); }
  void set(std::uint64_t bits, bool level) noexcept { level ? raise(bits) : lower(bits); }

  [[nodiscard]] std::uint64_t pending() const noexcept {
    return pending_.load(std::memory_order_acquire);
  }

 private:
  std::atomic<std::uint64_t> pending_ = 0;
  InterruptListener* listener_ = nullptr;
};

/// What interrupt lines end in: a controller with numbered, level-triggered sources.
class InterruptController {
 public:
  virtual ~InterruptController() = default;
  /// The line of `source` is high or low. Under the board's lock.
  virtual void set_level(unsigned source, bool level) = 0;
};

/// A device's end of an interrupt line; one that was never connected leads nowhere.
class InterruptLine {
 public:
  InterruptLine() = default;
  InterruptLine(InterruptController& controller, unsigned source)
      : controller_(&controller), source_(source) {}

  void set(bool level) const {
    if (controller_ != nullptr) controller_->set_level(source_, level);
  }
  void raise() const { set(true); }
  void lower() const { set(false); }

 private:
  InterruptController* controller_ = nullptr;
  unsigned source_ = 0;
};

}  // namespace doppel::sysvm
