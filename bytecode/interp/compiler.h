// SPDX-License-Identifier: Apache-2.0
// How the interpreter's code meets compiled code: a compiler turns a predecoded function's cells
// into ones whose handlers are machine code. Compiled code is entered as any handler is, at the
// function's first cell and at the cells behind its calls; between these it may keep what it likes
// in registers. Everything that walks, stops or moves frames sees cells and canonical frames alone
// (docs/design/jit.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bytecode/binary/module.h"
#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/machine.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// A predecoded function. `cells` are its own copy, whose handlers the compiler exchanges;
/// `plain_cells` are the interpreter's, where execution can go on at any label.
struct FunctionToCompile {
  const Module& module;
  FuncIndex function;
  std::span<Cell> cells;
  std::span<const Cell> plain_cells;
  std::span<const std::uint32_t> offsets;  ///< of each cell's instruction in the module
  std::uint32_t parameter_slots;
};

/// What compiled code calls and where it finds things; the compiler may live in a shared object
/// that has copies of its own of everything else.
struct CompilerHost {
  const HandlerTable* handlers;
  /// Stop the engine at a cell: by a trap, or because of an interruption.
  void (*trap)(ThreadState& thread, std::uint32_t kind, const Cell* pc, std::uint64_t* frame,
               Context* context);
  void (*interrupted)(ThreadState& thread, const Cell* pc, std::uint64_t* frame, Context* context);
  /// The operations of slow.h behind a special handler; null for other ones.
  TrapKind (*const* operations)(Context&, const Cell&, std::uint64_t*);
  /// FaultCode's, whose table is one for the whole process.
  Result<void> (*add_code)(const void* begin, const void* end, const void* owner);
  void (*remove_code)(const void* begin);
  // Distances from the thread.
  std::size_t interrupt_flag;
  std::size_t stack_limit;
  std::size_t compiled_place;
  std::size_t compiled_site;

  /// This program's.
  static const CompilerHost& get();
};

/// See the file comment. Any thread, one at a time.
class FunctionCompiler {
 public:
  virtual ~FunctionCompiler() = default;
  /// Exchanges handlers of `function.cells`; false if it leaves the function to the interpreter.
  virtual Result<bool> compile(const FunctionToCompile& function) = 0;
};

/// The function that a compiler's shared object exports under kMakeCompiler.
using MakeCompiler = FunctionCompiler* (*)(const CompilerHost& host);
inline constexpr const char* kMakeCompiler = "doppel_make_compiler";

}  // namespace doppel::bytecode::interp
