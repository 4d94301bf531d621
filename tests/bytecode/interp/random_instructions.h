// SPDX-License-Identifier: Apache-2.0
// What instructions take and give: for each row of the opcode table that is neither control nor a
// variable, its immediates, operands and results, chosen at random. And the constants.
#pragma once

#include <optional>
#include <vector>

#include "bytecode/binary/encoder.h"
#include "bytecode/isa/opcode.h"
#include "tests/bytecode/interp/random_shape.h"

namespace doppel::bytecode {

/// What is done to an operand, so that most programs go on and engines agree.
enum class Care : std::uint8_t {
  kNone,
  kSmall,    ///< seldom more than `limit`, whose bits are a mask
  kBelow,    ///< a constant below `limit`
  kNonZero,  ///< seldom zero
  kNoNan,    ///< its bits are seen: of a NaN, the canonical ones
  kMasked,   ///< of each 64 bits of a vector only those of `limit`, and those of `set` set
  kLanes,    ///< a vector whose lanes are all ones or all zeros, by the comparison `compare`
};

struct Operand {
  ValType type;
  Care care = Care::kNone;
  std::uint64_t limit = 0;
  std::uint64_t set = 0;
  Opcode compare = Opcode::kUnreachable;
};

/// An instruction's immediates and stack type.
struct Use {
  Encoder immediates;
  std::vector<Operand> pops;
  ResultType pushes;
};

/// A use of an instruction, whose reference operands, where it takes any, are like `top` if that is
/// a reference. None if the module has nothing for it, or chance will have it so.
std::optional<Use> random_use(Opcode opcode, const RandomShape& shape, std::optional<ValType> top,
                              Choices& choices);

/// The groups of instructions that bodies choose from.
enum class Group : std::uint8_t { kNumeric, kVector, kAccess, kAtomic, kBulk, kTable, kObject };
inline constexpr std::size_t kGroups = 7;

/// The instructions of a group that these features have.
std::vector<Opcode> instructions(Group group, Features features);

/// Whether lanes of the result may be NaNs whose bits are not the module's to choose.
bool makes_nans(Opcode opcode);

void write_i32(Encoder& out, std::int32_t value);
void write_i64(Encoder& out, std::int64_t value);
void write_null(Encoder& out, HeapType heap);
/// The default value of a type.
void write_zero(Encoder& out, ValType type);
/// A value of any type but that of exceptions that are not null, by a constant expression: a number
/// at the edge of its range, or any; a new object.
void write_new(Encoder& out, ValType type, const RandomShape& shape, Choices& choices);

}  // namespace doppel::bytecode
