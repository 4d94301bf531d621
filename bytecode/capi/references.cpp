// SPDX-License-Identifier: Apache-2.0
// What handles of all kinds have in common, and the casts between them.
#include "bytecode/capi/references.h"

namespace doppel::bytecode::capi {
namespace {

template <class Type>
Type* copy_of(const Type* handle) {
  return handle == nullptr ? nullptr : static_cast<Type*>(handle->copy().release());
}

bool are_same(const wasm_ref_t* a, const wasm_ref_t* b) {
  return a == b || (a != nullptr && b != nullptr && a->is_same(*b));
}

void* host_info(const wasm_ref_t& handle) {
  const HostInfo* const info = handle.find_info();
  return info == nullptr ? nullptr : info->get();
}

}  // namespace

void* address_of(const Extern& item) {
  switch (item.kind) {
    case ExternKind::kFunc: return item.function;
    case ExternKind::kTable: return item.table;
    case ExternKind::kMemory: return item.memory;
    case ExternKind::kGlobal: return item.global;
    case ExternKind::kTag: return item.tag;
  }
  return nullptr;
}

bool GuestHandle::is_same(const wasm_ref_t& other) const {
  const auto* const guest = dynamic_cast<const GuestHandle*>(&other);
  return guest != nullptr && guest->store == store && guest->reference() == reference();
}

std::unique_ptr<wasm_extern_t> make_extern(const StorePtr& store, const Extern& item) {
  switch (item.kind) {
    case ExternKind::kFunc: return std::make_unique<wasm_func_t>(store, item);
    case ExternKind::kTable: return std::make_unique<wasm_table_t>(store, item);
    case ExternKind::kMemory: return std::make_unique<wasm_memory_t>(store, item);
    case ExternKind::kGlobal: return std::make_unique<wasm_global_t>(store, item);
    case ExternKind::kTag: return std::make_unique<TagHandle>(store, item);
  }
  return nullptr;
}

std::unique_ptr<wasm_func_t> make_func(const StorePtr& store, Function& function) {
  Extern item;
  item.function = &function;
  return std::make_unique<wasm_func_t>(store, item);
}

}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

#define DOPPEL_REF_BASE(name)                                                          \
  void wasm_##name##_delete(wasm_##name##_t* handle) { delete handle; }                \
  wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t* handle) {                 \
    return capi::copy_of(handle);                                                      \
  }                                                                                    \
  bool wasm_##name##_same(const wasm_##name##_t* a, const wasm_##name##_t* b) {        \
    return capi::are_same(a, b);                                                       \
  }                                                                                    \
  void* wasm_##name##_get_host_info(const wasm_##name##_t* handle) {                   \
    return capi::host_info(*handle);                                                   \
  }                                                                                    \
  void wasm_##name##_set_host_info(wasm_##name##_t* handle, void* info) {              \
    handle->info().set(info, nullptr);                                                 \
  }                                                                                    \
  void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t* handle, void* info, \
                                                  void (*finalizer)(void*)) {          \
    handle->info().set(info, finalizer);                                               \
  }
/// `from` is wasm_BASE_t, of which wasm_NAME_t is a kind.
#define DOPPEL_VIEWS(base, name)                                                          \
  wasm_##base##_t* wasm_##name##_as_##base(wasm_##name##_t* handle) { return handle; }    \
  const wasm_##base##_t* wasm_##name##_as_##base##_const(const wasm_##name##_t* handle) { \
    return handle;                                                                        \
  }                                                                                       \
  wasm_##name##_t* wasm_##base##_as_##name(wasm_##base##_t* handle) {                     \
    return dynamic_cast<wasm_##name##_t*>(handle);                                        \
  }                                                                                       \
  const wasm_##name##_t* wasm_##base##_as_##name##_const(const wasm_##base##_t* handle) { \
    return dynamic_cast<const wasm_##name##_t*>(handle);                                  \
  }
#define DOPPEL_REF(name) \
  DOPPEL_REF_BASE(name)  \
  DOPPEL_VIEWS(ref, name)

DOPPEL_REF_BASE(ref)
DOPPEL_REF(trap)
DOPPEL_REF(foreign)
DOPPEL_REF(module)
DOPPEL_REF(func)
DOPPEL_REF(global)
DOPPEL_REF(table)
DOPPEL_REF(memory)
DOPPEL_REF(extern)
DOPPEL_REF(instance)
DOPPEL_VIEWS(extern, func)
DOPPEL_VIEWS(extern, global)
DOPPEL_VIEWS(extern, table)
DOPPEL_VIEWS(extern, memory)

#undef DOPPEL_REF
#undef DOPPEL_VIEWS
#undef DOPPEL_REF_BASE

wasm_foreign_t* wasm_foreign_new(wasm_store_t* store) {
  return new wasm_foreign_t(store->state, std::make_shared<capi::SharedThing>());
}
