// SPDX-License-Identifier: Apache-2.0
// The random body of one function of a random module.
#pragma once

#include <array>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/isa/types.h"
#include "tests/bytecode/interp/choices.h"

namespace doppel::bytecode {

/// What bodies can refer to. Globals: the budget, then one mutable global of each value type.
/// There are one memory and one table of functions, two data segments, and two element segments.
struct RandomShape {
  static constexpr std::uint32_t kTableSize = 8;
  static constexpr std::uint32_t kDataBytes = 24;
  std::vector<FuncType> types;
  std::vector<std::uint32_t> functions;  ///< their types' indices, imported ones first
};

/// The types of values that bodies compute with.
inline constexpr std::array kValueTypes{kI32, kI64, kF32, kF64, kV128};

/// The locals and instructions of a function, as the code section has them, without the size.
Encoder random_body(const RandomShape& shape, std::uint32_t function, Choices& choices);

}  // namespace doppel::bytecode
