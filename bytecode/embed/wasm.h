// SPDX-License-Identifier: Apache-2.0
// The embedding interface: a C++ program loads a module, gives it host functions, calls it and
// reads its memory. What can go wrong before code runs is an Error; what the code does wrong is a
// Trap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytecode/embed/function.h"
#include "bytecode/embed/tier.h"
#include "core/result.h"

namespace doppel::bytecode {
class Instance;
class LoadedModule;
}  // namespace doppel::bytecode

namespace doppel::wasm {

using bytecode::Tier;

/// How a module is made ready.
struct LoadOptions {
  bool fuel = false;  ///< its code counts instructions (Store::set_fuel)
  Tier tier = Tier::kAuto;
};

/// A decoded and validated module; cheap to copy, and any number of stores on any threads may use
/// it.
class Module {
 public:
  /// From the binary format, or from the text format (which does not begin with a zero byte).
  /// `name` is what messages call it. Errors: kMalformed, kInvalid, kUnsupported, kLimit.
  static Result<Module> load(std::span<const std::byte> bytes, std::string_view name = "module",
                             const LoadOptions& options = {});
  static Result<Module> load(std::string_view text, std::string_view name = "module",
                             const LoadOptions& options = {}) {
    return load(std::as_bytes(std::span(text)), name, options);
  }
  /// The same from a file. Errors: kSystem besides.
  static Result<Module> load_file(const std::string& path, const LoadOptions& options = {});

 private:
  friend class Store;
  explicit Module(std::shared_ptr<bytecode::LoadedModule> module) : module_(std::move(module)) {}
  std::shared_ptr<bytecode::LoadedModule> module_;
};

/// What the host allows the modules of a store.
struct Limits {
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30U;  ///< of each memory
  std::size_t stack_bytes = std::size_t{16} << 20U;          ///< bounds recursion
  std::uint64_t max_heap_bytes = std::uint64_t{1} << 30U;    ///< of all objects together
};

/// The world that WASI programs in a store see; nothing else of the host can be reached.
struct Wasi {
  std::vector<std::string> arguments;  ///< the program's name first
  std::vector<std::pair<std::string, std::string>> environment;
  /// Host directories, each under the name that programs find it open by.
  std::vector<std::pair<std::string, std::string>> directories;
  bool standard_streams = true;  ///< the host process's own, else none
};

/// The instance that called a host function.
class Caller {
 public:
  /// The caller's exported memory, valid until it grows; empty where there is none of that name.
  [[nodiscard]] std::span<std::byte> memory(std::string_view name = "memory") const;

 private:
  friend class Store;
  explicit Caller(bytecode::Instance* instance) : instance_(instance) {}
  bytecode::Instance* instance_;
};

/// A module's instance. A view into its store, which owns it.
class Instance {
 public:
  /// The exported function of that name. Errors: kUnlinkable where there is none, or one of another
  /// type.
  template <class Signature>
  [[nodiscard]] Result<Function<Signature>> function(std::string_view name) const {
    return find_function(name, Function<Signature>::type()).map([](detail::AnyFunction found) {
      return Function<Signature>(found);
    });
  }
  /// The exported tag of that name, whose exceptions carry values of the given types. Errors: as
  /// function().
  template <class... Args>
  [[nodiscard]] Result<Tag<Args...>> tag(std::string_view name) const {
    return find_tag(name, {detail::Values<Args...>::types(), {}}).map([](detail::AnyTag found) {
      return Tag<Args...>(found);
    });
  }
  /// The exported memory, valid until it grows. Errors: kUnlinkable where there is none.
  [[nodiscard]] Result<std::span<std::byte>> memory(std::string_view name = "memory") const;

 private:
  friend class Store;
  explicit Instance(bytecode::Instance* instance) : instance_(instance) {}

  [[nodiscard]] Result<detail::AnyFunction> find_function(std::string_view name,
                                                          const bytecode::FuncType& type) const;
  [[nodiscard]] Result<detail::AnyTag> find_tag(std::string_view name,
                                                const bytecode::FuncType& type) const;

  bytecode::Instance* instance_;
};

/// Owns instances and all that they share. Belongs to one host thread at a time, except for
/// interrupt().
class Store {
 public:
  static Result<Store> create(const Limits& limits = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Offers a host function as import `module`.`name`. The WebAssembly signature is the lambda's
  /// (embed/function.h). Where it answers a Result, an Error traps with its message; where it
  /// answers a tl::expected<…, Trap>, the trap goes on or the exception is thrown: one of its own
  /// (Tag::exception), or that of a function that it called. A first parameter `const Caller&`
  /// gives access to the caller's memory.
  template <class Body>
  void define(std::string_view module, std::string_view name, Body body) {
    using Signature = detail::SignatureOf<decltype(&Body::operator())>;
    define(module, name, Signature::type(), Signature::erase(std::move(body)));
  }

  /// Offers a tag of its own as import `module`.`name`.
  template <class... Args>
  Tag<Args...> define_tag(std::string_view module, std::string_view name) {
    return Tag<Args...>(define_tag(module, name, {detail::Values<Args...>::types(), {}}));
  }

  /// Offers the functions of WASI preview 1. A program's exit is a Trap of kind kExit with its
  /// status, 0 included. Once for a store. Errors: kSystem, kUsage (a directory that cannot be
  /// opened, a bad name, argument or variable).
  Result<void> define_wasi(const Wasi& wasi);

  /// Limits the instructions that code loaded with fuel may still execute; beyond them it traps
  /// with TrapKind::kFuelExhausted. A nanosecond in memory.atomic.wait counts as an instruction;
  /// host functions are not counted.
  void set_fuel(std::uint64_t instructions);
  [[nodiscard]] std::uint64_t fuel_left() const;

  /// Instantiates a module with what was defined, and runs its start function. Where `name` is
  /// given, its exports become imports `name`.* of later modules. Errors: kUnlinkable (an import is
  /// missing or does not match, or initialization trapped), kLimit, kSystem.
  Result<Instance> instantiate(const Module& module, std::string_view name = "");

  /// Makes what runs in this store, or runs next, trap with TrapKind::kTimeout soon. Any thread,
  /// any signal.
  void interrupt() noexcept;

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);
  void define(std::string_view module, std::string_view name, bytecode::FuncType type,
              detail::ErasedBody body);
  detail::AnyTag define_tag(std::string_view module, std::string_view name,
                            const bytecode::FuncType& type);
  std::unique_ptr<Parts> parts_;
};

}  // namespace doppel::wasm
