// SPDX-License-Identifier: Apache-2.0
// The version that the build was configured with.
#pragma once

#include <string_view>

namespace doppel::tools {

/// "MAJOR.MINOR.PATCH".
extern const std::string_view kVersion;

}  // namespace doppel::tools
