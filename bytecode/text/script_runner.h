// SPDX-License-Identifier: Apache-2.0
// Executes scripts: instances in one store, linked by the names they are registered under and with
// the host module "spectest".
#pragma once

#include "bytecode/isa/features.h"
#include "bytecode/runtime/loaded_module.h"
#include "bytecode/text/script.h"
#include "bytecode/text/script_check.h"

namespace doppel::bytecode::text {

/// Runs all commands of a script and counts each as passed or failed; a failure does not end the
/// script. `features` decide what is malformed or invalid; all others are executed too. `options`
/// say how code is executed. Messages of traps and errors are not compared, their kinds are. Errors
/// only where no store can be had.
Result<ScriptReport> run_script(const Script& script, Features features,
                                const LoadOptions& options = {});

}  // namespace doppel::bytecode::text
