// SPDX-License-Identifier: Apache-2.0
// The embedding interface: a C++ program loads a module, gives it host functions, calls it and
// reads its memory. What can go wrong before code runs is an Error; what the code does wrong is a
// Trap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bytecode/isa/types.h"
#include "bytecode/runtime/slot.h"
#include "bytecode/runtime/trap.h"
#include "core/result.h"

namespace doppel::bytecode {
class Instance;
class LoadedModule;
class Thread;
struct Function;
}  // namespace doppel::bytecode

namespace doppel::wasm {

using bytecode::Trap;
using bytecode::TrapKind;

/// How a module is made ready.
struct LoadOptions {
  bool fuel = false;  ///< its code counts instructions (Store::set_fuel)
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

namespace detail {

/// A host function behind its signature; an Error becomes a trap with its message.
using ErasedBody = std::function<std::optional<Error>(const Caller&, std::uint64_t* slots)>;

class AnyFunction {
 public:
  AnyFunction(bytecode::Function* function, bytecode::Thread* thread)
      : function_(function), thread_(thread) {}
  [[nodiscard]] std::optional<Trap> call(std::span<std::uint64_t> slots) const;

 private:
  bytecode::Function* function_;
  bytecode::Thread* thread_;
};

template <class R, class... Args>
bytecode::FuncType func_type() {
  bytecode::FuncType type;
  type.params = {bytecode::val_type_of<Args>()...};
  if constexpr (!std::is_void_v<R>) type.results = {bytecode::val_type_of<R>()};
  return type;
}

template <class R>
struct Unwrapped {
  using Type = R;
};
template <class R>
struct Unwrapped<Result<R>> {
  using Type = R;
};

template <class T>
inline constexpr bool kIsResult = !std::is_same_v<typename Unwrapped<T>::Type, T>;

/// Calls `body` with what the slots hold, and leaves its result there.
template <class R, class... Args, class Body, std::size_t... i>
std::optional<Error> invoke(Body& body, const Caller& caller, std::uint64_t* slots,
                            std::index_sequence<i...>) {
  const auto call = [&]() -> R {
    if constexpr (std::is_invocable_v<Body&, const Caller&, Args...>) {
      return body(caller, bytecode::from_slot<Args>(slots[i])...);
    } else {
      return body(bytecode::from_slot<Args>(slots[i])...);
    }
  };
  if constexpr (std::is_void_v<R>) {
    call();
  } else if constexpr (!kIsResult<R>) {
    slots[0] = bytecode::to_slot(call());
  } else {
    R result = call();
    if (!result) return std::move(result).error();
    if constexpr (!std::is_void_v<typename Unwrapped<R>::Type>) {
      slots[0] = bytecode::to_slot(*result);
    }
  }
  return std::nullopt;
}

/// Reads the signature off a lambda.
template <class Signature>
struct SignatureOf;
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(Args...) const> {
  static bytecode::FuncType type() { return func_type<typename Unwrapped<R>::Type, Args...>(); }
  template <class Body>
  static ErasedBody erase(Body body) {
    return [body = std::move(body)](const Caller& caller, std::uint64_t* slots) mutable {
      return invoke<R, Args...>(body, caller, slots, std::index_sequence_for<Args...>());
    };
  }
};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(const Caller&, Args...) const> : SignatureOf<R (C::*)(Args...) const> {
};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(Args...)> : SignatureOf<R (C::*)(Args...) const> {};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(const Caller&, Args...)> : SignatureOf<R (C::*)(Args...) const> {};

}  // namespace detail

template <class Signature>
class Function;

/// An exported function of known signature: `Function<int(int, int)>`. Valid as long as its store.
template <class R, class... Args>
class Function<R(Args...)> {
 public:
  /// Calls it and waits; the result, or the trap that ended it.
  tl::expected<R, Trap> operator()(Args... args) const {
    std::array<std::uint64_t, sizeof...(Args) + 1> slots{bytecode::to_slot(args)...};
    if (auto trap = function_.call(slots)) return tl::unexpected(*std::move(trap));
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return bytecode::from_slot<R>(slots[0]);
    }
  }

 private:
  friend class Instance;
  explicit Function(detail::AnyFunction function) : function_(function) {}
  detail::AnyFunction function_;
};

/// A module's instance. A view into its store, which owns it.
class Instance {
 public:
  /// The exported function of that name. Errors: kUnlinkable where there is none, or one of another
  /// type.
  template <class Signature>
  [[nodiscard]] Result<Function<Signature>> function(std::string_view name) const {
    return find(name, static_cast<Signature*>(nullptr));
  }
  /// The exported memory, valid until it grows. Errors: kUnlinkable where there is none.
  [[nodiscard]] Result<std::span<std::byte>> memory(std::string_view name = "memory") const;

 private:
  friend class Store;
  explicit Instance(bytecode::Instance* instance) : instance_(instance) {}

  template <class R, class... Args>
  Result<Function<R(Args...)>> find(std::string_view name, R (*)(Args...)) const {
    return find_function(name, detail::func_type<R, Args...>()).map([](detail::AnyFunction found) {
      return Function<R(Args...)>(found);
    });
  }
  [[nodiscard]] Result<detail::AnyFunction> find_function(std::string_view name,
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

  /// Offers a host function as import `module`.`name`. The WebAssembly signature is the lambda's:
  /// numbers in, a number or nothing out, or a Result of that, whose Error traps. A first parameter
  /// `const Caller&` gives access to the caller's memory.
  template <class Body>
  void define(std::string_view module, std::string_view name, Body body) {
    using Signature = detail::SignatureOf<decltype(&Body::operator())>;
    define(module, name, Signature::type(), Signature::erase(std::move(body)));
  }

  /// Offers the functions of WASI preview 1. A program's exit is a Trap of kind kExit with its
  /// status, 0 included. Once for a store. Errors: kSystem, kUsage (a directory that cannot be
  /// opened, a bad name, argument or variable).
  Result<void> define_wasi(const Wasi& wasi);

  /// Limits the instructions that code loaded with fuel may still execute; beyond them it traps
  /// with TrapKind::kFuelExhausted.
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
  std::unique_ptr<Parts> parts_;
};

}  // namespace doppel::wasm
