// SPDX-License-Identifier: Apache-2.0
// Imports by name: what the embedder and earlier instances offer to a module.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "bytecode/runtime/host.h"
#include "bytecode/runtime/store.h"

namespace doppel::bytecode {

class Linker {
 public:
  /// The store must outlive the linker.
  explicit Linker(Store& store) : store_(store) {}

  /// Offers `value` as `module`.`name`; replaces what was offered before.
  void define(std::string module, std::string name, Extern value);
  /// Offers a host function: `linker.define_function("env", "add", [](int a, int b) { return a + b;
  /// })`.
  template <class Body>
  void define_function(const std::string& module, const std::string& name, Body body) {
    TypedHostFunction made = host_function(std::move(body));
    define_function(module, name, std::move(made.type), std::move(made.body));
  }
  void define_function(const std::string& module, const std::string& name, FuncType type,
                       HostFunction body);
  /// Offers all exports of an instance under `module`.
  void define_instance(const std::string& module, const Instance& instance);
  /// From now on an unknown imported function is a stub, which traps when it is called.
  void stub_unknown_functions() { stub_ = true; }

  /// Resolves a module's imports by name and instantiates it. A missing import is kUnlinkable; the
  /// message gives its name and type.
  Result<Store::Instantiation> instantiate(const std::shared_ptr<LoadedModule>& module);

 private:
  Store& store_;
  std::map<std::pair<std::string, std::string>, Extern> offers_;
  bool stub_ = false;
};

}  // namespace doppel::bytecode
