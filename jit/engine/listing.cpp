// SPDX-License-Identifier: Apache-2.0
// The assembly is what the assembly printer writes, whose .loc directives tell the source lines.
#include "jit/engine/listing.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/ModuleSlotTracker.h>
#include <llvm/Support/raw_ostream.h>

#include "jit/engine/emission.h"

namespace doppel::jit {

std::vector<ListedLine> list_ir(const llvm::Function& function) {
  std::vector<ListedLine> lines;
  llvm::ModuleSlotTracker slots(function.getParent(), false);
  slots.incorporateFunction(function);
  for (const llvm::BasicBlock& block : function) {
    std::string label;
    llvm::raw_string_ostream(label) << block.getName() << ':';
    if (!block.hasName()) label = std::to_string(slots.getLocalSlot(&block)) + ":";
    std::uint32_t line = 0;
    if (const auto& location = block.front().getDebugLoc()) line = location.getLine();
    lines.push_back({line, std::move(label)});
    for (const llvm::Instruction& instruction : block) {
      std::string text;
      llvm::raw_string_ostream out(text);
      instruction.print(out, slots);
      const auto& location = instruction.getDebugLoc();
      const llvm::StringRef shown = llvm::StringRef(text).split(", !").first;
      lines.push_back({location ? location.getLine() : 0, shown.str()});
    }
  }
  return lines;
}

Result<std::vector<ListedLine>> list_assembly(llvm::Module& module, llvm::TargetMachine& machine,
                                              llvm::StringRef function) {
  llvm::SmallString<0> assembly;
  llvm::raw_svector_ostream out(assembly);
  if (!emit(module, machine, out, llvm::CodeGenFileType::AssemblyFile))
    return fail(ErrorKind::kUnsupported, "LLVM cannot print assembly for this processor");
  std::vector<ListedLine> lines;
  bool inside = false;
  std::uint32_t line = 0;
  llvm::StringRef rest = assembly;
  while (!rest.empty()) {
    llvm::StringRef text;
    std::tie(text, rest) = rest.split('\n');
    const llvm::StringRef words = text.trim();
    if (words.ends_with(":") && words.drop_back().trim('"') == function) inside = true;
    if (words.starts_with(".Lfunc_end")) inside = false;
    if (!inside || words.empty()) continue;
    if (words.starts_with(".loc")) {
      llvm::SmallVector<llvm::StringRef> parts;
      llvm::SplitString(words, parts);
      if (parts.size() < 3 || parts[2].getAsInteger(10, line)) line = 0;
    } else if (words.starts_with(".LBB") || !words.starts_with(".")) {
      lines.push_back({line, text.rtrim().str()});
    }
  }
  return lines;
}

}  // namespace doppel::jit
