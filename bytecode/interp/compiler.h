// SPDX-License-Identifier: Apache-2.0
// How the interpreter's code meets compiled code (docs/design/jit.md). A compiled function has a
// canonical frame beside its frame on the host's stack. Before each call it writes the callee's
// header and its own references there, so that whatever walks frames sees what it expects; all
// other values live in registers, until the function leaves the rest of a frame to the interpreter.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/gc/heap.h"
#include "bytecode/interp/compiler_settings.h"
#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/inlined_call.h"
#include "bytecode/interp/machine.h"
#include "bytecode/runtime/memory.h"
#include "core/code/object.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// How much is done for code: soon there, or fast.
enum class Effort : std::uint8_t { kQuick, kFull };

/// A predecoded function.
struct FunctionToCompile {
  const Module& module;
  FuncIndex function;
  std::span<const Cell> cells;             ///< the interpreter's
  std::span<const std::uint32_t> offsets;  ///< of each cell's instruction in the module
  const std::vector<gc::Layout>& layouts;  ///< of the module's types
  std::uint32_t parameter_slots;
  std::uint32_t frame_slots;
  /// For profilers and debuggers.
  std::string name;
  /// The cell of a loop's label at which the code begins, in a frame of the interpreter's; none: it
  /// begins as the function does.
  std::optional<std::uint32_t> loop;
  Effort effort = Effort::kFull;
  /// Another function of the module, whose code may become a part of this one's; null where it may
  /// not. What it gives lives as long as this.
  std::function<const FunctionToCompile*(FuncIndex)> inlinable = {};
};

/// A function's code as it can be kept and loaded again (docs/design/code_cache.md). Its symbols
/// are those of code_symbols.h.
struct PortableFunction {
  CodeObject code;
  /// The functions that it calls directly, each with the name of what stands for its body.
  std::vector<std::pair<FuncIndex, std::string>> calls;
  /// All that it refers to by such names.
  std::map<std::string, std::shared_ptr<const CodeObject>> thunks;
  std::vector<InlinedCall> inlined;
  std::uint32_t frame_slots = 0;
};

/// Its machine code, which lives as long as the compiler, or as what it was kept in.
struct CompiledFunction {
  CompiledBody body = nullptr;  ///< null for code that begins at a loop
  EnterCompiled enter = nullptr;
  /// Room in the code's own memory for a copy of the function's cells, which the code names in its
  /// headers and at its safepoints; returns to them lead to compiled code. It is still to be
  /// filled. Behind it, those of inlined calls.
  Cell* cells = nullptr;
  std::vector<InlinedCall> inlined;
  /// The functions that it calls directly, each with what stands for its body while there is none.
  std::vector<std::pair<FuncIndex, CompiledBody>> thunks;
  std::uint32_t frame_slots = 0;       ///< with those of what was inlined
  std::size_t bytes = 0;               ///< of machine code
  std::chrono::nanoseconds time = {};  ///< that it took
  /// With CompilerSettings::keeps, of code that begins as the function does; null where it refers
  /// to what has no name.
  std::shared_ptr<const PortableFunction> portable;
};

/// A function's code in the compiler's own form and in the host's assembly, in order.
struct Explanation {
  struct Line {
    std::uint32_t offset = 0;  ///< of the instruction that it comes from; 0: of none
    std::string text;
  };
  std::vector<Line> ir;
  std::vector<Line> assembly;
};

/// What compiled code calls and where it finds things; the compiler may live in a shared object
/// that has copies of its own of everything else.
struct CompilerHost {
  const HandlerTable* handlers;
  /// Ends the run by a trap at a cell. Does not return.
  void (*trap)(ThreadState& thread, std::uint32_t kind, const Cell* pc, std::uint64_t* frame,
               Context* context);
  /// Somebody wants the thread to stop: returns when it goes on. At a loop's label. Where the rest
  /// of the frame is better left to other code it answers the cell for `finish`; else null.
  const Cell* (*interrupted)(ThreadState& thread, const Cell* pc, std::uint64_t* frame,
                             Context* context);
  /// The same at a function's entry, or one of the stacks is at its end.
  void (*entered)(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context);
  /// Has the interpreter execute the instruction at `pc`, one of the copied cells, by its plain
  /// handler, calls included. True if an exception goes on at the thread's place.
  bool (*step)(ThreadState& thread, Handler handler, const Cell* pc, std::uint64_t* frame,
               Context* context, std::uint64_t acc);
  /// Has the interpreter execute the rest of the frame, from `pc` on, by `handler` there unless it
  /// is null; then the results stand in the frame's first slots. True as above.
  bool (*finish)(ThreadState& thread, Handler handler, const Cell* pc, std::uint64_t* frame,
                 Context* context, std::uint64_t acc);
  /// Takes the exception that goes on at the thread's place, in this frame: has the interpreter
  /// execute the rest of the frame, from the catch clause on. True as above.
  bool (*catch_exception)(ThreadState& thread);
  /// The operations of slow.h and slow_objects.h behind a special handler; null for other ones.
  /// Those that allocate want the thread's place to be set.
  TrapKind (*const* operations)(Context&, const Cell&, std::uint64_t*);
  /// The fuel does not reach for the stretch of code at `pc`: returns when there is more.
  void (*out_of_fuel)(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context);
  /// Whether the frame shall go on in the interpreter, with CompilerSettings::switches_tiers.
  bool (*switches)(ThreadState& thread, Context* context);
  /// Whether a reference that is not null matches a type (casts.h).
  bool (*matches)(CastTarget target, const Context& context, std::uint64_t reference,
                  std::uint32_t index);
  // The heap's write barriers.
  void (*overwrites)(gc::Heap& heap, const std::uint64_t* slot);
  void (*wrote)(gc::Heap& heap, std::uint64_t* slot);
  /// FaultCode's, whose table is one for the whole process.
  Result<void> (*add_code)(const void* begin, const void* end, const void* owner);
  void (*remove_code)(const void* begin);
  // Distances from the thread.
  std::size_t interrupt_flag;
  std::size_t stack_limit;
  std::size_t call_gate;
  std::size_t place;
  std::size_t compiled_context;
  std::size_t compiled_frame;
  std::size_t compiled_loop;
  std::size_t fuel;
  // And of TableInstance::View from the table.
  std::size_t table_view;
  MemoryInstance::Distances memory;
  gc::Heap::Distances heap;
  CompilerSettings settings = {};

  /// This program's.
  static const CompilerHost& get();
};

/// See the file comment. Any thread.
class FunctionCompiler {
 public:
  virtual ~FunctionCompiler() = default;
  /// Nothing if it leaves the function to the interpreter, which it does where LLVM fails alone.
  virtual Result<std::optional<CompiledFunction>> compile(const FunctionToCompile& function) = 0;
  /// What it would make of a function, in words.
  virtual Result<Explanation> explain(const FunctionToCompile& function) = 0;
  /// The access to memory that the machine code at `pc` makes; no cell if it makes none.
  virtual FaultPlace fault_at(std::uintptr_t pc) = 0;
  struct Counts {
    std::size_t compiled = 0;
    std::size_t left = 0;  ///< to the interpreter
  };
  /// What became of the functions and loops that it was given.
  [[nodiscard]] virtual Counts counts() const = 0;
};

/// The function that a compiler's shared object exports under kMakeCompiler. Where it answers null,
/// it says why.
using MakeCompiler = FunctionCompiler* (*)(const CompilerHost& host, std::string& failure);
inline constexpr const char* kMakeCompiler = "doppel_make_compiler";

}  // namespace doppel::bytecode::interp
