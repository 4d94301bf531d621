// SPDX-License-Identifier: Apache-2.0
// The platform-level interrupt controller (RISC-V PLIC specification 1.0): priorities, enables and
// thresholds decide which sources reach which contexts, of which each hart has two: M and S.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sysvm/platform/bus.h"
#include "sysvm/platform/interrupts.h"
#include "sysvm/platform/saved.h"

namespace doppel::sysvm {

/// A PLIC with 95 level-triggered sources and priorities up to 7. A source is pending while its
/// line is high, from completion on at the earliest.
class Plic final : public Device, public InterruptController, public Saved {
 public:
  static constexpr unsigned kSources = 96;  ///< source 0 does not exist

  /// Contexts 2h and 2h+1 drive the machine and supervisor external interrupt of harts[h].
  explicit Plic(std::span<InterruptPins* const> harts);

  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;
  void set_level(unsigned source, bool level) override;

  void save(StateWriter& writer) const override;
  void restore(StateReader& reader) override;

 private:
  static constexpr unsigned kWords = kSources / 32;
  using SourceSet = std::array<std::uint32_t, kWords>;

  struct Context {
    InterruptPins* pins;
    std::uint64_t pin;
    SourceSet enabled = {};
    std::uint32_t threshold = 0;
  };

  [[nodiscard]] std::uint32_t pending(unsigned word) const {
    return levels_[word] & ~claimed_[word];
  }
  [[nodiscard]] unsigned best(const Context& context) const;
  unsigned claim(const Context& context);
  void complete(const Context& context, std::uint64_t source);
  void update();

  std::vector<Context> contexts_;
  std::array<std::uint8_t, kSources> priorities_ = {};
  SourceSet levels_ = {};
  SourceSet claimed_ = {};  ///< claimed by some context and not completed
};

}  // namespace doppel::sysvm
