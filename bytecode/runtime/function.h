// SPDX-License-Identifier: Apache-2.0
// A function of a store: code of an instance, or a host function. References to functions are
// pointers to these; the store owns them, and they live as long as it does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bytecode/interp/machine.h"
#include "bytecode/isa/types.h"
#include "bytecode/runtime/trap.h"

namespace doppel::bytecode {

class Thread;

/// How a host function ends: normally, or by a trap with its message.
struct HostOutcome {
  TrapKind trap = TrapKind::kNone;
  std::string message;         ///< with kHost
  std::int32_t exit_code = 0;  ///< with kExit
  /// With kUncaughtException: what it throws, or passes on.
  std::shared_ptr<const gc::Root> exception = nullptr;
};

/// What a host function answers in order to end as the call that gave it `trap` did: a trap goes
/// on, an exception is thrown on.
inline HostOutcome pass_on(const Trap& trap) {
  return {trap.kind, trap.message, trap.exit_code, trap.exception};
}

/// What a host function gets besides its arguments.
struct HostCall {
  Thread& thread;        ///< may run other functions, nested
  Instance* caller;      ///< the calling instance; null when called from the host
  std::uint64_t* slots;  ///< arguments; the results replace them, from the first slot on
};

using HostFunction = std::function<HostOutcome(HostCall&)>;

/// The part of a function that compiled code reads.
struct FunctionHead {
  std::uint32_t type_id = 0;           ///< canonical: equal ids are equal types
  std::uint32_t code_index = 0;        ///< among the module's defined functions
  interp::Context* context = nullptr;  ///< null for host functions
};

/// See the file comment.
struct Function : FunctionHead {
  const FuncType* type = nullptr;
  HostFunction host;
  std::string name;  ///< of a host function, for messages: "module.name"
};

}  // namespace doppel::bytecode
