// SPDX-License-Identifier: Apache-2.0
// Stand-ins for what surrounds a device under test: a clock set by hand, an interrupt controller
// that remembers levels, a console that keeps what was written.
#pragma once

#include <array>
#include <string>

#include "sysvm/platform/clock.h"
#include "sysvm/platform/console.h"
#include "sysvm/platform/interrupts.h"

namespace doppel::sysvm {

class ManualClock : public MachineClock {
 public:
  [[nodiscard]] std::uint64_t ticks() const override { return now; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return epoch; }
  std::uint64_t now = 0;
  std::uint64_t epoch = 0;
};

class RecordingController : public InterruptController {
 public:
  void set_level(unsigned source, bool level) override {
    if (level && !levels[source]) ++edges;
    levels[source] = level;
  }
  std::array<bool, 96> levels = {};
  int edges = 0;  ///< how often a line went up
};

class RecordingConsole : public ConsoleHost {
 public:
  void output(std::span<const std::uint8_t> bytes) override {
    written.append(bytes.begin(), bytes.end());
  }
  void input_wanted() override { ++wanted; }
  void input_returned(std::span<const std::uint8_t> bytes) override {
    returned.append(bytes.begin(), bytes.end());
  }
  std::string written;
  int wanted = 0;
  std::string returned;
};

}  // namespace doppel::sysvm
