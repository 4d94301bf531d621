// SPDX-License-Identifier: Apache-2.0
// The vector functions of every type that has vectors.
#include "bytecode/capi/vectors.h"

#include <algorithm>

namespace doppel::bytecode::capi {
namespace {

void copy_element(wasm_byte_t& out, const wasm_byte_t& from) { out = from; }
void delete_element(wasm_byte_t&) {}
void copy_element(wasm_val_t& out, const wasm_val_t& from) { wasm_val_copy(&out, &from); }
void delete_element(wasm_val_t& value) { wasm_val_delete(&value); }

#define DOPPEL_ELEMENT(name)                                        \
  void copy_element(wasm_##name##_t*& out, wasm_##name##_t* from) { \
    out = wasm_##name##_copy(from);                                 \
  }                                                                 \
  void delete_element(wasm_##name##_t* element) { wasm_##name##_delete(element); }
DOPPEL_ELEMENT(valtype)
DOPPEL_ELEMENT(functype)
DOPPEL_ELEMENT(globaltype)
DOPPEL_ELEMENT(tabletype)
DOPPEL_ELEMENT(memorytype)
DOPPEL_ELEMENT(tagtype)
DOPPEL_ELEMENT(externtype)
DOPPEL_ELEMENT(importtype)
DOPPEL_ELEMENT(exporttype)
DOPPEL_ELEMENT(frame)
DOPPEL_ELEMENT(extern)
#undef DOPPEL_ELEMENT

template <class Vector>
void copy_vector(Vector& out, const Vector& from) {
  allocate(out, from.size);
  for (std::size_t i = 0; i < out.size; ++i) copy_element(out.data[i], from.data[i]);
}

template <class Vector>
void delete_vector(Vector* vector) {
  if (vector == nullptr || vector->data == nullptr) return;
  for (std::size_t i = 0; i < vector->size; ++i) delete_element(vector->data[i]);
  std::free(static_cast<void*>(vector->data));
  *vector = {0, nullptr};
}

}  // namespace
}  // namespace doppel::bytecode::capi

#define DOPPEL_VECTOR(name, star)                                                          \
  void wasm_##name##_vec_new_empty(wasm_##name##_vec_t* out) { *out = {0, nullptr}; }      \
  void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t* out, size_t size) {        \
    doppel::bytecode::capi::allocate(*out, size);                                          \
  }                                                                                        \
  void wasm_##name##_vec_new(wasm_##name##_vec_t* out, size_t size,                        \
                             wasm_##name##_t star const elements[]) {                      \
    doppel::bytecode::capi::allocate(*out, size);                                          \
    std::copy_n(elements, out->size, out->data);                                           \
  }                                                                                        \
  void wasm_##name##_vec_copy(wasm_##name##_vec_t* out, const wasm_##name##_vec_t* from) { \
    doppel::bytecode::capi::copy_vector(*out, *from);                                      \
  }                                                                                        \
  void wasm_##name##_vec_delete(wasm_##name##_vec_t* vector) {                             \
    doppel::bytecode::capi::delete_vector(vector);                                         \
  }
DOPPEL_VECTOR(byte, )
DOPPEL_VECTOR(val, )
DOPPEL_VECTOR(valtype, *)
DOPPEL_VECTOR(functype, *)
DOPPEL_VECTOR(globaltype, *)
DOPPEL_VECTOR(tabletype, *)
DOPPEL_VECTOR(memorytype, *)
DOPPEL_VECTOR(tagtype, *)
DOPPEL_VECTOR(externtype, *)
DOPPEL_VECTOR(importtype, *)
DOPPEL_VECTOR(exporttype, *)
DOPPEL_VECTOR(frame, *)
DOPPEL_VECTOR(extern, *)
#undef DOPPEL_VECTOR
