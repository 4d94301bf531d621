// SPDX-License-Identifier: Apache-2.0
// Watching of lines: gates that are closed and opened, under one lock.
#include "sysvm/hart/reservations.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kLine = 64;
/// A hart that never stores conditionally must not keep the others on the slow way for ever. A
/// sequence that the architecture promises success has far fewer instructions.
constexpr std::uint64_t kPatience = 1024;

std::uint64_t line_of(std::uint64_t place) { return place & ~(kLine - 1); }

long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

}  // namespace

Reservations::Reservations() { membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

void Reservations::join(StoreGate& gate) {
  const std::lock_guard lock(mutex_);
  gates_.push_back(&gate);
}

void Reservations::leave(StoreGate& gate) {
  const std::lock_guard lock(mutex_);
  stop_watching(gate);
  std::erase(gates_, &gate);
}

void Reservations::watch(StoreGate& gate, std::uint64_t place) {
  const std::lock_guard lock(mutex_);
  stop_watching(gate);
  gate.watches = true;
  gate.line = line_of(place);
  gate.stores = 0;
  watching_.fetch_add(1, std::memory_order_acq_rel);
  for (StoreGate* other : gates_) {
    if (other == &gate || other->context.load(std::memory_order_relaxed) == StoreGate::kClosed) {
      continue;
    }
    other->context.store(StoreGate::kClosed, std::memory_order_seq_cst);
  }
  // Where there is no such call, this hart's own barrier is all there is: stores that are in
  // another processor's buffer at this moment can be missed.
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
}

bool Reservations::drop(StoreGate& gate) {
  const std::lock_guard lock(mutex_);
  return stop_watching(gate);
}

void Reservations::open(StoreGate& gate, std::uint64_t context) {
  gate.open_context = context;
  gate.context.store(context, std::memory_order_seq_cst);
  // Somebody may have closed it in between, or before.
  if (watching_.load(std::memory_order_seq_cst) == 0) return;
  const std::lock_guard lock(mutex_);
  if (is_watched_by_others(gate)) {
    gate.context.store(StoreGate::kClosed, std::memory_order_seq_cst);
  }
}

void Reservations::store_found_closed(StoreGate& gate) {
  const std::lock_guard lock(mutex_);
  for (StoreGate* other : gates_) {
    if (other != &gate && other->watches && ++other->stores > kPatience) stop_watching(*other);
  }
  if (!is_watched_by_others(gate)) {
    gate.context.store(gate.open_context, std::memory_order_seq_cst);
  }
}

bool Reservations::stop_watching(StoreGate& gate) {
  if (!gate.watches) return false;
  gate.watches = false;
  watching_.fetch_sub(1, std::memory_order_acq_rel);
  return true;
}

void Reservations::lose(const StoreGate& writer, std::uint64_t place, unsigned size) {
  const std::uint64_t first = line_of(place);
  const std::uint64_t last = line_of(place + size - 1);
  for (StoreGate* gate : gates_) {
    if (gate != &writer && gate->watches && gate->line >= first && gate->line <= last) {
      stop_watching(*gate);
    }
  }
}

bool Reservations::is_watched_by_others(const StoreGate& gate) const {
  return std::ranges::any_of(
      gates_, [&](const StoreGate* other) { return other != &gate && other->watches; });
}

}  // namespace doppel::sysvm
