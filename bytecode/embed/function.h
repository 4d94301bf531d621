// SPDX-License-Identifier: Apache-2.0
// Typed functions and tags of a store, and host functions from C++ lambdas. The WebAssembly type is
// read off the C++ one: numbers, V128, AnyRef, ExternRef, FuncRef, ExnRef; void, one of these or a
// std::tuple of them as the result.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bytecode/embed/values.h"
#include "bytecode/runtime/trap.h"
#include "core/result.h"

namespace doppel::bytecode {
struct Function;
}

namespace doppel::wasm {

using bytecode::Trap;
using bytecode::TrapKind;

class Caller;

namespace detail {

/// A list of values in slots.
template <class... Ts>
struct Values {
  static constexpr std::uint32_t kSlots = (0 + ... + Transfer<Ts>::kSlots);
  static bytecode::ResultType types() { return {Transfer<Ts>::type()...}; }
  static bool belong_to(const bytecode::Store& store, const Ts&... values) {
    return (Transfer<Ts>::belongs_to(store, values) && ...);
  }
  static void put([[maybe_unused]] std::uint64_t* slots, const Ts&... values) {
    ((Transfer<Ts>::put(slots, values), slots += Transfer<Ts>::kSlots), ...);
  }
  static std::tuple<Ts...> take([[maybe_unused]] bytecode::Store& store,
                                [[maybe_unused]] const std::uint64_t* slots) {
    const auto next = [&]<class T>(std::type_identity<T>) {
      return Transfer<T>::take(store, std::exchange(slots, slots + Transfer<T>::kSlots));
    };
    return std::tuple<Ts...>{next(std::type_identity<Ts>())...};
  }
};

/// What a function answers, as a list of values.
template <class R>
struct Results {
  using List = Values<R>;
  static auto as_tuple(const R& value) { return std::tie(value); }
  static R from_tuple(std::tuple<R> values) { return std::get<0>(std::move(values)); }
};
template <>
struct Results<void> {
  using List = Values<>;
  static void from_tuple(std::tuple<>) {}
};
template <class... Rs>
struct Results<std::tuple<Rs...>> {
  using List = Values<Rs...>;
  static const std::tuple<Rs...>& as_tuple(const std::tuple<Rs...>& values) { return values; }
  static const std::tuple<Rs...>& as_tuple(const std::tuple<Rs...>&& values) = delete;
  static std::tuple<Rs...> from_tuple(std::tuple<Rs...> values) { return values; }
};

Trap host_trap(std::string message, TrapKind kind = TrapKind::kHost);
/// The trap that a reference of another store is answered with.
Trap foreign_reference();

/// A function behind its signature.
class AnyFunction {
 public:
  AnyFunction(bytecode::Function& function, bytecode::Store& store)
      : function_(&function), store_(&store) {}
  [[nodiscard]] bytecode::Store& store() const { return *store_; }
  [[nodiscard]] bytecode::Function& function() const { return *function_; }
  /// References are checked against the parameters' types.
  [[nodiscard]] std::optional<Trap> call(std::span<std::uint64_t> slots) const;
  /// Fails with kUnlinkable if it cannot be called as a function of `wanted`, of top types.
  [[nodiscard]] Result<void> check_type(const bytecode::FuncType& wanted,
                                        std::string_view what) const;

 private:
  bytecode::Function* function_;
  bytecode::Store* store_;
};

}  // namespace detail

template <class Signature>
class Function;

/// A function of known signature: `Function<int(int, int)>`. Valid as long as its store.
/// Where the WebAssembly type asks for a narrower reference than AnyRef can say, the call traps
/// with TrapKind::kCastFailure if the argument is none.
template <class R, class... Args>
class Function<R(Args...)> {
 public:
  /// Calls it and waits; the result, or the trap that ended it.
  tl::expected<R, Trap> operator()(const Args&... args) const {
    using Out = typename detail::Results<R>::List;
    bytecode::Store& store = function_.store();
    if (!detail::Values<Args...>::belong_to(store, args...))
      return tl::unexpected(detail::foreign_reference());
    std::array<std::uint64_t, std::max({detail::Values<Args...>::kSlots, Out::kSlots, 1U})> slots{};
    detail::Values<Args...>::put(slots.data(), args...);
    if (auto trap = function_.call(slots)) return tl::unexpected(*std::move(trap));
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return detail::Results<R>::from_tuple(Out::take(store, slots.data()));
    }
  }

 private:
  friend class Instance;
  friend class FuncRef;
  explicit Function(detail::AnyFunction function) : function_(function) {}
  static bytecode::FuncType type() {
    return {detail::Values<Args...>::types(), detail::Results<R>::List::types()};
  }
  detail::AnyFunction function_;
};

/// A funcref.
class FuncRef : public detail::Handle {
 public:
  using Handle::Handle;
  static constexpr bytecode::HeapKind kHeap = bytecode::HeapKind::kFunc;
  template <class Signature>
  explicit FuncRef(const Function<Signature>& function) : FuncRef(function.function_) {}

  /// The function. Errors: kUnlinkable where it is null or of another type.
  template <class Signature>
  [[nodiscard]] Result<Function<Signature>> function() const {
    return checked(Function<Signature>::type()).map([](detail::AnyFunction found) {
      return Function<Signature>(found);
    });
  }

