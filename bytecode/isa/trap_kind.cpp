// SPDX-License-Identifier: Apache-2.0
// The trap kinds' names.
#include "bytecode/isa/trap_kind.h"

namespace doppel::bytecode {

const char* to_string(TrapKind kind) {
  switch (kind) {
    case TrapKind::kNone: return "no trap";
    case TrapKind::kUnreachable: return "unreachable";
    case TrapKind::kIntegerDivideByZero: return "integer divide by zero";
    case TrapKind::kIntegerOverflow: return "integer overflow";
    case TrapKind::kInvalidConversionToInteger: return "invalid conversion to integer";
    case TrapKind::kMemoryOutOfBounds: return "out of bounds memory access";
    case TrapKind::kTableOutOfBounds: return "out of bounds table access";
    case TrapKind::kUndefinedElement: return "undefined element";
    case TrapKind::kUninitializedElement: return "uninitialized element";
    case TrapKind::kIndirectCallTypeMismatch: return "indirect call type mismatch";
    case TrapKind::kNullReference: return "null reference";
    case TrapKind::kArrayOutOfBounds: return "out of bounds array access";
    case TrapKind::kCastFailure: return "cast failure";
    case TrapKind::kUnalignedAtomic: return "unaligned atomic";
    case TrapKind::kWaitOnUnsharedMemory: return "expected shared memory";
    case TrapKind::kUncaughtException: return "uncaught exception";
    case TrapKind::kStackOverflow: return "call stack exhausted";
    case TrapKind::kOutOfMemory: return "out of memory";
    case TrapKind::kFuelExhausted: return "all fuel consumed";
    case TrapKind::kTimeout: return "timeout";
    case TrapKind::kStubCalled: return "call of a stubbed import";
    case TrapKind::kHost: return "host function failed";
    case TrapKind::kExit: return "exit";
  }
  return "unknown trap";
}

}  // namespace doppel::bytecode
