// SPDX-License-Identifier: Apache-2.0
// Spawning and ending of threads.
#include "bytecode/wasi/threads.h"

#include <algorithm>
#include <system_error>

namespace doppel::bytecode::wasi {

namespace {

constexpr std::string_view kSpawnModule = "wasi";
constexpr std::string_view kSpawnName = "thread-spawn";
constexpr std::string_view kStartName = "wasi_thread_start";
constexpr std::int32_t kMaxId = (1 << 29) - 1;

/// The module's imports of shared memories.
std::vector<const Import*> shared_memories(const Module& module) {
  std::vector<const Import*> found;
  for (const Import& import : module.imports) {
    if (import.kind == ExternKind::kMemory && module.memories[import.index].is_shared)
      found.push_back(&import);
  }
  return found;
}

}  // namespace

bool ThreadGroup::is_wanted_by(const Module& module) {
  return std::ranges::any_of(module.imports, [](const Import& import) {
    return import.kind == ExternKind::kFunc && import.module == kSpawnModule &&
           import.name == kSpawnName;
  });
}

ThreadGroup::ThreadGroup(Options options, Thread& first) : options_(std::move(options)) {
  running_.emplace_back(std::this_thread::get_id(), &first);
}

Result<void> ThreadGroup::link(Store& store, Linker& linker) {
  const Module& module = options_.module->module();
  const std::vector<const Import*> imports = shared_memories(module);
  for (std::size_t i = 0; i < imports.size(); ++i) {
    if (i == memories_.size()) {
      MemoryInstance* made = DOPPEL_TRY(store.add_memory(module.memories[imports[i]->index]));
      memories_.push_back(made->shared_from_this());
    }
    Extern memory;
    memory.kind = ExternKind::kMemory;
    memory.memory = store.add_memory(memories_[i]);
    linker.define(imports[i]->module, imports[i]->name, memory);
  }
  linker.define_function(std::string(kSpawnModule), std::string(kSpawnName),
                         [this](std::uint32_t argument) { return spawn(argument); });
  return {};
}

bool ThreadGroup::interrupted() const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(running_, std::this_thread::get_id(),
                                       &std::pair<std::thread::id, Thread*>::first);
  return found != running_.end() && found->second->terminating();
}

/// The thread's own instance; its function to start with.
Result<Function*> ThreadGroup::prepare(Store& store) {
  Linker linker(store);
  options_.link(linker);
  DOPPEL_TRY(link(store, linker));
  store.thread().set_fuel(options_.fuel);
  const Store::Instantiation made = DOPPEL_TRY(linker.instantiate(options_.module));
  const auto start = made.instance->find_export(kStartName);
  const FuncType wanted{{kI32, kI32}, {}};
  if (made.trap || !start || start->function == nullptr || *start->function->type != wanted)
    return fail(ErrorKind::kUnlinkable, "a thread cannot be started in this module");
  return start->function;
}

/// thread-spawn: the new thread's number, or a negative one.
std::int32_t ThreadGroup::spawn(std::uint32_t argument) {
  constexpr std::int32_t kFailed = -1;
  reap();
  auto store = Store::create(options_.limits);
  if (!store) return kFailed;
  const Result<Function*> function = prepare(**store);
  if (!function) return kFailed;

  const std::scoped_lock lock(mutex_);
  if (is_ending_ || members_.size() >= options_.max_threads || last_id_ == kMaxId) return kFailed;
  const std::int32_t id = ++last_id_;
  Member& member = members_.emplace_back();
  member.store = std::move(*store);
  try {
    member.host = std::thread(
        [this, &member, start = *function, id, argument] { run(member, *start, id, argument); });
  } catch (const std::system_error&) {
    members_.pop_back();
    return kFailed;
  }
  running_.emplace_back(member.host.get_id(), &member.store->thread());
  return id;
}

/// What a host thread does.
void ThreadGroup::run(Member& member, Function& function, std::int32_t id, std::uint32_t argument) {
  {
    const std::scoped_lock until_spawned(mutex_);
  }
  std::uint64_t slots[] = {static_cast<std::uint32_t>(id), argument};
  std::optional<Trap> trap = member.store->thread().call(function, slots);
  const std::scoped_lock lock(mutex_);
  if (trap) {
    // These belong to the thread's store, which ends.
    trap->exception = nullptr;
    trap->tag = nullptr;
    for (BacktraceFrame& frame : trap->backtrace) frame.instance = nullptr;
    stop_all(std::move(trap));
  }
  std::erase_if(running_,
                [](const auto& entry) { return entry.first == std::this_thread::get_id(); });
  member.is_through = true;
}

/// Notes the first reason for the end of all, and makes the running threads trap. Under the lock.
void ThreadGroup::stop_all(std::optional<Trap> trap) {
  if (is_ending_) return;
  is_ending_ = true;
  outcome_ = std::move(trap);
  for (const auto& [host, thread] : running_) {
    if (host != std::this_thread::get_id()) thread->terminate(TrapKind::kExit);
  }
}

/// Waits for threads that are through, and frees what they had.
void ThreadGroup::reap() {
  std::list<Member> through;
  {
    const std::scoped_lock lock(mutex_);
    for (auto at = members_.begin(); at != members_.end();) {
      const auto member = at++;
      if (member->is_through) through.splice(through.end(), members_, member);
    }
  }
  for (Member& member : through) member.host.join();
}

std::optional<Trap> ThreadGroup::end(std::optional<Trap> trap) {
  std::list<Member> all;
  {
    const std::scoped_lock lock(mutex_);
    stop_all(std::move(trap));
    all.splice(all.end(), members_);
  }
  for (Member& member : all) member.host.join();
  const std::scoped_lock lock(mutex_);
  return outcome_;
}

}  // namespace doppel::bytecode::wasi
