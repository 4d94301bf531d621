// SPDX-License-Identifier: Apache-2.0
// The files that a machine is loaded from, each time it starts: regular ones are read anew, which
// costs less than their memory; what can be read only once, such as a pipe, is kept.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "tools/options/parse.h"

namespace doppel::tools {

/// Files by the options that name them. One thread.
class Inputs {
 public:
  /// The options outlive the object.
  explicit Inputs(const ParsedOptions& options) : options_(options) {}

  /// What is in the option's file; nothing if the option was not given. Errors: those of read_file,
  /// and kMalformed for an empty file.
  Result<std::vector<std::byte>> read(std::string_view option);

 private:
  const ParsedOptions& options_;
  std::map<std::string, std::vector<std::byte>, std::less<>> kept_;  ///< by option
};

}  // namespace doppel::tools
