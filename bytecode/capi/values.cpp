// SPDX-License-Identifier: Apache-2.0
// Values between C and the machine.
#include "bytecode/capi/values.h"

#include "bytecode/capi/types.h"
#include "bytecode/embed/reference_check.h"
#include "bytecode/gc/reference.h"
#include "bytecode/runtime/slot.h"

namespace doppel::bytecode::capi {
namespace {

/// The word of a handle that is not null, in the hierarchy whose top is `top`; none if it has none
/// there.
std::optional<std::uint64_t> word_among(StoreState& store, const wasm_ref_t& handle, HeapKind top) {
  if (top == HeapKind::kFunc) {
    if (dynamic_cast<const wasm_func_t*>(&handle) == nullptr) return std::nullopt;
    return reinterpret_cast<std::uint64_t>(handle.thing);
  }
  const auto* const guest = dynamic_cast<const GuestHandle*>(&handle);
  const bool is_exception = guest != nullptr && guest->is_exception;
  if (is_exception != (top == HeapKind::kExn)) return std::nullopt;
  return guest != nullptr ? guest->reference() : store.pin(handle);
}

}  // namespace

std::optional<std::uint64_t> to_word(StoreState& store, const wasm_ref_t* handle, RefType type) {
  std::uint64_t word = 0;
  if (handle != nullptr) {
    if (handle->store.get() != &store) return std::nullopt;
    const HeapKind top = top_of(store.store().types(), type).ref().heap.kind();
    const auto found = word_among(store, *handle, top);
    if (!found) return std::nullopt;
    word = *found;
  }
  if (!is_reference_of(store.store(), word, type)) return std::nullopt;
  return word;
}

wasm_ref_t* to_handle(StoreState& store, std::uint64_t word, RefType type) {
  if (word == 0) return nullptr;
  const StorePtr owner = store.shared_from_this();
  switch (top_of(store.store().types(), type).ref().heap.kind()) {
    case HeapKind::kFunc: return make_func(owner, *reinterpret_cast<Function*>(word)).release();
    case HeapKind::kExn: return new GuestHandle(owner, word, true);
    default:
      if (gc::is_host_reference(word)) return StoreState::pinned(word).copy().release();
      return new GuestHandle(owner, word, false);
  }
}

std::optional<std::uint64_t> to_word(StoreState& store, const wasm_val_t& value, ValType type) {
  const auto if_kind = [&](wasm_valkind_t kind, std::uint64_t word) {
    return value.kind == kind ? std::optional(word) : std::nullopt;
  };
  switch (type.kind()) {
    case ValKind::kI32: return if_kind(WASM_I32, to_slot(value.of.i32));
    case ValKind::kI64: return if_kind(WASM_I64, to_slot(value.of.i64));
    case ValKind::kF32: return if_kind(WASM_F32, to_slot(value.of.f32));
    case ValKind::kF64: return if_kind(WASM_F64, to_slot(value.of.f64));
    case ValKind::kRef:
      if (!wasm_valkind_is_ref(value.kind)) return std::nullopt;
      return to_word(store, value.of.ref, type.ref());
    default: return std::nullopt;
  }
}

wasm_val_t to_value(StoreState& store, std::uint64_t word, ValType type) {
  wasm_val_t value = zero_of(store, type);
  switch (type.kind()) {
    case ValKind::kI32: value.of.i32 = from_slot<std::int32_t>(word); break;
    case ValKind::kI64: value.of.i64 = from_slot<std::int64_t>(word); break;
    case ValKind::kF32: value.of.f32 = from_slot<float>(word); break;
    case ValKind::kF64: value.of.f64 = from_slot<double>(word); break;
    case ValKind::kRef: value.of.ref = to_handle(store, word, type.ref()); break;
    default: break;
  }
  return value;
}

wasm_val_t zero_of(const StoreState& store, ValType type) {
  wasm_val_t value{};
  value.kind = kind_of(type, store.store().types().table());
  value.of.i64 = 0;
  return value;
}

std::string mismatch(const char* what, std::size_t index, ValType type) {
  return std::string(what) + " " + std::to_string(index) +
         ": found a value of another type, expected one of type " + to_string(type);
}

}  // namespace doppel::bytecode::capi

void wasm_val_delete(wasm_val_t* value) {
  if (value == nullptr || !wasm_valkind_is_ref(value->kind)) return;
  wasm_ref_delete(value->of.ref);
  value->of.ref = nullptr;
}

void wasm_val_copy(wasm_val_t* out, const wasm_val_t* from) {
  *out = *from;
  if (wasm_valkind_is_ref(from->kind)) out->of.ref = wasm_ref_copy(from->of.ref);
}
