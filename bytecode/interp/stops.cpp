// SPDX-License-Identifier: Apache-2.0
// Collection of stop maps.
#include "bytecode/interp/stops.h"

#include "bytecode/gc/layout.h"

namespace doppel::bytecode::interp {

void Stops::add_local(ValType type, std::uint32_t slot) {
  if (is_collected(type)) locals_.push_back(static_cast<std::uint16_t>(slot));
}

bool Stops::is_collected(ValType type) const { return gc::is_collected(type, *types_); }

StopMap* Stops::add(std::uint32_t cell) {
  if (only_ && *only_ != cell) return nullptr;
  slots_ += kSlotsOfMap;
  if (overflown()) {
    maps_.clear();
    return nullptr;
  }
  return &(maps_[cell] = {});
}

const StopMap* Stops::find(std::uint32_t cell) const {
  const auto found = maps_.find(cell);
  return found == maps_.end() ? nullptr : &found->second;
}

}  // namespace doppel::bytecode::interp
