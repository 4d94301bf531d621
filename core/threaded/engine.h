// SPDX-License-Identifier: Apache-2.0
// The threaded-code engine: code is predecoded into cells, each the address of its handler and
// eight bytes of operands; a handler does its work and jumps to the next cell's. With clang the
// jump is a guaranteed tail call and the machine state stays in host registers (preserve_none
// passes seven values in them); elsewhere a loop calls handlers on a state in memory. A handler is
// written once, as a function on Registers, and serves both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/ops/eval.h"
#include "core/sanitizer.h"

// Under the sanitizers, whose instrumentation does not go with the convention, and where a build
// asks for it, the loop serves.
#if defined(__clang__) && __has_cpp_attribute(clang::musttail) &&                \
    __has_cpp_attribute(clang::preserve_none) && !DOPPEL_ASAN && !DOPPEL_TSAN && \
    !defined(DOPPEL_FORCE_LOOP_DISPATCH)
#define DOPPEL_TAIL_DISPATCH 1
#else
#define DOPPEL_TAIL_DISPATCH 0
#endif

// Where accesses do not register themselves (core/ops/access.h), the handlers' section tells whose
// faults are a guest's.
#if defined(__x86_64__)
#define DOPPEL_HANDLER_SECTION
#else
#define DOPPEL_HANDLER_SECTION __attribute__((section("doppel_handlers")))
#endif

namespace doppel::threaded {

/// A 16-byte host vector: the accumulator for floats (low lane) and vectors.
typedef double Vector __attribute__((vector_size(16)));

template <class Machine>
struct Registers;

/// What a handler answers: go on at registers.pc, leave the engine, or do this cell the slow way.
enum class Flow : std::uint8_t { kExit, kNext, kSlow };

#if DOPPEL_TAIL_DISPATCH
template <class Machine>
using Handler = void(__attribute__((preserve_none)) *)(const typename Machine::Cell*,
                                                       std::uint64_t*, std::byte*,
                                                       typename Machine::Context*,
                                                       typename Machine::Thread*, std::uint64_t,
                                                       Vector);
#else
template <class Machine>
using Handler = Flow (*)(Registers<Machine>&);
#endif

/// The machine state that lives in host registers while threaded code runs. `Machine` names the
/// types: Cell (first member `handler`), Context (the instance or hart) and Thread (the virtual
/// processor).
template <class Machine>
struct Registers {
  const typename Machine::Cell* pc = nullptr;
  std::uint64_t* frame = nullptr;  ///< the canonical frame's slots, or the guest registers
  std::byte* memory = nullptr;     ///< base of the memory most accesses go to
  typename Machine::Context* context = nullptr;
  typename Machine::Thread* thread = nullptr;
  std::uint64_t acc = 0;  ///< last integer result
  Vector vec = {};        ///< last float or vector result
};

/// Makes a handler of a function `Flow body(Registers<Machine>&)`, which must be force-inlined and
/// must not let the registers' address escape (copies for slow paths are fine). A body that answers
/// kSlow has changed nothing; `slow`, a body of a handler of its own, then does the work, so that
/// the usual way need not save registers for it.
template <class Machine, auto body, auto slow = nullptr>
struct Wrap {
#if DOPPEL_TAIL_DISPATCH
  __attribute__((preserve_none)) DOPPEL_HANDLER_SECTION static void handler(
      const typename Machine::Cell* pc, std::uint64_t* frame, std::byte* memory,
      typename Machine::Context* context, typename Machine::Thread* thread, std::uint64_t acc,
      Vector vec) {
    Registers<Machine> r{pc, frame, memory, context, thread, acc, vec};
    const Flow flow = body(r);
    if constexpr (!std::is_null_pointer_v<decltype(slow)>) {
      if (flow == Flow::kSlow) [[unlikely]] {
        [[clang::musttail]] return Wrap<Machine, slow>::handler(r.pc, r.frame, r.memory, r.context,
                                                                r.thread, r.acc, r.vec);
      }
    }
    if (flow == Flow::kExit) return;
    [[clang::musttail]] return r.pc->handler(r.pc, r.frame, r.memory, r.context, r.thread, r.acc,
                                             r.vec);
  }
#else
  DOPPEL_HANDLER_SECTION static Flow handler(Registers<Machine>& state) {
    Registers<Machine> r = state;
    Flow flow = body(r);
    if constexpr (!std::is_null_pointer_v<decltype(slow)>) {
      if (flow == Flow::kSlow) flow = slow(r);
    }
    state = r;
    return flow;
  }
#endif
};

/// Runs from `start`, there by `first`, until a handler leaves; that handler has put away what must
/// be kept.
template <class Machine>
void run(const Registers<Machine>& start, Handler<Machine> first) {
#if DOPPEL_TAIL_DISPATCH
  first(start.pc, start.frame, start.memory, start.context, start.thread, start.acc, start.vec);
#else
  Registers<Machine> r = start;
  for (Flow flow = first(r); flow == Flow::kNext; flow = r.pc->handler(r)) {
  }
#endif
}

/// The same with the first cell's own handler.
template <class Machine>
void run(const Registers<Machine>& start) {
  run(start, start.pc->handler);
}

}  // namespace doppel::threaded
