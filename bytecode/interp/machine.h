// SPDX-License-Identifier: Apache-2.0
// The bytecode machine's threaded code: cells and their operands, the state in registers, and the
// hot part of an instance. Code belongs to the module and embeds nothing of an instance.
//
// The canonical frame (8-byte slots; see docs/design/interpreter.md):
//   [parameters][return pc][caller's frame][locals][operand stack …]
// A callee's frame begins at its first argument, on the caller's operand stack; its results replace
// the arguments, first result in slot 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytecode/isa/trap_kind.h"
#include "core/threaded/engine.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel::bytecode {

class MemoryInstance;
class TableInstance;
struct Function;
class Instance;

namespace gc {
class Heap;
struct RuntimeType;
}  // namespace gc

namespace interp {

/// Slots between a frame's parameters and its other locals.
inline constexpr std::uint32_t kHeaderSlots = 2;
inline constexpr std::uint32_t kHeaderReturnPc = 0;
inline constexpr std::uint32_t kHeaderCallerFrame = 1;

/// Slots are named by 16 bits; a function whose frame is larger is refused when it is first called.
inline constexpr std::uint32_t kMaxFrameSlots = 65'000;

struct Cell;
struct Context;
struct ThreadState;

/// The type arguments of the threaded-code engine.
struct Machine {
  using Cell = interp::Cell;
  using Context = interp::Context;
  using Thread = interp::ThreadState;
};

using Handler = threaded::Handler<Machine>;
using Registers = threaded::Registers<Machine>;
using threaded::Flow;

/// One predecoded instruction. Which member of the union holds depends on the handler; a handler
/// that takes 64 more bits finds them in the next cell's `wide`.
struct Cell {
  Handler handler;
  union {
    struct {
      std::uint16_t dst, a, b, c;
    } slots;
    struct {
      std::uint16_t dst, a;
      std::int32_t value;
    } imm;
    struct {
      std::uint16_t data, address;
      std::uint32_t offset;
    } access;
    struct {
      std::uint16_t a, b;
      std::int32_t target;
    } branch;  ///< target: cells from here
    struct {
      std::uint16_t a;
      std::int16_t value;
      std::int32_t target;
    } branch_imm;
    struct {
      std::uint16_t frame, extra;
      std::uint32_t index;
    } call;  ///< frame: slot of the first argument
    std::uint64_t wide;
  };
};
static_assert(sizeof(Cell) == 16);

/// Machine code of a function as compiled code calls it.
using CompiledBody = const void*;
/// The same as the interpreter calls it: parameters and results stand in the frame's slots. True if
/// an exception leaves the function.
using EnterCompiled = bool (*)(std::uint64_t* frame, ThreadState* thread);

/// Where a defined function's code stands. Until it is predecoded, frame_slots is kNotReady, so
/// that the stack check that every call makes anyway takes the slow path.
struct FunctionCode {
  static constexpr std::uint32_t kNotReady = 0x7fff'ffff;
  const Cell* entry = nullptr;
  std::uint32_t frame_slots = kNotReady;  ///< published last, with release order
  std::uint16_t parameter_slots = 0;
  std::uint16_t zeroed_slots = 0;  ///< locals after the header, which start as zero or null
};
static_assert(sizeof(FunctionCode) == 16);

/// What handlers need of an instance.
struct Context {
  FunctionCode* codes = nullptr;     ///< of the module's defined functions
  CompiledBody* bodies = nullptr;    ///< likewise; null where there is no machine code
  CompiledBody* targets = nullptr;   ///< what compiled code calls for each: its body, or a thunk
  std::byte* memory_base = nullptr;  ///< of memory 0
  MemoryInstance* memory = nullptr;  ///< memory 0
  std::uint64_t* const* globals = nullptr;
  TableInstance* const* tables = nullptr;
  MemoryInstance* const* memories = nullptr;
  Function* const* functions = nullptr;
  const std::uint32_t* type_ids = nullptr;        ///< canonical id of each of the module's types
  const gc::RuntimeType* const* types = nullptr;  ///< each of the module's types, likewise
  gc::Heap* heap = nullptr;
  Instance* instance = nullptr;
};

/// A point in the execution: an instruction in a frame of an instance.
struct Place {
  const Cell* pc = nullptr;
  std::uint64_t* frame = nullptr;
  Context* context = nullptr;
};

/// Why threaded code stopped running.
enum class Stop : std::uint8_t {
  kFinished,     ///< the outermost function returned; `place.frame` begins with its results
  kTrap,         ///< `trap` says why, `place` where
  kInterrupted,  ///< asked to stop; may go on at `place`
  kBreakpoint,   ///< a probe asked to stop; may go on at `place`
  kFuel,         ///< the fuel does not reach for the next stretch of code; may go on at `place`
  kCameBack,     ///< what compiled code had the interpreter do is done
  kUnwinding,    ///< an exception goes on at `place`, in a frame below `engine_base`
};

/// What handlers need of the virtual processor that they run on.
struct ThreadState : VirtualProcessor {
  using VirtualProcessor::call_gate;            ///< what calls of compiled code look at
  using VirtualProcessor::interrupt_requested;  ///< what calls and backward branches look at

  std::uint64_t* stack_limit = nullptr;  ///< the end of the usable stack
  std::int64_t fuel = 0;

  Stop stop = Stop::kFinished;
  TrapKind trap = TrapKind::kNone;
  std::string message;          ///< of a trap of the host
  std::int32_t exit_code = 0;   ///< with TrapKind::kExit
  std::uint64_t exception = 0;  ///< with TrapKind::kUncaughtException: its reference
  Place place;
  std::uint64_t acc = 0;         ///< the accumulator to go on with
  std::vector<Place> crossings;  ///< return places of calls into another instance, innermost last

  /// Frames below it belong to who had the interpreter run.
  std::uint64_t* engine_base = nullptr;
  /// Compiled code calls no deeper on the host's stack; null until it is measured.
  std::byte* host_stack_limit = nullptr;
  void set_host_stack_limit(std::byte* limit) {
    host_stack_limit = limit;
    if (limit != nullptr) set_call_gate(reinterpret_cast<std::uintptr_t>(limit));
  }
  Context* compiled_context = nullptr;      ///< of the innermost compiled code
  std::uint64_t* compiled_frame = nullptr;  ///< its frame, where it may fault
  /// The loop that compiled code is in, if it is one that does not look for interruptions.
  Place compiled_loop;
};

}  // namespace interp
}  // namespace doppel::bytecode
