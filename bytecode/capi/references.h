// SPDX-License-Identifier: Apache-2.0
// The handles of the C interface: one class for each kind of thing, all of them a wasm_ref_t, so
// that seeing a handle as another type is a cast.
#pragma once

#include <memory>
#include <utility>

#include "bytecode/capi/store.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/loaded_module.h"

namespace doppel::bytecode::capi {

/// What only handles keep alive, unlike what the machine's store owns.
struct SharedThing {
  SharedThing() = default;
  SharedThing(const SharedThing&) = delete;
  SharedThing& operator=(const SharedThing&) = delete;
  virtual ~SharedThing() = default;
  HostInfo info;
};

struct ModuleThing final : SharedThing {
  explicit ModuleThing(std::shared_ptr<LoadedModule> module) : module(std::move(module)) {}
  const std::shared_ptr<LoadedModule> module;
};

struct TrapThing final : SharedThing {
  explicit TrapThing(Trap trap) : trap(std::move(trap)) {}
  Trap trap;
};

/// A struct, an array, an i31 or an exception of the guest.
struct GuestThing final : SharedThing {
  GuestThing(gc::Heap& heap, std::uint64_t reference) : root(heap, reference) {}
  gc::Root root;
};

}  // namespace doppel::bytecode::capi

struct wasm_ref_t {
  using StorePtr = doppel::bytecode::capi::StorePtr;
  using SharedThing = doppel::bytecode::capi::SharedThing;
  using HostInfo = doppel::bytecode::capi::HostInfo;

  /// Of what the store owns.
  wasm_ref_t(StorePtr store, void* thing) : store(std::move(store)), thing(thing) {}
  wasm_ref_t(StorePtr store, std::shared_ptr<SharedThing> shared)
      : store(std::move(store)), thing(shared.get()), shared(std::move(shared)) {}
  wasm_ref_t(const wasm_ref_t&) = default;
  wasm_ref_t& operator=(const wasm_ref_t&) = delete;
  virtual ~wasm_ref_t() = default;

  [[nodiscard]] virtual std::unique_ptr<wasm_ref_t> copy() const = 0;
  [[nodiscard]] virtual bool is_same(const wasm_ref_t& other) const {
    return thing == other.thing && store == other.store;
  }
  /// Null if nothing was attached.
  [[nodiscard]] const HostInfo* find_info() const {
    return shared ? &shared->info : store->find_info(thing);
  }
  HostInfo& info() { return shared ? shared->info : store->info(thing); }

  const StorePtr store;
  void* const thing;  ///< its address is its identity, except of guest things
  const std::shared_ptr<SharedThing> shared;
};

namespace doppel::bytecode::capi {

/// A handle that copies itself.
template <class Type, class Base = wasm_ref_t>
struct Handle : Base {
  using Base::Base;
  [[nodiscard]] std::unique_ptr<wasm_ref_t> copy() const override {
    return std::make_unique<Type>(static_cast<const Type&>(*this));
  }
};

/// The address of what can be imported.
void* address_of(const Extern& item);

}  // namespace doppel::bytecode::capi

struct wasm_extern_t : wasm_ref_t {
  wasm_extern_t(StorePtr store, const doppel::bytecode::Extern& item)
      : wasm_ref_t(std::move(store), doppel::bytecode::capi::address_of(item)), item(item) {}
  const doppel::bytecode::Extern item;
};

struct wasm_func_t final : doppel::bytecode::capi::Handle<wasm_func_t, wasm_extern_t> {
  using Handle::Handle;
};
struct wasm_global_t final : doppel::bytecode::capi::Handle<wasm_global_t, wasm_extern_t> {
  using Handle::Handle;
};
struct wasm_table_t final : doppel::bytecode::capi::Handle<wasm_table_t, wasm_extern_t> {
  using Handle::Handle;
};
struct wasm_memory_t final : doppel::bytecode::capi::Handle<wasm_memory_t, wasm_extern_t> {
  using Handle::Handle;
};

struct wasm_instance_t final : doppel::bytecode::capi::Handle<wasm_instance_t> {
  using Handle::Handle;
  [[nodiscard]] doppel::bytecode::Instance& instance() const {
    return *static_cast<doppel::bytecode::Instance*>(thing);
  }
};

struct wasm_module_t final : doppel::bytecode::capi::Handle<wasm_module_t> {
  using Handle::Handle;
  [[nodiscard]] const std::shared_ptr<doppel::bytecode::LoadedModule>& module() const {
    return static_cast<const doppel::bytecode::capi::ModuleThing&>(*shared).module;
  }
};

struct wasm_trap_t final : doppel::bytecode::capi::Handle<wasm_trap_t> {
  using Handle::Handle;
  [[nodiscard]] const doppel::bytecode::Trap& trap() const {
    return static_cast<const doppel::bytecode::capi::TrapThing&>(*shared).trap;
  }
};

struct wasm_foreign_t final : doppel::bytecode::capi::Handle<wasm_foreign_t> {
  using Handle::Handle;
};

namespace doppel::bytecode::capi {

struct TagHandle final : Handle<TagHandle, wasm_extern_t> {
  using Handle::Handle;
};

struct GuestHandle final : Handle<GuestHandle> {
  GuestHandle(const StorePtr& store, std::uint64_t reference, bool is_exception)
      : Handle(store, std::make_shared<GuestThing>(store->store().heap(), reference)),
        is_exception(is_exception) {}
  [[nodiscard]] std::uint64_t reference() const {
    return static_cast<const GuestThing&>(*shared).root.get();
  }
  [[nodiscard]] bool is_same(const wasm_ref_t& other) const override;
  const bool is_exception;
};

/// A handle of what can be imported.
std::unique_ptr<wasm_extern_t> make_extern(const StorePtr& store, const Extern& item);
/// A handle of a function.
std::unique_ptr<wasm_func_t> make_func(const StorePtr& store, Function& function);

/// A trap as its own thing, and as that of the host function which answered it, if one did.
std::unique_ptr<wasm_trap_t> make_trap(const StorePtr& store, Trap trap);
/// A trap of the host.
std::unique_ptr<wasm_trap_t> make_trap(const StorePtr& store, std::string message);

}  // namespace doppel::bytecode::capi
