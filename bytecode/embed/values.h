// SPDX-License-Identifier: Apache-2.0
// The values that host and guest exchange besides numbers: vectors, and references, which stay
// valid while the objects that they refer to move. References belong to the thread of their store.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "bytecode/isa/types.h"
#include "bytecode/runtime/slot.h"

namespace doppel::bytecode {
class Store;
}

namespace doppel::wasm {

/// A v128: sixteen bytes, the first lane's first.
struct V128 {
  std::array<std::byte, 16> bytes{};

  /// From lanes, and as lanes: `V128::of<float, 4>({1, 2, 3, 4})`, `vector.lanes<float>()[2]`.
  template <class Lane, std::size_t kCount>
  static constexpr V128 of(const std::array<Lane, kCount>& lanes) {
    static_assert(sizeof(lanes) == 16);
    return {std::bit_cast<std::array<std::byte, 16>>(lanes)};
  }
  template <class Lane>
  [[nodiscard]] constexpr std::array<Lane, 16 / sizeof(Lane)> lanes() const {
    return std::bit_cast<std::array<Lane, 16 / sizeof(Lane)>>(bytes);
  }
  friend bool operator==(const V128&, const V128&) = default;
};

namespace detail {

/// What all references are: null, a word of its own, or a root of the store's heap.
class Handle {
 public:
  Handle() = default;
  Handle(bytecode::Store& store, std::uint64_t word, bool is_collected);

  [[nodiscard]] bool is_null() const { return word() == 0; }
  explicit operator bool() const { return !is_null(); }
  /// Whether both refer to the same.
  friend bool operator==(const Handle& a, const Handle& b) { return a.word() == b.word(); }

  [[nodiscard]] std::uint64_t word() const;
  /// Whether it can be given to a store: i31s, the host's own values and null belong to all.
  [[nodiscard]] bool belongs_to(const bytecode::Store& store) const {
    return store_ == nullptr || store_ == &store;
  }

 protected:
  explicit Handle(std::uint64_t word) : word_(word) {}
  [[nodiscard]] bytecode::Store* store() const { return store_; }

 private:
  class Root;
  std::uint64_t word_ = 0;
  std::shared_ptr<Root> root_;  ///< instead of the word, of an object
  bytecode::Store* store_ = nullptr;
};

}  // namespace detail

class ExternRef;

/// An anyref: a struct, an array or an i31, or what a host reference becomes inside.
class AnyRef : public detail::Handle {
 public:
  using Handle::Handle;
  static constexpr bytecode::HeapKind kHeap = bytecode::HeapKind::kAny;
  /// The i31 with the low 31 bits of `value`.
  static AnyRef i31(std::int32_t value);
  /// The value of an i31, extended with its sign; none of anything else.
  [[nodiscard]] std::optional<std::int32_t> as_i31() const;
  /// extern.convert_any
  [[nodiscard]] ExternRef to_extern() const;

 private:
  friend class ExternRef;
  explicit AnyRef(const Handle& handle) : Handle(handle) {}
};

/// An externref: a value of the host, which the guest can only pass on, or any other reference.
class ExternRef : public detail::Handle {
 public:
  using Handle::Handle;
  static constexpr bytecode::HeapKind kHeap = bytecode::HeapKind::kExtern;
  /// The host's own value: an index or an address, of which 62 bits count.
  static ExternRef host(std::uint64_t value);
  /// What host() was given; none of anything else.
  [[nodiscard]] std::optional<std::uint64_t> as_host() const;
  /// any.convert_extern
  [[nodiscard]] AnyRef to_any() const { return AnyRef(static_cast<const Handle&>(*this)); }

 private:
  friend class AnyRef;
  explicit ExternRef(const Handle& handle) : Handle(handle) {}
};

/// An exnref: an exception, for passing on.
class ExnRef : public detail::Handle {
 public:
  using Handle::Handle;
  static constexpr bytecode::HeapKind kHeap = bytecode::HeapKind::kExn;
};

namespace detail {

/// How a C++ type crosses between host and guest: its WebAssembly type, its slots, and both ways.
template <class T>
struct Transfer;

template <bytecode::Number T>
struct Transfer<T> {
  static constexpr std::uint32_t kSlots = 1;
  static bytecode::ValType type() { return bytecode::val_type_of<T>(); }
  static bool belongs_to(const bytecode::Store&, T) { return true; }
  static void put(std::uint64_t* slots, T value) { *slots = bytecode::to_slot(value); }
  static T take(bytecode::Store&, const std::uint64_t* slots) {
    return bytecode::from_slot<T>(*slots);
  }
};

template <>
struct Transfer<V128> {
  static constexpr std::uint32_t kSlots = 2;
  static bytecode::ValType type() { return bytecode::kV128; }
  static bool belongs_to(const bytecode::Store&, const V128&) { return true; }
  static void put(std::uint64_t* slots, const V128& value) {
    const auto words = value.lanes<std::uint64_t>();
    slots[0] = words[0];
    slots[1] = words[1];
  }
  static V128 take(bytecode::Store&, const std::uint64_t* slots) {
    return V128::of(std::array{slots[0], slots[1]});
  }
};

template <class T>
  requires std::derived_from<T, Handle>
struct Transfer<T> {
  static constexpr std::uint32_t kSlots = 1;
  static bytecode::ValType type() { return bytecode::RefType{T::kHeap, true}; }
  static bool belongs_to(const bytecode::Store& store, const T& value) {
    return value.belongs_to(store);
  }
  static void put(std::uint64_t* slots, const T& value) { *slots = value.word(); }
  static T take(bytecode::Store& store, const std::uint64_t* slots) {
    return T(store, *slots, T::kHeap != bytecode::HeapKind::kFunc);
  }
};

}  // namespace detail

}  // namespace doppel::wasm
