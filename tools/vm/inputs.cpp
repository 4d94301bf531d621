// SPDX-License-Identifier: Apache-2.0
// Reading, and keeping what cannot be read again.
#include "tools/vm/inputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/read_file.h"

namespace doppel::tools {

Result<std::vector<std::byte>> Inputs::read(std::string_view option) {
  const auto path = options_.text(option);
  if (!path) return std::vector<std::byte>();
  if (const auto kept = kept_.find(option); kept != kept_.end()) return kept->second;
  std::error_code unknown;
  const bool is_regular = std::filesystem::is_regular_file(*path, unknown);
  auto bytes = DOPPEL_TRY(read_file(std::string(*path)));
  if (bytes.empty()) {
    return fail(ErrorKind::kMalformed,
                fmt::format("{}: an empty file, expected a program or an image", *path));
  }
  if (!is_regular) kept_.emplace(option, bytes);
  return bytes;
}

}  // namespace doppel::tools
