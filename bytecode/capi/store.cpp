// SPDX-License-Identifier: Apache-2.0
// Configurations, engines and stores.
#include "bytecode/capi/store.h"

#include "bytecode/capi/references.h"
#include "bytecode/gc/reference.h"

namespace doppel::bytecode::capi {

StoreState::StoreState(std::unique_ptr<Store> store) : store_(std::move(store)) {}
StoreState::~StoreState() { end(); }

void StoreState::end() {
  // Finalizers may use the interface: they find the store without what is ending.
  while (!infos_.empty() || !pins_.empty()) {
    const auto infos = std::exchange(infos_, {});
    const auto pins = std::exchange(pins_, {});
  }
  thrown = nullptr;
  store_ = nullptr;
}

const HostInfo* StoreState::find_info(const void* thing) const {
  const auto found = infos_.find(thing);
  return found == infos_.end() ? nullptr : &found->second;
}

std::uint64_t StoreState::pin(const wasm_ref_t& handle) {
  std::unique_ptr<wasm_ref_t>& pin = pins_[handle.thing];
  if (pin == nullptr) pin = handle.copy();
  return gc::make_host_reference(reinterpret_cast<std::uintptr_t>(pin.get()));
}

const wasm_ref_t& StoreState::pinned(std::uint64_t reference) {
  return *reinterpret_cast<const wasm_ref_t*>(gc::host_value(reference));
}

}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

wasm_config_t* wasm_config_new() { return new wasm_config_t; }
void wasm_config_delete(wasm_config_t* config) { delete config; }

wasm_engine_t* wasm_engine_new() { return new wasm_engine_t; }
wasm_engine_t* wasm_engine_new_with_config(wasm_config_t* config) {
  wasm_config_delete(config);
  return wasm_engine_new();
}
void wasm_engine_delete(wasm_engine_t* engine) { delete engine; }

wasm_store_t* wasm_store_new(wasm_engine_t*) {
  auto store = doppel::bytecode::Store::create();
  if (!store) return nullptr;
  return new wasm_store_t{std::make_shared<capi::StoreState>(*std::move(store))};
}
void wasm_store_delete(wasm_store_t* store) {
  if (store == nullptr) return;
  store->state->end();
  delete store;
}
