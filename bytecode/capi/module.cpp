// SPDX-License-Identifier: Apache-2.0
// Modules: loading, what they import and export, and sharing. A serialized module is a state stream
// (docs/formats/state.md) with the module's own bytes in one section.
#include <cstring>
#include <span>

#include "bytecode/capi/references.h"
#include "bytecode/capi/types.h"
#include "bytecode/capi/untyped_nulls.h"
#include "bytecode/embed/tiered_load.h"
#include "core/state/stream.h"

namespace doppel::bytecode::capi {
namespace {

constexpr const char* kSection = "wasm module";
constexpr std::uint32_t kVersion = 1;

std::span<const std::byte> bytes_of(const wasm_byte_vec_t& vector) {
  return std::as_bytes(std::span(vector.data, vector.size));
}

/// Null if it is no valid module.
std::shared_ptr<LoadedModule> load(std::span<const std::byte> binary) {
  auto loaded = bytecode::load({binary.begin(), binary.end()});
  if (!loaded) {
    if (auto typed = with_typed_nulls(binary)) loaded = bytecode::load(*std::move(typed));
  }
  return loaded ? *std::move(loaded) : nullptr;
}

wasm_module_t* make_module(wasm_store_t* store, std::shared_ptr<LoadedModule> module) {
  if (module == nullptr) return nullptr;
  return new wasm_module_t(store->state, std::make_shared<ModuleThing>(std::move(module)));
}

OwnedName name_of(std::string_view text) {
  OwnedName name;
  fill(*name.get(), text);
  return name;
}

}  // namespace
}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

struct wasm_shared_module_t {
  std::shared_ptr<doppel::bytecode::LoadedModule> module;
};

wasm_module_t* wasm_module_new(wasm_store_t* store, const wasm_byte_vec_t* binary) {
  return capi::make_module(store, capi::load(capi::bytes_of(*binary)));
}

bool wasm_module_validate(wasm_store_t*, const wasm_byte_vec_t* binary) {
  return capi::load(capi::bytes_of(*binary)) != nullptr;
}

void wasm_module_imports(const wasm_module_t* handle, wasm_importtype_vec_t* out) {
  const doppel::bytecode::Module& module = handle->module()->module();
  capi::allocate(*out, module.imports.size());
  for (std::size_t i = 0; i < out->size; ++i) {
    const doppel::bytecode::Import& item = module.imports[i];
    out->data[i] = new wasm_importtype_t{capi::name_of(item.module), capi::name_of(item.name),
                                         capi::describe(module, item.kind, item.index)};
  }
}

void wasm_module_exports(const wasm_module_t* handle, wasm_exporttype_vec_t* out) {
  const doppel::bytecode::Module& module = handle->module()->module();
  capi::allocate(*out, module.exports.size());
  for (std::size_t i = 0; i < out->size; ++i) {
    const doppel::bytecode::Export& item = module.exports[i];
    out->data[i] = new wasm_exporttype_t{capi::name_of(item.name),
                                         capi::describe(module, item.kind, item.index)};
  }
}

void wasm_module_serialize(const wasm_module_t* handle, wasm_byte_vec_t* out) {
  doppel::StateWriter writer;
  writer.begin(capi::kSection, capi::kVersion);
  writer.block(handle->module()->module().bytes);
  const auto stream = std::move(writer).finish();
  wasm_byte_vec_new(out, stream.size(), reinterpret_cast<const char*>(stream.data()));
}

wasm_module_t* wasm_module_deserialize(wasm_store_t* store, const wasm_byte_vec_t* stream) {
  doppel::StateReader reader(capi::bytes_of(*stream));
  reader.begin(capi::kSection, capi::kVersion);
  const std::span<const std::byte> binary = reader.block();
  if (!reader.finish()) return nullptr;
  return capi::make_module(store, capi::load(binary));
}

wasm_shared_module_t* wasm_module_share(const wasm_module_t* handle) {
  return new wasm_shared_module_t{handle->module()};
}
wasm_module_t* wasm_module_obtain(wasm_store_t* store, const wasm_shared_module_t* shared) {
  return capi::make_module(store, shared->module);
}
void wasm_shared_module_delete(wasm_shared_module_t* shared) { delete shared; }