 private:
  explicit FuncRef(const detail::AnyFunction& function);
  [[nodiscard]] Result<detail::AnyFunction> checked(const bytecode::FuncType& type) const;
};

namespace detail {

/// A tag behind its signature.
class AnyTag {
 public:
  AnyTag(const bytecode::TagInstance& tag, bytecode::Store& store) : tag_(&tag), store_(&store) {}
  [[nodiscard]] bytecode::Store& store() const { return *store_; }
  /// An uncaught exception of this tag.
  [[nodiscard]] Trap exception(std::span<std::uint64_t> payload) const;
  /// The payload's slots if it is one; valid until something runs in the store.
  [[nodiscard]] const std::uint64_t* payload(const Trap& trap) const;

 private:
  const bytecode::TagInstance* tag_;
  bytecode::Store* store_;
};

}  // namespace detail

/// A tag whose exceptions carry values of these types. Valid as long as its store.
template <class... Args>
class Tag {
 public:
  /// A new exception, for a host function to end with: `return tl::unexpected(tag.exception(7))`.
  /// A trap of kind kOutOfMemory where the heap is exhausted.
  [[nodiscard]] Trap exception(const Args&... payload) const {
    if (!detail::Values<Args...>::belong_to(tag_.store(), payload...))
      return detail::foreign_reference();
    std::array<std::uint64_t, std::max(detail::Values<Args...>::kSlots, 1U)> slots{};
    detail::Values<Args...>::put(slots.data(), payload...);
    return tag_.exception(slots);
  }
  /// What was thrown, if `trap` is an exception of this tag that nobody caught.
  [[nodiscard]] std::optional<std::tuple<Args...>> payload(const Trap& trap) const {
    const std::uint64_t* slots = tag_.payload(trap);
    if (slots == nullptr) return std::nullopt;
    return detail::Values<Args...>::take(tag_.store(), slots);
  }

 private:
  friend class Instance;
  friend class Store;
  explicit Tag(detail::AnyTag tag) : tag_(tag) {}
  detail::AnyTag tag_;
};

namespace detail {

/// A host function behind its signature; an Error becomes a trap with its message.
using ErasedBody =
    std::function<std::optional<Trap>(const Caller&, bytecode::Store&, std::uint64_t* slots)>;

inline Trap to_trap(Error&& error) { return host_trap(std::move(error.message)); }
inline Trap to_trap(Trap&& trap) { return std::move(trap); }

template <class R>
struct Unwrapped {
  static constexpr bool kCanFail = false;
  using Type = R;
};
template <class R, class E>
struct Unwrapped<tl::expected<R, E>> {
  static constexpr bool kCanFail = true;
  using Type = R;
};

/// Leaves what a host function answers in the slots.
template <class R>
std::optional<Trap> give(bytecode::Store& store, std::uint64_t* slots, const R& result) {
  using List = typename Results<R>::List;
  return std::apply(
      [&](const auto&... values) -> std::optional<Trap> {
        if (!List::belong_to(store, values...)) return foreign_reference();
        List::put(slots, values...);
        return std::nullopt;
      },
      Results<R>::as_tuple(result));
}

/// Calls `body` with what the slots hold, and leaves its result there.
template <class R, class... Args, class Body>
std::optional<Trap> invoke(Body& body, const Caller& caller, bytecode::Store& store,
                           std::uint64_t* slots) {
  using Value = typename Unwrapped<R>::Type;
  const auto call = [&](auto&&... args) -> R {
    if constexpr (std::is_invocable_v<Body&, const Caller&, Args...>) {
      return body(caller, std::move(args)...);
    } else {
      return body(std::move(args)...);
    }
  };
  auto arguments = Values<std::remove_cvref_t<Args>...>::take(store, slots);
  if constexpr (std::is_void_v<R>) {
    std::apply(call, std::move(arguments));
  } else if constexpr (!Unwrapped<R>::kCanFail) {
    return give<R>(store, slots, std::apply(call, std::move(arguments)));
  } else {
    R result = std::apply(call, std::move(arguments));
    if (!result) return to_trap(std::move(result).error());
    if constexpr (!std::is_void_v<Value>) return give<Value>(store, slots, *result);
  }
  return std::nullopt;
}

/// Reads the signature off a lambda.
template <class Signature>
struct SignatureOf;
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(Args...) const> {
  static bytecode::FuncType type() {
    return {Values<std::remove_cvref_t<Args>...>::types(),
            Results<typename Unwrapped<R>::Type>::List::types()};
  }
  template <class Body>
  static ErasedBody erase(Body body) {
    return [body = std::move(body)](const Caller& caller, bytecode::Store& store,
                                    std::uint64_t* slots) mutable {
      return invoke<R, Args...>(body, caller, store, slots);
    };
  }
};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(const Caller&, Args...) const> : SignatureOf<R (C::*)(Args...) const> {
};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(Args...)> : SignatureOf<R (C::*)(Args...) const> {};
template <class C, class R, class... Args>
struct SignatureOf<R (C::*)(const Caller&, Args...)>
    : SignatureOf<R (C::*)(const Caller&, Args...) const> {};

}  // namespace detail

}  // namespace doppel::wasm
