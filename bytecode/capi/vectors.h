// SPDX-License-Identifier: Apache-2.0
// The C interface's vectors: memory of calloc, so that an element that was never written is null or
// zero; where there is none, a vector is empty.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

#include "bytecode/capi/wasm.h"

namespace doppel::bytecode::capi {

template <class Vector>
using Element = std::remove_pointer_t<decltype(Vector::data)>;

/// Makes a vector of `size` zeros.
template <class Vector>
void allocate(Vector& out, std::size_t size) {
  using T = Element<Vector>;
  out = {0, nullptr};
  if (size == 0 || size > PTRDIFF_MAX / sizeof(T)) return;
  out.data = static_cast<T*>(std::calloc(size, sizeof(T)));
  if (out.data != nullptr) out.size = size;
}

/// Makes a vector of what a range yields.
template <class Vector, class Range>
void fill(Vector& out, const Range& range) {
  allocate(out, std::size(range));
  if (out.size == 0) return;
  Element<Vector>* next = out.data;
  for (auto&& item : range) *next++ = item;
}

/// A vector as a member: copied and ended with what holds it.
template <class Vector, auto kCopy, auto kDelete>
class Owned {
 public:
  Owned() = default;
  /// Takes the elements over and leaves `from`, which may be null, empty.
  explicit Owned(Vector* from) {
    if (from != nullptr) vector_ = std::exchange(*from, Vector{0, nullptr});
  }
  Owned(const Owned& other) { kCopy(&vector_, &other.vector_); }
  Owned(Owned&& other) noexcept : vector_(std::exchange(other.vector_, Vector{0, nullptr})) {}
  Owned& operator=(Owned other) noexcept {
    std::swap(vector_, other.vector_);
    return *this;
  }
  ~Owned() { kDelete(&vector_); }

  [[nodiscard]] Vector* get() { return &vector_; }
  [[nodiscard]] const Vector* get() const { return &vector_; }

 private:
  Vector vector_{0, nullptr};
};

using OwnedName = Owned<wasm_byte_vec_t, wasm_byte_vec_copy, wasm_byte_vec_delete>;
using OwnedTypes = Owned<wasm_valtype_vec_t, wasm_valtype_vec_copy, wasm_valtype_vec_delete>;

}  // namespace doppel::bytecode::capi
