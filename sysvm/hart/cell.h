// SPDX-License-Identifier: Apache-2.0
// What blocks of translated code consist of. A block is a run of cells:
//
//     info, header, one cell an instruction, [link], [resolvers], the instructions' page offsets
//
// The header pays for the whole block. The last instruction's cell is followed by a link cell, the
// two places where it may go on; until they are known, these are resolver cells. `back` leads from
// any cell to its header, and so from a trap to its pc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/threaded/engine.h"

namespace doppel::sysvm {

struct HartCore;
struct CodePage;
struct Cell;

/// The types by which the threaded-code engine knows the hart: the frame is its registers, the
/// context its core, the accumulator the virtual address of the page that code runs in.
struct HartMachine {
  using Cell = sysvm::Cell;
  using Context = HartCore;
  using Thread = HartCore;
};

using Registers = threaded::Registers<HartMachine>;
using Handler = threaded::Handler<HartMachine>;
using Flow = threaded::Flow;

/// Register slots of the frame: x0–x31, a slot that takes what is written to x0, f0–f31.
inline constexpr std::uint8_t kDiscarded = 32;
inline constexpr std::uint8_t kFloatSlots = 33;
inline constexpr std::size_t kSlots = kFloatSlots + 32;

/// The operands of an instruction: slots and an immediate.
struct CellOperands {
  std::uint8_t rd;
  std::uint8_t rs1;
  std::uint8_t rs2;
  std::uint8_t back;  ///< cells from the header to here
  std::int32_t immediate;
};

/// A block as a whole.
struct CellHeader {
  std::uint16_t count;   ///< instructions
  std::uint16_t offset;  ///< of the first one in its page
  std::uint16_t cells;   ///< from the header to the table of offsets
  std::uint16_t mark;    ///< kHeaderMark, which no other cell that a link leads to has here
};
inline constexpr std::uint16_t kHeaderMark = 0x8000;

/// See the file comment.
struct Cell {
  union {
    Handler handler;
    const Cell* taken;     ///< in a link: where a taken branch goes on
    const CodePage* page;  ///< in an info cell: whose block it is; null for passing code
  };
  union {
    CellOperands op;
    CellHeader header;
    const Cell* next;  ///< in a link: where a branch that is not taken goes on
  };
};
static_assert(sizeof(Cell) == 16);

/// An instruction's offset in its page, by its cell.
inline std::uint16_t page_offset(const Cell* cell) {
  const Cell* const header = cell - cell->op.back;
  const auto* const offsets = reinterpret_cast<const std::uint16_t*>(header + header->header.cells);
  return offsets[cell->op.back - 1];
}

/// Packs what a system instruction's cell has to tell: twelve bits of the encoding, and where in
/// its page the instruction lies.
constexpr std::int32_t pack_system(std::uint32_t operand, std::uint32_t offset) {
  return static_cast<std::int32_t>(operand | offset << 12);
}

}  // namespace doppel::sysvm
