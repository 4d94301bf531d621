// SPDX-License-Identifier: Apache-2.0
// Valid modules from any bytes: the bytes are the choices of a generator that keeps track of the
// types on the operand stack. Every function ends soon, whatever it is given, and no NaN's payload
// or sign reaches an integer, so that a module behaves alike on every conforming engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace doppel::bytecode {

/// How many calls and loop iterations a module makes before it only returns: what its first global,
/// exported as "budget", is to be set to.
inline constexpr std::uint32_t kRandomModuleBudget = 300;

/// The module that `choices` stand for: it imports functions from "env", and exports its functions,
/// its memory and its globals. The same choices give the same module.
std::vector<std::byte> random_module(std::span<const std::uint8_t> choices);

/// The module of a random number generator's bytes.
std::vector<std::byte> random_module(std::uint64_t seed);

}  // namespace doppel::bytecode
