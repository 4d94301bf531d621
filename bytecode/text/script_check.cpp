// SPDX-License-Identifier: Apache-2.0
// Modules of scripts through assembler, decoder and validator.
#include "bytecode/text/script_check.h"

#include <fmt/format.h>

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"

namespace doppel::bytecode::text {
namespace {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kMalformed: return "malformed";
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kUnlinkable: return "unlinkable";
    case ErrorKind::kLimit: return "beyond a limit";
    case ErrorKind::kSystem: return "refused by the host";
    case ErrorKind::kUsage: return "misused";
  }
  return "";
}

}  // namespace

void ScriptReport::count(std::uint32_t line, const Result<void>& outcome) {
  if (outcome) {
    ++passed;
  } else {
    failures.push_back({line, outcome.error().message});
  }
}

Features script_features(std::string_view path) {
  const std::size_t end = path.find_last_of('/');
  path = path.substr(0, end == std::string_view::npos ? 0 : end);
  const std::string_view folder = path.substr(path.find_last_of('/') + 1);
  if (folder == "threads") {
    return {Feature::kMultiValue, Feature::kSignExtension, Feature::kSaturatingConversion,
            Feature::kThreads};
  }
  Features features = Features::wasm3();
  if (folder == "legacy") return features.with(Feature::kLegacyExceptions);
  if (folder == "wide-arithmetic") return features.with(Feature::kWideArithmetic);
  if (folder == "custom-page-sizes") return features.with(Feature::kCustomPageSizes);
  return features;
}

Result<Module> load(const Script& script, const ScriptModule& module, Features features) {
  Module decoded = DOPPEL_TRY(decode(DOPPEL_TRY(build(script, module)), features));
  DOPPEL_TRY(validate(decoded, features));
  return decoded;
}

Result<void> check_refused(const Script& script, const ModuleAssertion& assertion,
                           Features features) {
  const ErrorKind expected = assertion.kind == ModuleAssertion::Kind::kMalformed
                                 ? ErrorKind::kMalformed
                                 : ErrorKind::kInvalid;
  auto loaded = load(script, assertion.module, features);
  // Where a feature is missing, the script may still mean another fault.
  if (!loaded && loaded.error().kind == ErrorKind::kUnsupported)
    loaded = load(script, assertion.module, Features::all());
  if (!loaded && loaded.error().kind == expected) return {};
  const std::string found = loaded
                                ? "a valid module"
                                : fmt::format("one that is {} ({})", to_string(loaded.error().kind),
                                              loaded.error().message);
  return fail(ErrorKind::kUsage,
              fmt::format("found {}, expected one that is {}", found, to_string(expected)));
}

ScriptReport check_modules(const Script& script, Features features) {
  ScriptReport report;
  for (const Command& command : script.commands) {
    const auto* assertion = std::get_if<ModuleAssertion>(&command.what);
    if (const auto* module = std::get_if<ModuleCommand>(&command.what)) {
      report.count(command.line, load(script, module->module, features).map([](const Module&) {}));
    } else if (assertion != nullptr && assertion->kind <= ModuleAssertion::Kind::kInvalid) {
      report.count(command.line, check_refused(script, *assertion, features));
    } else if (assertion != nullptr) {
      report.count(command.line,
                   load(script, assertion->module, features).map([](const Module&) {}));
    }
  }
  return report;
}

}  // namespace doppel::bytecode::text
