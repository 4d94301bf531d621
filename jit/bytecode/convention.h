// SPDX-License-Identifier: Apache-2.0
// How compiled functions call each other: the state, then as many words and vectors as registers
// can carry. A parameter takes the next register of its kind; where they are used up, and for
// results unless there is just one, the canonical slots serve. A body may be made to take more
// registers than its parameters want, which its callers need not know.
#pragma once

#include <llvm/IR/CallingConv.h>
#include <llvm/IR/DerivedTypes.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::jit {

/// The arguments that carry the state, by their number. Words follow, then vectors.
enum Parameter : unsigned { kFrame, kThread, kFirstWord };

/// So many registers of each kind.
struct Registers {
  unsigned words = 0;
  unsigned vectors = 0;
};

/// Where one parameter travels.
struct Passed {
  bool in_vector = false;
  unsigned index = 0;  ///< among the registers of its kind

  /// Its argument of a body that takes those registers.
  [[nodiscard]] unsigned argument(Registers taken) const {
    return kFirstWord + index + (in_vector ? taken.words : 0);
  }
};

struct Convention {
  /// Keeps the thread in a register that nobody else uses.
  static constexpr llvm::CallingConv::ID kId = llvm::CallingConv::Swift;
  static constexpr Registers kMost{5, 8};

  explicit Convention(llvm::LLVMContext& context)
      : word(llvm::Type::getInt64Ty(context)),
        vector(llvm::FixedVectorType::get(llvm::Type::getDoubleTy(context), 2)),
        pointer(llvm::PointerType::get(context, 0)),
        enter(llvm::FunctionType::get(llvm::Type::getInt8Ty(context), {pointer, pointer}, false)) {}

  /// Whether values of the type travel in vector registers.
  static bool is_in_vector(bytecode::ValType type) {
    return type.kind() == bytecode::ValKind::kF32 || type.kind() == bytecode::ValKind::kF64 ||
           type.is_vector();
  }

  /// Where each parameter travels; none: in its slot.
  static std::vector<std::optional<Passed>> places_of(const bytecode::ResultType& params) {
    std::vector<std::optional<Passed>> places;
    Registers taken;
    for (const bytecode::ValType type : params) {
      const bool in_vector = is_in_vector(type);
      unsigned& next = in_vector ? taken.vectors : taken.words;
      const unsigned most = in_vector ? kMost.vectors : kMost.words;
      places.push_back(next < most ? std::optional(Passed{in_vector, next++}) : std::nullopt);
    }
    return places;
  }

  /// How many registers parameters take.
  static Registers registers_of(const bytecode::ResultType& params) {
    Registers taken;
    for (const auto& place : places_of(params)) {
      if (place) ++(place->in_vector ? taken.vectors : taken.words);
    }
    return taken;
  }

  /// A body that takes those registers, under kId. It answers kUnwinds and, if there is one result,
  /// kResult.
  [[nodiscard]] llvm::FunctionType* body(Registers taken,
                                         const bytecode::ResultType& results) const {
    std::vector<llvm::Type*> types(kFirstWord, pointer);
    types.resize(types.size() + taken.words, word);
    types.resize(types.size() + taken.vectors, vector);
    std::vector<llvm::Type*> answer{word};
    if (results.size() == 1)
      answer.push_back(is_in_vector(results.front()) ? vector : static_cast<llvm::Type*>(word));
    return llvm::FunctionType::get(llvm::StructType::get(word->getContext(), answer), types, false);
  }

  enum Answer : unsigned { kUnwinds, kResult };

  llvm::IntegerType* word;
  llvm::FixedVectorType* vector;
  llvm::PointerType* pointer;
  llvm::FunctionType* enter;  ///< interp::EnterCompiled
};

}  // namespace doppel::jit
