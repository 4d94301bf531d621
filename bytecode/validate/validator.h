// SPDX-License-Identifier: Apache-2.0
// Validation of a decoded module (specification chapter 3): one pass over every function body,
// eager.
#pragma once

#include "bytecode/binary/module.h"
#include "bytecode/isa/features.h"
#include "core/result.h"

namespace doppel::bytecode {

/// Whether the module keeps all static rules, so that its code may be trusted. `features` must be
/// the set given to decode(). Errors: kInvalid; kMalformed, kUnsupported or kLimit for function
/// bodies, whose instructions are read here for the first time. Messages name function, byte
/// offset, what was found and what was expected. Takes time and memory linear in the module's size.
Result<void> validate(const Module& module, Features features = Features::executable());

}  // namespace doppel::bytecode
