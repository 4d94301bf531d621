// SPDX-License-Identifier: Apache-2.0
// `doppel wasm objdump`.
#include "tools/command/commands.h"
#include "tools/exit_status.h"
#include "tools/options/parse.h"

namespace doppel::tools {

int wasm_objdump_command(const ParsedOptions& options) {
  static_cast<void>(options);
  return complain(kExitError, "wasm objdump is not built");
}

}  // namespace doppel::tools
