// SPDX-License-Identifier: Apache-2.0
// How values lie in canonical slots, and in the registers that calls pass: the code that moves them
// between the two, for bodies and for what stands between bodies and the interpreter (adapters.h).
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <cstdint>
#include <span>
#include <vector>

#include "jit/bytecode/convention.h"

namespace doppel::jit {

/// Emits where `ir` stands. Frames are pointers to their first slots.
class Values {
 public:
  Values(llvm::IRBuilder<>& ir, const Convention& convention) : ir_(ir), convention_(convention) {}

  llvm::Type* type_of(bytecode::ValType type);
  llvm::Value* slot_address(llvm::Value* frame, std::uint32_t slot);
  void store_slot(llvm::Value* frame, std::uint32_t slot, llvm::Value* value,
                  bytecode::ValType type);
  llvm::Value* load_slot(llvm::Value* frame, std::uint32_t slot, bytecode::ValType type);

  /// A value as a register carries it, and back.
  llvm::Value* to_register(llvm::Value* value, bytecode::ValType type);
  llvm::Value* from_register(llvm::Value* carried, bytecode::ValType type);

  /// Calls a body that takes those registers. Which of them carry parameters is in `passed`, the
  /// values of all parameters; those that no register carries are put into their slots.
  struct Callee {
    llvm::Value* body = nullptr;
    Registers taken;
    const bytecode::FuncType& type;
  };
  llvm::CallInst* call_body(const Callee& callee, llvm::Value* frame, llvm::Value* thread,
                            std::span<llvm::Value* const> passed);

  /// What a body of that type answers: that an exception goes on, or that it returns, with its
  /// results in slots unless there is just one.
  llvm::Value* answer(const bytecode::ResultType& results, llvm::Value* unwinds,
                      llvm::Value* result = nullptr);
  /// The one result of a call of a body.
  llvm::Value* result_of(llvm::Value* answer, bytecode::ValType type) {
    return from_register(ir_.CreateExtractValue(answer, Convention::kResult), type);
  }

 private:
  llvm::Value* to_word(llvm::Value* value, bytecode::ValType type);
  llvm::Value* from_word(llvm::Value* word, bytecode::ValType type);

  llvm::IRBuilder<>& ir_;
  const Convention& convention_;
};

}  // namespace doppel::jit
