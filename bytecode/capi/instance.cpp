// SPDX-License-Identifier: Apache-2.0
// Instances, and what they import and export.
#include <vector>

#include "bytecode/capi/references.h"
#include "bytecode/capi/types.h"

namespace bytecode = doppel::bytecode;
namespace capi = doppel::bytecode::capi;

namespace {

/// The imports as the machine takes them, which checks their types.
doppel::Result<std::vector<bytecode::Extern>> items_of(const capi::StorePtr& store,
                                                       const wasm_extern_vec_t* imports) {
  std::vector<bytecode::Extern> items;
  for (std::size_t i = 0; imports != nullptr && i < imports->size; ++i) {
    const wasm_extern_t* const given = imports->data[i];
    const char* const problem = given == nullptr        ? "nothing"
                                : given->store != store ? "something of another store"
                                                        : nullptr;
    if (problem != nullptr) {
      return doppel::fail(
          doppel::ErrorKind::kUnlinkable,
          "import " + std::to_string(i) + ": found " + problem + ", expected something of this");
    }
    items.push_back(given->item);
  }
  return items;
}

doppel::Result<bytecode::Store::Instantiation> instantiate(const capi::StorePtr& store,
                                                           const wasm_module_t& module,
                                                           const wasm_extern_vec_t* imports) {
  const auto items = DOPPEL_TRY(items_of(store, imports));
  return store->store().instantiate(module.module(), items);
}

}  // namespace

wasm_externkind_t wasm_extern_kind(const wasm_extern_t* item) {
  switch (item->item.kind) {
    case bytecode::ExternKind::kFunc: return WASM_EXTERN_FUNC;
    case bytecode::ExternKind::kTable: return WASM_EXTERN_TABLE;
    case bytecode::ExternKind::kMemory: return WASM_EXTERN_MEMORY;
    case bytecode::ExternKind::kGlobal: return WASM_EXTERN_GLOBAL;
    case bytecode::ExternKind::kTag: return WASM_EXTERN_TAG;
  }
  return WASM_EXTERN_FUNC;
}

wasm_externtype_t* wasm_extern_type(const wasm_extern_t* item) {
  return capi::describe(item->store->store().types().table(), item->item).release();
}

wasm_instance_t* wasm_instance_new(wasm_store_t* handle, const wasm_module_t* module,
                                   const wasm_extern_vec_t* imports, wasm_trap_t** trap) {
  const capi::StorePtr& store = handle->state;
  if (trap != nullptr) *trap = nullptr;
  auto made = instantiate(store, *module, imports);
  if (made && !made->trap) return new wasm_instance_t(store, made->instance);
  auto why = made ? capi::make_trap(store, *std::move(made->trap))
                  : capi::make_trap(store, std::move(made).error().message);
  if (trap != nullptr) *trap = why.release();
  return nullptr;
}

void wasm_instance_exports(const wasm_instance_t* handle, wasm_extern_vec_t* out) {
  const bytecode::Instance& instance = handle->instance();
  const auto& exports = instance.module->module().exports;
  capi::allocate(*out, exports.size());
  for (std::size_t i = 0; i < out->size; ++i) {
    const bytecode::Extern item = instance.at(exports[i].kind, exports[i].index);
    out->data[i] = capi::make_extern(handle->store, item).release();
  }
}
