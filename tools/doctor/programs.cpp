// SPDX-License-Identifier: Apache-2.0
// Programs and files that are not doppel's own: compilers for guests, references to compare with.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string_view>

#include "tools/doctor/machine.h"

namespace doppel::tools {
namespace {

namespace fs = std::filesystem;

/// The program's path, found as a shell would, or an empty one.
fs::path find_in_path(std::string_view program) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable ? variable : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / program;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return {};
}

Finding program(std::string_view name, Need need, std::string_view purpose) {
  const fs::path path = find_in_path(name);
  return {std::string(name), !path.empty(), path.empty() ? "not in PATH" : path.string(), need,
          std::string(purpose)};
}

Finding any_file(std::string_view name, std::initializer_list<fs::path> places, Need need,
                 std::string_view purpose) {
  for (const fs::path& place : places) {
    std::error_code error;
    if (fs::exists(place, error)) {
      return {std::string(name), true, place.string(), need, std::string(purpose)};
    }
  }
  return {std::string(name), false, fmt::format("no {}", places.begin()->string()), need,
          std::string(purpose)};
}

Finding test_suite() {
  const char* variable = std::getenv("DOPPEL_WASM_TESTSUITE");
  return any_file("WebAssembly test suite", {variable ? variable : "../shared/wasm-testsuite"},
                  Need::kForTests, "the specification's own assertions");
}

}  // namespace

std::vector<Finding> look_at_programs() {
  return {
      program("clang-19", Need::kUseful, "compiles C to WebAssembly"),
      program("wasm-ld-19", Need::kUseful, "links WebAssembly modules"),
      any_file("wasi-libc", {"/usr/lib/wasm32-wasi/libc.a", "/usr/share/wasi-sysroot"},
               Need::kUseful, "the C library of WebAssembly programs"),
      program("wat2wasm", Need::kForTests, "wabt, a reference for the bytecode tools"),
      program("node", Need::kForTests, "a reference for the bytecode machine"),
      program("qemu-riscv64", Need::kForTests, "a reference for RISC-V programs"),
      program("qemu-system-riscv64", Need::kForTests, "a reference for RISC-V machines"),
      test_suite(),
  };
}

}  // namespace doppel::tools
