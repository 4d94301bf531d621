// SPDX-License-Identifier: Apache-2.0
// Values between C and the machine: a wasm_val_t and the slot that holds it. C has no vectors, so
// that a value takes one slot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bytecode/capi/references.h"

namespace doppel::bytecode::capi {

/// The word that stands for what a handle refers to where a type of the store is asked for. None if
/// it is of another store or not of the type.
std::optional<std::uint64_t> to_word(StoreState& store, const wasm_ref_t* handle, RefType type);
/// A handle of a reference of that type, the caller's; null of null.
wasm_ref_t* to_handle(StoreState& store, std::uint64_t word, RefType type);

/// The same for all values.
std::optional<std::uint64_t> to_word(StoreState& store, const wasm_val_t& value, ValType type);
wasm_val_t to_value(StoreState& store, std::uint64_t word, ValType type);

/// Zero or null.
wasm_val_t zero_of(const StoreState& store, ValType type);

/// "argument 1: found a value of another type, expected one of type i64".
std::string mismatch(const char* what, std::size_t index, ValType type);

/// A number of elements that is known when it is made; few take no allocation.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t size) : size_(size) {
    if (size > kInside) outside_.resize(size);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  [[nodiscard]] T* data() { return size_ > kInside ? outside_.data() : inside_.data(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return data()[index]; }

 private:
  static constexpr std::size_t kInside = 16;
  std::size_t size_;
  std::array<T, kInside> inside_;
  std::vector<T> outside_;
};

}  // namespace doppel::bytecode::capi
