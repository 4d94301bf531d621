// SPDX-License-Identifier: Apache-2.0
// From bytes to a Module: the binary format (specification chapter 5), all sections of
// WebAssembly 3.0.
#pragma once

#include <cstddef>
#include <vector>

#include "bytecode/binary/module.h"
#include "bytecode/isa/features.h"
#include "core/result.h"

namespace doppel::bytecode {

/// Decodes the sections of a module, which takes ownership of the bytes; function bodies are
/// delimited but not read. What is decoded is well-formed outside its bodies but not yet valid:
/// call validate() before anything else. Memory stays proportional to the input. Errors:
/// kMalformed, kUnsupported (a feature outside `features`, or a component), kLimit, and kInvalid
/// for the few rules that the decoder sees first.
Result<Module> decode(std::vector<std::byte> bytes, Features features = Features::executable());

}  // namespace doppel::bytecode
