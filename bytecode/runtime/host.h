// SPDX-License-Identifier: Apache-2.0
// Host functions from C++ callables: the WebAssembly signature is read off the C++ one.
#pragma once

#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bytecode/runtime/function.h"

namespace doppel::bytecode {

namespace detail {

template <class T>
inline constexpr ValType kTypeOf = ValType{};
template <>
inline constexpr ValType kTypeOf<std::int32_t> = kI32;
template <>
inline constexpr ValType kTypeOf<std::uint32_t> = kI32;
template <>
inline constexpr ValType kTypeOf<std::int64_t> = kI64;
template <>
inline constexpr ValType kTypeOf<std::uint64_t> = kI64;
template <>
inline constexpr ValType kTypeOf<float> = kF32;
template <>
inline constexpr ValType kTypeOf<double> = kF64;

template <class T>
concept Wasm = kTypeOf<T>.is_numeric();

template <Wasm T>
T from_slot(std::uint64_t slot) {
  if constexpr (std::is_same_v<T, float>) {
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(slot));
  } else if constexpr (std::is_same_v<T, double>) {
    return __builtin_bit_cast(double, slot);
  } else {
    return static_cast<T>(slot);
  }
}

template <Wasm T>
std::uint64_t to_slot(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return __builtin_bit_cast(std::uint32_t, value);
  } else if constexpr (std::is_same_v<T, double>) {
    return __builtin_bit_cast(std::uint64_t, value);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

}  // namespace detail

/// A host function and its type.
struct TypedHostFunction {
  FuncType type;
  HostFunction body;
};

namespace detail {

template <class Body, class R, class... Args>
TypedHostFunction make_host_function(Body body, std::type_identity<R>,
                                     std::type_identity<std::tuple<Args...>>, auto invoke) {
  TypedHostFunction made;
  made.type.params = {kTypeOf<Args>...};
  if constexpr (Wasm<R>) made.type.results = {kTypeOf<R>};
  made.body = [body = std::move(body), invoke](HostCall& call) mutable -> HostOutcome {
    return [&]<std::size_t... i>(std::index_sequence<i...>) -> HostOutcome {
      if constexpr (std::is_void_v<R>) {
        invoke(body, call, from_slot<Args>(call.slots[i])...);
        return {};
      } else if constexpr (std::is_same_v<R, HostOutcome>) {
        return invoke(body, call, from_slot<Args>(call.slots[i])...);
      } else {
        call.slots[0] = to_slot<R>(invoke(body, call, from_slot<Args>(call.slots[i])...));
        return {};
      }
    }(std::index_sequence_for<Args...>());
  };
  return made;
}

template <class Signature>
struct Callable;
template <class C, class R, class... Args>
struct Callable<R (C::*)(Args...) const> {
  template <class Body>
  static TypedHostFunction make(Body body) {
    return make_host_function(std::move(body), std::type_identity<R>(),
                              std::type_identity<std::tuple<Args...>>(),
                              [](auto& f, HostCall&, Args... args) -> R { return f(args...); });
  }
};
template <class C, class R, class... Args>
struct Callable<R (C::*)(HostCall&, Args...) const> {
  template <class Body>
  static TypedHostFunction make(Body body) {
    return make_host_function(
        std::move(body), std::type_identity<R>(), std::type_identity<std::tuple<Args...>>(),
        [](auto& f, HostCall& call, Args... args) -> R { return f(call, args...); });
  }
};
template <class C, class R, class... Args>
struct Callable<R (C::*)(Args...)> : Callable<R (C::*)(Args...) const> {};
template <class C, class R, class... Args>
struct Callable<R (C::*)(HostCall&, Args...)> : Callable<R (C::*)(HostCall&, Args...) const> {};

}  // namespace detail

/// Makes a host function of a lambda whose parameters and result are int32_t, uint32_t, int64_t,
/// uint64_t, float or double; a first parameter `HostCall&` gives access to thread and caller, the
/// result may be void, or a HostOutcome in order to trap: `host_function([](std::int32_t x) {
/// return x + 1; })`.
template <class Body>
TypedHostFunction host_function(Body body) {
  return detail::Callable<decltype(&Body::operator())>::make(std::move(body));
}

}  // namespace doppel::bytecode
