// SPDX-License-Identifier: Apache-2.0
// One walk over each block.
#include "jit/engine/fault_lines.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/Instructions.h>

namespace doppel::jit {

namespace {

bool is_access(const llvm::Instruction& instruction) {
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return load->isVolatile();
  const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
  return store != nullptr && store->isVolatile();
}

/// A load and its place in the block.
struct Loaded {
  llvm::LoadInst* load = nullptr;
  unsigned order = 0;
};

/// A store to where the value was loaded from becomes one instruction with the load, which faults
/// first.
bool rewrites(const llvm::Instruction& instruction, const Loaded& loaded) {
  const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
  return store != nullptr && loaded.load != nullptr &&
         store->getPointerOperand() == loaded.load->getPointerOperand() &&
         store->getValueOperand()->getType() == loaded.load->getType();
}

void keep_lines(llvm::BasicBlock& block) {
  llvm::DenseMap<const llvm::Value*, Loaded> last;  ///< load that each value was computed from
  unsigned order = 0;
  for (llvm::Instruction& instruction : block) {
    Loaded latest;
    if (!llvm::isa<llvm::PHINode>(instruction)) {
      for (const llvm::Value* operand : instruction.operands()) {
        const auto found = last.find(operand);
        if (found != last.end() && found->second.order > latest.order) latest = found->second;
      }
    }
    if (is_access(instruction)) {
      if (rewrites(instruction, latest)) instruction.setDebugLoc(latest.load->getDebugLoc());
      auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
      if (load != nullptr) last[load] = {load, ++order};
      continue;
    }
    instruction.setDebugLoc(latest.load == nullptr ? llvm::DebugLoc() : latest.load->getDebugLoc());
    if (latest.load != nullptr) last[&instruction] = latest;
  }
}

}  // namespace

void keep_fault_lines(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) keep_lines(block);
  }
}

}  // namespace doppel::jit
