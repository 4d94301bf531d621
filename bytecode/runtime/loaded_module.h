// SPDX-License-Identifier: Apache-2.0
// A module that is ready to be instantiated: decoded, validated, with a place for its predecoded
// code. Shared by stores and threads.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/binary/names.h"
#include "bytecode/interp/module_code.h"
#include "bytecode/isa/features.h"
#include "core/result.h"

namespace doppel::bytecode {

/// How to load a module.
struct LoadOptions {
  Features features = Features::executable();
  bool fuel = false;  ///< its code counts instructions (Thread::set_fuel, finite budgets)
};

class LoadedModule {
 public:
  /// Decodes and validates `bytes`. Errors: kMalformed, kInvalid, kUnsupported, kLimit.
  static Result<std::shared_ptr<LoadedModule>> load(std::vector<std::byte> bytes,
                                                    const LoadOptions& options = {});

  [[nodiscard]] const Module& module() const { return module_; }
  [[nodiscard]] interp::ModuleCode& code() { return code_; }
  /// The function's name from the name section, else its export or import name, else "func[N]".
  [[nodiscard]] std::string function_name(FuncIndex function) const;

 private:
  LoadedModule(Module module, const LoadOptions& options)
      : module_(std::move(module)), code_(module_, interp::PredecodeOptions{options.fuel}) {}

  Module module_;
  interp::ModuleCode code_;
  mutable std::once_flag names_read_;
  mutable Names names_;  ///< read when the first name is asked for
};

}  // namespace doppel::bytecode
