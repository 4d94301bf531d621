// SPDX-License-Identifier: Apache-2.0
// What an access may alias with goes wherever the access goes, as the code would be wrong
// otherwise. So lines are tied to that: each has an alias scope of its own, which means nothing as
// no access is in it, and by which the access is known again when the instructions are final.
#include "jit/engine/emission.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/CodeGen/MachineFunctionPass.h>
#include <llvm/CodeGen/MachineInstr.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/MDBuilder.h>

namespace doppel::jit {

namespace {

/// Locations by the scopes that stand for them.
using Locations = llvm::DenseMap<const llvm::MDNode*, const llvm::DILocation*>;

Locations tie_locations(llvm::Module& module) {
  llvm::MDBuilder metadata(module.getContext());
  llvm::MDNode* domain = metadata.createAnonymousAliasScopeDomain();
  llvm::DenseMap<const llvm::DILocation*, llvm::MDNode*> scopes;
  Locations locations;
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      const llvm::DILocation* location = instruction.getDebugLoc();
      if (!instruction.isVolatile() || location == nullptr) continue;
      llvm::MDNode*& scope = scopes[location];
      if (scope == nullptr) {
        scope =
            llvm::MDNode::get(module.getContext(), {metadata.createAnonymousAliasScope(domain)});
        locations[scope] = location;
      }
      instruction.setMetadata(llvm::LLVMContext::MD_noalias, scope);
    }
  }
  return locations;
}

/// Gives the final instructions their locations back.
class RestoreLocations : public llvm::MachineFunctionPass {
 public:
  static char ID;  // NOLINT(readability-identifier-naming): LLVM's
  explicit RestoreLocations(Locations locations)
      : MachineFunctionPass(ID), locations_(std::move(locations)) {}

  bool runOnMachineFunction(llvm::MachineFunction& function) override {
    for (llvm::MachineBasicBlock& block : function) {
      for (llvm::MachineInstr& instruction : block.instrs()) restore(instruction);
    }
    return true;
  }
  void getAnalysisUsage(llvm::AnalysisUsage& usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

 private:
  /// Of two accesses in one instruction, the load comes first.
  void restore(llvm::MachineInstr& instruction) const {
    const llvm::DILocation* found = nullptr;
    for (const llvm::MachineMemOperand* access : instruction.memoperands()) {
      const llvm::DILocation* location = locations_.lookup(access->getAAInfo().NoAlias);
      if (location != nullptr && (found == nullptr || access->isLoad())) found = location;
    }
    if (found != nullptr) instruction.setDebugLoc(found);
  }

  const Locations locations_;
};

char RestoreLocations::ID = 0;

}  // namespace

/// As LLVM itself sets code generation up, with one pass more.
bool emit(llvm::Module& module, llvm::TargetMachine& machine, llvm::raw_pwrite_stream& out,
          llvm::CodeGenFileType form) {
  auto& target = static_cast<llvm::LLVMTargetMachine&>(machine);
  llvm::legacy::PassManager passes;
  llvm::TargetPassConfig* config = target.createPassConfig(passes);
  passes.add(config);
  auto* info = new llvm::MachineModuleInfoWrapperPass(&target);
  passes.add(info);
  if (config->addISelPasses()) return false;
  config->addMachinePasses();
  config->setInitialized();
  passes.add(new RestoreLocations(tie_locations(module)));
  if (target.addAsmPrinter(passes, out, nullptr, form, info->getMMI().getContext())) return false;
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return true;
}

}  // namespace doppel::jit
