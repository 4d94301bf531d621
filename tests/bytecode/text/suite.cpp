// SPDX-License-Identifier: Apache-2.0
// The place of the test suite.
#include "tests/bytecode/text/suite.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace doppel::bytecode::text {

namespace fs = std::filesystem;

fs::path suite_folder() {
  if (const char* folder = std::getenv("DOPPEL_WASM_TESTSUITE")) return folder;
  const fs::path beside = "../shared/wasm-testsuite";
  return fs::is_directory(beside) ? beside : fs::path();
}

std::vector<std::string> suite_scripts() {
  std::vector<std::string> scripts;
  const fs::path folder = suite_folder();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".wast") continue;
    scripts.push_back(entry.path().lexically_relative(folder).generic_string());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace doppel::bytecode::text
