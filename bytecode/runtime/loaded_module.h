// SPDX-License-Identifier: Apache-2.0
// A module that is ready to be instantiated: decoded, validated, with a place for its predecoded
// code. Shared by stores and threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/binary/names.h"
#include "bytecode/interp/module_code.h"
#include "bytecode/isa/features.h"
#include "bytecode/runtime/memory_image.h"
#include "core/observe/probes.h"
#include "core/result.h"

namespace doppel::bytecode {

/// How to load a module.
struct LoadOptions {
  Features features = Features::executable();
  /// Its code counts instructions (Thread::set_fuel, finite budgets). memory.atomic.wait counts
  /// each nanosecond that it waits as one.
  bool fuel = false;
  /// Compiles functions before their first call; it outlives the module. Null: all is interpreted.
  interp::FunctionCompiler* compiler = nullptr;
  /// Compiles functions once they are hot; it outlives the module. Null: none.
  interp::TierUp* tier_up = nullptr;
  /// Has threads switch by chance between code of `compiler`, which must be set so, and the
  /// interpreter's; it outlives the module. Null: they do not.
  interp::TierSwitches* switches = nullptr;
  /// Makes the place where the module's machine code is kept. Null: none is.
  std::function<std::unique_ptr<interp::KeptCode>(std::span<const std::byte> module)> keep =
      nullptr;
};

class LoadedModule {
 public:
  /// Decodes and validates `bytes`. Errors: kMalformed, kInvalid, kUnsupported, kLimit.
  static Result<std::shared_ptr<LoadedModule>> load(std::vector<std::byte> bytes,
                                                    const LoadOptions& options = {});

  [[nodiscard]] const Module& module() const { return module_; }
  [[nodiscard]] interp::ModuleCode& code() { return code_; }
  [[nodiscard]] MemoryImage& memory_image() { return memory_image_; }
  /// Probes of the code, in all its instances. kInstruction is located by the byte offset of the
  /// instruction in the module, kCall and kReturn by the index of a defined function, kTrap by the
  /// TrapKind. A new probe is seen from its function's next call on. Callbacks find the guest's
  /// state in Thread::probed(). kSkip acts at calls only: the results that the callback has set are
  /// the function's. kExit ends Thread::run(); Thread::call() goes on.
  [[nodiscard]] Probes& probes() { return probes_; }
  /// The function's name from the name section, else its export or import name, else "func[N]".
  [[nodiscard]] std::string function_name(FuncIndex function) const;

 private:
  LoadedModule(Module module, std::unique_ptr<interp::KeptCode> kept, const LoadOptions& options)
      : module_(std::move(module)),
        code_(module_, interp::PredecodeOptions{options.fuel, nullptr, nullptr}) {
    code_.set_compiler(options.compiler);
    code_.set_tier_up(options.tier_up);
    code_.set_switches(options.switches);
    code_.set_kept(std::move(kept));
    code_.set_names([this](FuncIndex function) { return function_name(function); });
    probes_.listen([this](ProbeSite site, bool probed) { code_.set_probed(site, probed); });
  }

  Module module_;
  interp::ModuleCode code_;
  Probes probes_;
  MemoryImage memory_image_;
  mutable std::once_flag names_read_;
  mutable Names names_;  ///< read when the first name is asked for
};

}  // namespace doppel::bytecode
