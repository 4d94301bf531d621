// SPDX-License-Identifier: Apache-2.0
// What can be said of a script without executing anything: whether its modules are well-formed and
// valid, or are not where the script says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/isa/features.h"
#include "bytecode/text/script.h"

namespace doppel::bytecode::text {

/// A command of a script that did not go as it must.
struct ScriptFailure {
  std::uint32_t line = 0;
  std::string message;  ///< what was found, what was expected
};

/// How the commands of a script went.
struct ScriptReport {
  std::uint64_t passed = 0;
  std::vector<ScriptFailure> failures;

  /// Counts one command.
  void count(std::uint32_t line, const Result<void>& outcome);
};

/// The features that the script at `path` assumes, by its folder in the test suite: a proposal's
/// scripts build on the standard of their day; others are of WebAssembly 3.0.
Features script_features(std::string_view path);

/// A module of `script`: built, decoded and validated.
Result<Module> load(const Script& script, const ScriptModule& module, Features features);

/// Whether `module` is refused as `assertion` says. Only for kMalformed and kInvalid.
Result<void> check_refused(const Script& script, const ModuleAssertion& assertion,
                           Features features);

/// Loads every module of the script and checks every assertion that one is malformed or invalid.
/// Only these commands are counted.
ScriptReport check_modules(const Script& script, Features features);

}  // namespace doppel::bytecode::text
