// SPDX-License-Identifier: Apache-2.0
// Why WebAssembly code traps, in the specification's words (and those of its test suite).
#pragma once

#include <cstdint>

#include "core/ops/trap_code.h"

namespace doppel::bytecode {

enum class TrapKind : std::uint16_t {
  kNone,
  kUnreachable,
  kIntegerDivideByZero,
  kIntegerOverflow,
  kInvalidConversionToInteger,
  kMemoryOutOfBounds,
  kTableOutOfBounds,
  kUndefinedElement,
  kUninitializedElement,
  kIndirectCallTypeMismatch,
  kNullReference,
  kArrayOutOfBounds,
  kCastFailure,
  kUnalignedAtomic,
  kWaitOnUnsharedMemory,
  kUncaughtException,
  kStackOverflow,
  kOutOfMemory,
  kFuelExhausted,
  kTimeout,
  kStubCalled,  ///< an import that was stubbed out
  kHost,        ///< a host function failed; its message says how
  kExit,        ///< not a failure: the program ended itself (WASI proc_exit)
};

constexpr TrapCode trap_code(TrapKind kind) { return TrapCode{static_cast<std::uint16_t>(kind)}; }
constexpr TrapKind trap_kind(TrapCode code) { return static_cast<TrapKind>(code.value()); }

/// "integer divide by zero", "out of bounds memory access", …
const char* to_string(TrapKind kind);

}  // namespace doppel::bytecode
