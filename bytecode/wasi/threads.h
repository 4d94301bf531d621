// SPDX-License-Identifier: Apache-2.0
// Threads of a WASI program (proposal wasi-threads): each runs on a host thread of its own, in a
// store and an instance of its own of the same module; the memories that the module imports are
// shared. A trap or the exit of one ends all.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "bytecode/runtime/linker.h"

namespace doppel::bytecode::wasi {

/// See the file comment. Its members are for any thread, unless they say otherwise.
class ThreadGroup {
 public:
  struct Options {
    std::shared_ptr<LoadedModule> module;
    StoreLimits limits;                           ///< of each thread's store
    std::uint64_t fuel = Thread::kUnlimitedFuel;  ///< of each thread but the first
    /// Offers everything else that the module imports, to each thread's linker.
    std::function<void(Linker&)> link;
    std::size_t max_threads = 256;  ///< at once, besides the first
  };

  /// Whether the module asks for threads: it imports "wasi" "thread-spawn".
  static bool is_wanted_by(const Module& module);

  /// `first`, the thread that the program starts on, belongs to this host thread and outlives the
  /// group.
  ThreadGroup(Options options, Thread& first);
  ~ThreadGroup() { end(std::nullopt); }
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  /// Offers thread-spawn and the imported shared memories. For the first store before any other.
  /// Errors as Store::add_memory.
  Result<void> link(Store& store, Linker& linker);

  /// Whether the guest thread that runs on this host thread shall stop: for
  /// ContextOptions::interrupted.
  [[nodiscard]] bool interrupted() const;

  /// The first thread is through, with that trap if it was one: ends all others and waits for them.
  /// What ended the program: its trap, or that of another thread that was earlier.
  std::optional<Trap> end(std::optional<Trap> trap);

 private:
  struct Member {
    std::unique_ptr<Store> store;
    std::thread host;
    bool is_through = false;
  };

  std::int32_t spawn(std::uint32_t argument);
  Result<Function*> prepare(Store& store);
  void run(Member& member, Function& function, std::int32_t id, std::uint32_t argument);
  void stop_all(std::optional<Trap> trap);
  void reap();

  Options options_;
  std::vector<std::shared_ptr<MemoryInstance>> memories_;  ///< the imported ones, in order
  mutable std::mutex mutex_;
  // All below under mutex_.
  std::list<Member> members_;
  std::vector<std::pair<std::thread::id, Thread*>> running_;
  std::int32_t last_id_ = 0;
  bool is_ending_ = false;
  std::optional<Trap> outcome_;
};

}  // namespace doppel::bytecode::wasi
