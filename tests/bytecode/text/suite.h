// SPDX-License-Identifier: Apache-2.0
// Finds the official test suite, which is data beside the repository.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace doppel::bytecode::text {

/// $DOPPEL_WASM_TESTSUITE, or ../shared/wasm-testsuite; empty where there is none.
std::filesystem::path suite_folder();

/// All scripts of the suite, relative to its folder, in order.
std::vector<std::string> suite_scripts();

/// Skips the calling test where there is no suite, or fails it where CI=true demands one.
#define DOPPEL_REQUIRE_SUITE()                                                               \
  if (::doppel::bytecode::text::suite_folder().empty()) {                                    \
    const char* ci = std::getenv("CI");                                                      \
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no test suite found";    \
    GTEST_SKIP() << "no test suite: clone https://github.com/WebAssembly/testsuite and set " \
                    "DOPPEL_WASM_TESTSUITE to it";                                           \
  }                                                                                          \
  static_assert(true)

/// The contents of a file.
std::string read_file(const std::filesystem::path& path);

}  // namespace doppel::bytecode::text
