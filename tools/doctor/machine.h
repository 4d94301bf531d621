// SPDX-License-Identifier: Apache-2.0
// What the machine at hand offers, found by trying it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace doppel::tools {

/// How much doppel misses a thing that is not there.
enum class Need : std::uint8_t {
  kEssential,  ///< doppel cannot run programs without it
  kUseful,     ///< something runs slower, or is left out
  kForTests,   ///< only the tests, examples and comparisons use it
};

/// One thing that was looked for.
struct Finding {
  std::string name;
  bool is_there = false;
  std::string detail;  ///< what was found, or the reason why it is missing
  Need need = Need::kUseful;
  std::string purpose;  ///< what doppel does with it
};

/// Processor: architecture, instruction set level, count.
[[nodiscard]] std::vector<Finding> look_at_processor();
/// Kernel: address space, memfd, userfaultfd, openat2, KVM.
[[nodiscard]] std::vector<Finding> look_at_kernel();
/// Compilers and reference programs in PATH, the WASI library, the test suite.
[[nodiscard]] std::vector<Finding> look_at_programs();

}  // namespace doppel::tools
