// SPDX-License-Identifier: Apache-2.0
// How compiled functions call each other. All bodies have one type, so that any of them can be
// called, and tail-called, through a pointer: the state, then as many words and vectors as
// registers can carry. A parameter takes the next register of its kind; where they are used up, and
// for results unless there is just one, the canonical slots serve.
#pragma once

#include <llvm/IR/CallingConv.h>
#include <llvm/IR/DerivedTypes.h>

#include <optional>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::jit {

/// The arguments that carry the state, by their number.
enum Parameter : unsigned { kFrame, kThread, kFirstWord };

struct Convention {
  /// Keeps the thread in a register that nobody else uses.
  static constexpr llvm::CallingConv::ID kId = llvm::CallingConv::Swift;
  static constexpr unsigned kWords = 5;
  static constexpr unsigned kVectors = 8;
  static constexpr unsigned kArguments = kFirstWord + kWords + kVectors;

  explicit Convention(llvm::LLVMContext& context)
      : word(llvm::Type::getInt64Ty(context)),
        vector(llvm::FixedVectorType::get(llvm::Type::getDoubleTy(context), 2)),
        result(llvm::StructType::get(context, {word, word, vector})) {
    auto* pointer = llvm::PointerType::get(context, 0);
    std::vector<llvm::Type*> types(kFirstWord, pointer);
    types.resize(kFirstWord + kWords, word);
    types.resize(kArguments, vector);
    body = llvm::FunctionType::get(result, types, false);
    enter = llvm::FunctionType::get(llvm::Type::getInt8Ty(context), {pointer, pointer}, false);
  }

  /// Whether values of the type travel in vector registers.
  static bool is_in_vector(bytecode::ValType type) {
    return type.kind() == bytecode::ValKind::kF32 || type.kind() == bytecode::ValKind::kF64 ||
           type.is_vector();
  }

  /// The argument that carries each parameter; none: its slot does.
  static std::vector<std::optional<unsigned>> arguments_of(const bytecode::ResultType& params) {
    std::vector<std::optional<unsigned>> places;
    unsigned word = kFirstWord;
    unsigned vector = kFirstWord + kWords;
    for (const bytecode::ValType type : params) {
      unsigned& next = is_in_vector(type) ? vector : word;
      const unsigned end = is_in_vector(type) ? kArguments : kFirstWord + kWords;
      places.push_back(next < end ? std::optional(next++) : std::nullopt);
    }
    return places;
  }

  llvm::Type* word;
  llvm::FixedVectorType* vector;
  llvm::StructType* result;  ///< {a word, whether an exception goes on, a vector}
  enum Result : unsigned { kWord, kUnwinds, kVector };
  llvm::FunctionType* body;   ///< under kId
  llvm::FunctionType* enter;  ///< interp::EnterCompiled
};

}  // namespace doppel::jit
