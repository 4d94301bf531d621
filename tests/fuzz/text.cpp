// SPDX-License-Identifier: Apache-2.0
// Any text: the assembler answers. What it makes can be printed, and comes back with the same
// bytes; only custom sections of the text's own making may take the place of the name section.
#include <cstdlib>
#include <string_view>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/assemble.h"
#include "bytecode/text/disassemble.h"

using namespace doppel::bytecode;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bytes = assemble(text, "input");
  if (!bytes) return 0;
  const auto module = decode(*bytes, Features::all());
  if (!module || text.find("@custom") != std::string_view::npos) return 0;
  for (const PrintStyle style : {PrintStyle::kFlat, PrintStyle::kFolded}) {
    const auto printed = disassemble(*module, style);
    if (!printed) continue;
    const auto again = assemble(*printed, "printed");
    if (!again || *again != *bytes) std::abort();
  }
  return 0;
}
