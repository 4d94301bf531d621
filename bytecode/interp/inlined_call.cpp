// SPDX-License-Identifier: Apache-2.0
#include "bytecode/interp/inlined_call.h"

#include <algorithm>

namespace doppel::bytecode::interp {

FaultPlace fault_place(const Cell* cells, std::span<const InlinedCall> inlined,
                       std::uint32_t cell) {
  FaultPlace place{cells + cell, cells, {}};
  const auto after = std::ranges::upper_bound(inlined, cell, {}, &InlinedCall::first_cell);
  for (auto number = static_cast<std::size_t>(after - inlined.begin()); number != 0;
       number = inlined[number - 1].caller)
    place.inlined.push_back(inlined[number - 1]);
  std::ranges::reverse(place.inlined);
  return place;
}

std::uint64_t* write_headers(const FaultPlace& place, std::uint64_t* frame) {
  std::uint64_t* caller = frame;
  for (const InlinedCall& call : place.inlined) {
    std::uint64_t* header = frame + call.header_slot;
    header[kHeaderReturnPc] = reinterpret_cast<std::uint64_t>(place.cells + call.return_cell);
    header[kHeaderCallerFrame] = reinterpret_cast<std::uint64_t>(caller);
    caller = frame + call.slot;
  }
  return caller;
}

}  // namespace doppel::bytecode::interp
