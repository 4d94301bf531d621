// SPDX-License-Identifier: Apache-2.0
// Helpers of the WASI tests.
#include "tests/bytecode/wasi/guest.h"

#include <fstream>
#include <iterator>

namespace doppel::bytecode::wasi {

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) ADD_FAILURE() << "cannot write " << path;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) ADD_FAILURE() << "cannot read " << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string resolver_name(const ::testing::TestParamInfo<ResolverKind>& info) {
  return info.param == ResolverKind::kWalk ? "Walk" : "Kernel";
}

}  // namespace doppel::bytecode::wasi
