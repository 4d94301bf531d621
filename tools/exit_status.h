// SPDX-License-Identifier: Apache-2.0
// The command's own exit statuses, and how it says what went wrong. A guest's status passes
// through.
#pragma once

#include <string_view>

namespace doppel::tools {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitTimeout = 124;
inline constexpr int kExitTrap = 134;

/// Prints `doppel: message` on stderr, each line of it with that prefix, and returns `status`:
/// `return complain(kExitError, error.message);`
int complain(int status, std::string_view message);

}  // namespace doppel::tools
