// SPDX-License-Identifier: Apache-2.0
// The one file that a change of the version recompiles.
#include "tools/version.h"

namespace doppel::tools {

constexpr std::string_view kVersion = DOPPEL_VERSION;

}  // namespace doppel::tools
