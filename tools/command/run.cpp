// SPDX-License-Identifier: Apache-2.0
// `doppel run`.
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/options/parse.h"

namespace doppel::tools {

int run_command(const ParsedOptions& options) {
  static_cast<void>(options);
  return complain(kExitError, "run is not built");
}

}  // namespace doppel::tools
