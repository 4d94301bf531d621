// SPDX-License-Identifier: Apache-2.0
// What stands behind a wasm_store_t: the machine's store, and what belongs to things in it that the
// machine knows nothing of. Handles share it, so that they may be deleted after
// wasm_store_delete(), which ends everything else.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "bytecode/capi/wasm.h"
#include "bytecode/runtime/store.h"

namespace doppel::bytecode::capi {

/// What the host has attached to a thing. Each finalizer that is set runs once.
class HostInfo {
 public:
  HostInfo() = default;
  HostInfo(const HostInfo&) = delete;
  HostInfo& operator=(const HostInfo&) = delete;
  ~HostInfo() { set(nullptr, nullptr); }

  [[nodiscard]] void* get() const { return data_; }
  void set(void* data, void (*finalizer)(void*)) {
    void* const old = std::exchange(data_, data);
    auto* const finalize_old = std::exchange(finalizer_, finalizer);
    if (finalize_old != nullptr) finalize_old(old);
  }

 private:
  void* data_ = nullptr;
  void (*finalizer_)(void*) = nullptr;
};

struct TrapThing;

/// See the file comment.
class StoreState : public std::enable_shared_from_this<StoreState> {
 public:
  explicit StoreState(std::unique_ptr<Store> store);
  StoreState(const StoreState&) = delete;
  StoreState& operator=(const StoreState&) = delete;
  ~StoreState();

  /// The machine's store, until end().
  [[nodiscard]] Store& store() const { return *store_; }
  [[nodiscard]] bool has_ended() const { return store_ == nullptr; }
  /// Runs the finalizers and frees the machine's store.
  void end();

  /// The host info of a thing that lives as long as the store; null if it has none.
  [[nodiscard]] const HostInfo* find_info(const void* thing) const;
  HostInfo& info(const void* thing) { return infos_[thing]; }

  /// The externref that stands for what a handle refers to, which lives from now on as long as the
  /// store; and the handle that such a reference stands for.
  std::uint64_t pin(const wasm_ref_t& handle);
  static const wasm_ref_t& pinned(std::uint64_t reference);

  /// The trap that a host function has answered, until the call that it ends returns.
  std::shared_ptr<TrapThing> thrown;

 private:
  std::unique_ptr<Store> store_;
  std::unordered_map<const void*, HostInfo> infos_;
  std::unordered_map<const void*, std::unique_ptr<wasm_ref_t>> pins_;
};

using StorePtr = std::shared_ptr<StoreState>;

}  // namespace doppel::bytecode::capi

struct wasm_config_t {};
struct wasm_engine_t {};
struct wasm_store_t {
  doppel::bytecode::capi::StorePtr state;
};
