// SPDX-License-Identifier: Apache-2.0
// Valid modules from any bytes: the bytes are the choices of a generator that keeps track of the
// types on the operand stack. Every function ends soon, whatever it is given, and no NaN's payload
// or sign reaches an integer, so that a module behaves alike on every conforming engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bytecode/isa/features.h"

namespace doppel::bytecode {

/// How many calls and loop iterations a module makes before it only returns: what its first global,
/// exported as "budget", is to be set to.
inline constexpr std::uint32_t kRandomModuleBudget = 300;

struct RandomModuleOptions {
  Features features = Features::executable();  ///< what it is made of
  /// Another engine runs it too: relaxed instructions, whose results are the engine's choice, get
  /// operands for which there is one result only, and functions that are exported or imported have
  /// no vectors in their types, since JavaScript cannot call those.
  bool for_any_engine = false;
};

/// The module that `choices` stand for: it imports functions from "env", and exports those of its
/// functions that take no references as "f" and their number, its memories as "m0" and so on, and
/// its numeric globals. The same choices and options give the same module.
std::vector<std::byte> random_module(std::span<const std::uint8_t> choices,
                                     const RandomModuleOptions& options = {});

/// A random number generator's bytes.
std::vector<std::uint8_t> random_choices(std::uint64_t seed);

}  // namespace doppel::bytecode
