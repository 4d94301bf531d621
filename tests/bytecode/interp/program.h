// SPDX-License-Identifier: Apache-2.0
// Small programs in the text format, in one store, for tests of the engine.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bytecode/runtime/linker.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {

/// A store with a linker; modules come in as text.
class Program {
 public:
  /// What a call ended with.
  struct Outcome {
    std::vector<std::uint64_t> results;
    std::optional<Trap> trap;
    [[nodiscard]] TrapKind kind() const { return trap ? trap->kind : TrapKind::kNone; }
    /// The functions of the backtrace, innermost first: "inner outer".
    [[nodiscard]] std::string functions() const {
      std::string names;
      if (!trap) return names;
      for (const BacktraceFrame& frame : trap->backtrace)
        names += (names.empty() ? "" : " ") + frame.name;
      return names;
    }
  };

  explicit Program(bool fuel = false, const StoreLimits& limits = {})
      : store_(Store::create(limits).value()), linker_(*store_) {
    options_.fuel = fuel;
  }

  Linker& linker() { return linker_; }
  Store& store() { return *store_; }
  Thread& thread() { return store_->thread(); }

  /// Loads a module without instantiating it.
  std::shared_ptr<LoadedModule> load(std::string_view text) {
    auto bytes = assemble(text, "test.wat");
    EXPECT_TRUE(bytes) << bytes.error().message;
    auto module = LoadedModule::load(bytes.value(), options_);
    EXPECT_TRUE(module) << module.error().message;
    return module.value();
  }
  /// Instantiates a module, whose exports are imports of later ones under `name`. The test fails
  /// if it does not come into being or traps.
  Instance& add(std::string_view text, const std::string& name = "m") {
    auto made = linker_.instantiate(load(text));
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_FALSE(made->trap) << made->trap->describe();
    linker_.define_instance(name, *made->instance);
    return *made->instance;
  }

  Function& function(const Instance& instance, std::string_view name) {
    return *instance.find_export(name).value().function;
  }
  /// The same call, while another host thread ends it after a little while.
  TrapKind call_until_terminated(const Instance& instance, std::string_view name,
                                 std::vector<std::uint64_t> arguments = {}) {
    std::thread killer([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      thread().terminate(TrapKind::kTimeout);
    });
    const Outcome outcome = call(instance, name, std::move(arguments));
    killer.join();
    return outcome.kind();
  }
  Outcome call(const Instance& instance, std::string_view name,
               std::vector<std::uint64_t> arguments = {}) {
    Function& callee = function(instance, name);
    arguments.resize(std::max(arguments.size(), callee.type->results.size()));
    Outcome outcome;
    outcome.trap = thread().call(callee, arguments);
    if (outcome.trap) return outcome;
    arguments.resize(callee.type->results.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const ValType type = callee.type->results[i];
      const bool narrow = type == kI32 || type == kF32;
      outcome.results.push_back(narrow ? static_cast<std::uint32_t>(arguments[i]) : arguments[i]);
    }
    return outcome;
  }

 private:
  LoadOptions options_;
  std::unique_ptr<Store> store_;
  Linker linker_;
};

}  // namespace doppel::bytecode
