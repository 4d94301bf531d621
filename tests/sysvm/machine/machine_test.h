// SPDX-License-Identifier: Apache-2.0
// Whole machines under test: small guests, run on a clock that is the test's parameter.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sysvm/machine/machine.h"
#include "tests/sysvm/hart/guest.h"
#include "tests/sysvm/machine/console_pipe.h"

namespace doppel::sysvm::test {

/// Macros of guests in S-mode: calls of the SBI, and output by its debug console.
inline constexpr const char* kSupervisor = R"(
.macro sbi extension, function
  li a7, \extension
  li a6, \function
  ecall
.endm
.macro print byte
  li a0, \byte
  sbi 0x4442434e, 2
.endm
.macro shutdown reason=0
  li a0, 0
  li a1, \reason
  sbi 0x53525354, 0
  j .
.endm
.globl _start
_start:
)";

class MachineTest : public testing::TestWithParam<ClockKind> {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "needs clang and lld for RISC-V";
    options.clock = GetParam();
    options.ram_bytes = 16U << 20;
    options.input = console.input();
    options.output = console.output();
    console.hang_up();
  }

  MachineEnd run(const BootFiles& files) {
    auto machine = Machine::create(options);
    if (!machine) {
      ADD_FAILURE() << machine.error().message;
      return {};
    }
    const auto loaded = (*machine)->load(files);
    if (!loaded) {
      ADD_FAILURE() << loaded.error().message;
      return {};
    }
    auto end = (*machine)->run();
    statistics = (*machine)->statistics();
    if (!end) ADD_FAILURE() << end.error().message;
    return end.value_or(MachineEnd{});
  }
  MachineEnd run_bare(const std::string& text) {
    options.bare = true;
    const auto program = assemble_text(".globl _start\n_start:\n" + text +
                                       "\n.data\n.balign 64\n.globl tohost\ntohost: .dword 0\n"
                                       ".globl fromhost\nfromhost: .dword 0\n");
    return run({.firmware = {}, .kernel = program, .initrd = {}});
  }
  MachineEnd run_supervisor(const std::string& text) {
    const auto program = assemble_text(kSupervisor + text);
    return run({.firmware = {}, .kernel = program, .initrd = {}});
  }

  test::ConsolePipe console;
  MachineOptions options;
  MachineStatistics statistics;
};

inline auto both_clocks() { return testing::Values(ClockKind::kHost, ClockKind::kInstructions); }
inline std::string clock_name(const testing::TestParamInfo<ClockKind>& info) {
  return info.param == ClockKind::kHost ? "Host" : "Instructions";
}

}  // namespace doppel::sysvm::test
