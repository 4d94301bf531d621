// SPDX-License-Identifier: Apache-2.0
// LLVM's object files as objects that can be kept (core/code/object.h).
#pragma once

#include <llvm/Object/ObjectFile.h>

#include "core/code/object.h"
#include "core/result.h"

namespace doppel::jit {

/// The same code with its lines. Fails with kUnsupported where the file holds what such objects do
/// not: data that is written to, relocations of other kinds.
Result<CodeObject> to_code_object(const llvm::object::ObjectFile& file);

}  // namespace doppel::jit
