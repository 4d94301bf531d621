// SPDX-License-Identifier: Apache-2.0
// Any bytes: the decoder and the validator answer, what they accept reads back without checks, and
// custom sections are read as far as they go.
#include <cstdlib>
#include <vector>

#include "bytecode/binary/decoder.h"
#include "bytecode/binary/instruction.h"
#include "bytecode/binary/names.h"
#include "bytecode/binary/source_lines.h"
#include "bytecode/validate/validator.h"

using namespace doppel::bytecode;

namespace {

/// Reads validated code as the predecoder does and expects to meet its end.
void read_trusted(const Module& module) {
  for (const FuncBody& body : module.bodies) {
    TrustedCodeReader reader(module.bytes, body.code);
    while (reader.offset() < body.code.end) reader.skip_immediates(reader.read_opcode());
    if (reader.offset() != body.code.end) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  const auto module = decode(std::vector(begin, begin + size), Features::all());
  if (!module) return 0;
  const Names names(*module);
  source_places(*module, std::vector(8, ByteOffset{64}));
  if (!validate(*module, Features::all())) return 0;
  read_trusted(*module);
  return 0;
}
