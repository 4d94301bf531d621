// SPDX-License-Identifier: Apache-2.0
// Calls in compiled code that were replaced by the callee's code. Each has cells of its own, so
// that a cell tells in which frames it stands.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bytecode/interp/machine.h"
#include "bytecode/isa/types.h"

namespace doppel::bytecode::interp {

/// See the file comment. Slots are those of the frame of the function that all is a part of.
struct InlinedCall {
  FuncIndex function;             ///< the callee
  std::uint32_t caller = 0;       ///< itself such a call, by number from 1 on; 0: the function
  std::uint32_t return_cell = 0;  ///< behind the call, among all cells
  std::uint32_t slot = 0;         ///< where the callee's frame begins
  std::uint32_t header_slot = 0;  ///< and where its header is
  std::uint32_t first_cell = 0;   ///< of the callee's, among all
  std::uint32_t cells = 0;        ///< how many
};

/// Where compiled code made an access that faulted.
struct FaultPlace {
  const Cell* cell = nullptr;        ///< in the innermost function; null: nowhere
  const Cell* cells = nullptr;       ///< the first of all
  std::vector<InlinedCall> inlined;  ///< that it is in, outermost first
};

/// The calls around a cell with that number; `inlined` are all, in the order of their cells.
FaultPlace fault_place(const Cell* cells, std::span<const InlinedCall> inlined, std::uint32_t cell);

/// Writes the headers of those calls, which code does not, into the frame of the function that they
/// are in; the innermost frame.
std::uint64_t* write_headers(const FaultPlace& place, std::uint64_t* frame);

}  // namespace doppel::bytecode::interp
