// SPDX-License-Identifier: Apache-2.0
// A store (specification 4.2.4) owns everything that instances are made of; it lives until all goes
// at once. A store belongs to one host thread at a time.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "bytecode/gc/heap.h"
#include "bytecode/runtime/instance.h"
#include "bytecode/runtime/runtime_types.h"
#include "bytecode/runtime/thread.h"
#include "bytecode/runtime/trap.h"

namespace doppel::bytecode {

/// What the embedder allows a store.
struct StoreLimits {
  std::uint64_t max_memory_bytes = std::uint64_t{16} << 30U;  ///< of each memory
  std::uint64_t max_table_elements = 10'000'000;              ///< of all tables together
  std::size_t stack_bytes = Thread::kDefaultStackBytes;
  std::uint64_t max_heap_bytes = std::uint64_t{1} << 30U;  ///< of objects; beyond, code traps
  bool gc_stress = false;  ///< collect at every allocation; also by DOPPEL_GC_STRESS=1
};

/// See the file comment.
class Store final : gc::RootSource {
 public:
  static Result<std::unique_ptr<Store>> create(const StoreLimits& limits = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The thread on which functions run unless the embedder makes others.
  [[nodiscard]] Thread& thread() { return *thread_; }
  [[nodiscard]] RuntimeTypes& types() { return types_; }
  [[nodiscard]] gc::Heap& heap() { return heap_; }

  /// An instantiation that came far enough to have effects: the instance, and the trap that ended
  /// it early, if one did.
  struct Instantiation {
    Instance* instance = nullptr;
    std::optional<Trap> trap;
  };
  /// Instantiates a module (specification 4.7.2): `imports` are its imports' values, in order.
  /// Fails with kUnlinkable when one does not match, and with kLimit or kSystem when something
  /// cannot be had.
  Result<Instantiation> instantiate(std::shared_ptr<LoadedModule> module,
                                    std::span<const Extern> imports);

  Function* add_host_function(const FuncType& type, HostFunction body, std::string name);
  Result<MemoryInstance*> add_memory(MemoryType type);
  /// Takes part in a memory, which other stores may have as well if it is a shared one.
  MemoryInstance* add_memory(std::shared_ptr<MemoryInstance> memory);
  Result<TableInstance*> add_table(TableType type, std::uint64_t init = 0);
  /// `high`: the second half of a vector.
  GlobalInstance* add_global(GlobalType type, std::uint64_t value, std::uint64_t high = 0);
  TagInstance* add_tag(const FuncType& type);

  /// A new exception with the payload that stands at `payload`, in slots that are roots; its
  /// reference, or 0 when the heap is exhausted.
  std::uint64_t new_exception(const TagInstance& tag, const std::uint64_t* payload);

 private:
  explicit Store(const StoreLimits& limits);

  void visit_roots(gc::RootVisitor& visitor) override;

  TagInstance* add_tag(std::uint32_t type);
  Result<void> link(Instance& instance, std::span<const Extern> imports);
  Result<void> allocate(Instance& instance);
  std::optional<Trap> initialize(Instance& instance);

  StoreLimits limits_;
  std::uint64_t table_elements_left_;
  RuntimeTypes types_;
  gc::Heap heap_;
  std::unique_ptr<Thread> thread_;
  std::deque<Function> functions_;
  std::deque<TableInstance> tables_;
  std::deque<std::shared_ptr<MemoryInstance>> memories_;
  std::deque<GlobalInstance> globals_;
  std::vector<GlobalInstance*> collected_globals_;  ///< those that hold references to objects
  std::vector<TableInstance*> collected_tables_;
  std::deque<TagInstance> tags_;
  std::deque<Instance> instances_;
};

}  // namespace doppel::bytecode
