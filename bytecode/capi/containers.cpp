// SPDX-License-Identifier: Apache-2.0
// Globals, tables and memories.
#include <algorithm>

#include "bytecode/capi/references.h"
#include "bytecode/capi/types.h"
#include "bytecode/capi/values.h"

namespace bytecode = doppel::bytecode;
namespace capi = doppel::bytecode::capi;

namespace {

template <class Type, class Handle>
Type* describe(const Handle* handle) {
  return capi::as<Type>(capi::describe(handle->store->store().types().table(), handle->item))
      .release();
}

}  // namespace

// Globals.

wasm_global_t* wasm_global_new(wasm_store_t* store, const wasm_globaltype_t* type,
                               const wasm_val_t* value) {
  const bytecode::ValType content = *capi::val_type_of(type->content->kind);
  const auto word = capi::to_word(*store->state, *value, content);
  if (!word) return nullptr;
  bytecode::Extern item;
  item.kind = bytecode::ExternKind::kGlobal;
  item.global = store->state->store().add_global({content, type->mutability == WASM_VAR}, *word);
  return new wasm_global_t(store->state, item);
}

wasm_globaltype_t* wasm_global_type(const wasm_global_t* global) {
  return describe<wasm_globaltype_t>(global);
}

void wasm_global_get(const wasm_global_t* handle, wasm_val_t* out) {
  const bytecode::GlobalInstance& global = *handle->item.global;
  *out = capi::to_value(*handle->store, global.value[0], global.type.type);
}

void wasm_global_set(wasm_global_t* handle, const wasm_val_t* value) {
  bytecode::GlobalInstance& global = *handle->item.global;
  const auto word = capi::to_word(*handle->store, *value, global.type.type);
  if (word && global.type.is_mutable) global.value[0] = *word;
}

// Tables.

wasm_table_t* wasm_table_new(wasm_store_t* store, const wasm_tabletype_t* type, wasm_ref_t* init) {
  const bytecode::ValType element = *capi::val_type_of(type->element->kind);
  if (!element.is_ref()) return nullptr;
  const auto word = capi::to_word(*store->state, init, element.ref());
  if (!word) return nullptr;
  const bytecode::Limits limits = capi::limits_of(type->limits);
  if (limits.min > limits.max.value_or(UINT32_MAX)) return nullptr;
  const auto made = store->state->store().add_table({element.ref(), limits}, *word);
  if (!made) return nullptr;
  bytecode::Extern item;
  item.kind = bytecode::ExternKind::kTable;
  item.table = *made;
  return new wasm_table_t(store->state, item);
}

wasm_tabletype_t* wasm_table_type(const wasm_table_t* table) {
  return describe<wasm_tabletype_t>(table);
}

wasm_ref_t* wasm_table_get(const wasm_table_t* handle, wasm_table_size_t index) {
  const bytecode::TableInstance& table = *handle->item.table;
  if (index >= table.size()) return nullptr;
  return capi::to_handle(*handle->store, table.get(index), table.type().element);
}

bool wasm_table_set(wasm_table_t* handle, wasm_table_size_t index, wasm_ref_t* ref) {
  bytecode::TableInstance& table = *handle->item.table;
  if (index >= table.size()) return false;
  const auto word = capi::to_word(*handle->store, ref, table.type().element);
  if (!word) return false;
  table.set(index, *word);
  return true;
}

wasm_table_size_t wasm_table_size(const wasm_table_t* table) {
  return static_cast<wasm_table_size_t>(table->item.table->size());
}

bool wasm_table_grow(wasm_table_t* handle, wasm_table_size_t delta, wasm_ref_t* init) {
  bytecode::TableInstance& table = *handle->item.table;
  const auto word = capi::to_word(*handle->store, init, table.type().element);
  return word && table.grow(delta, *word) >= 0;
}

// Memories.

wasm_memory_t* wasm_memory_new(wasm_store_t* store, const wasm_memorytype_t* type) {
  constexpr std::uint64_t kMaxPages = 65'536;
  bytecode::MemoryType wanted;
  wanted.limits = capi::limits_of(type->limits);
  const std::uint64_t max = wanted.limits.max.value_or(kMaxPages);
  if (max > kMaxPages || wanted.limits.min > max) return nullptr;
  const auto made = store->state->store().add_memory(wanted);
  if (!made) return nullptr;
  bytecode::Extern item;
  item.kind = bytecode::ExternKind::kMemory;
  item.memory = *made;
  return new wasm_memory_t(store->state, item);
}

wasm_memorytype_t* wasm_memory_type(const wasm_memory_t* memory) {
  return describe<wasm_memorytype_t>(memory);
}

byte_t* wasm_memory_data(wasm_memory_t* memory) {
  return reinterpret_cast<byte_t*>(memory->item.memory->base());
}
size_t wasm_memory_data_size(const wasm_memory_t* memory) { return memory->item.memory->size(); }

wasm_memory_pages_t wasm_memory_size(const wasm_memory_t* memory) {
  return static_cast<wasm_memory_pages_t>(
      std::min<std::uint64_t>(memory->item.memory->pages(), UINT32_MAX));
}

bool wasm_memory_grow(wasm_memory_t* memory, wasm_memory_pages_t delta) {
  return memory->item.memory->grow(delta) >= 0;
}
