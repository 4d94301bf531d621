// SPDX-License-Identifier: Apache-2.0
// Host functions from C++ callables: the WebAssembly signature is read off the C++ one.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "bytecode/runtime/function.h"
#include "bytecode/runtime/slot.h"

namespace doppel::bytecode {

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
  made.type.params = {val_type_of<Args>()...};
  if constexpr (Number<R>) made.type.results = {val_type_of<R>()};
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
