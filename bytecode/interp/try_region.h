// SPDX-License-Identifier: Apache-2.0
// Which cells of a function stand inside which try blocks, and where their clauses go on. Entering
// and leaving a block costs nothing: only an exception looks here (docs/design/exceptions.md).
#pragma once

#include <cstdint>
#include <vector>

namespace doppel::bytecode::interp {

/// A clause: which exceptions it takes, and where execution goes on with what in which slots.
struct CatchTarget {
  static constexpr std::uint32_t kAllTags = ~0U;
  static constexpr std::uint32_t kNoSlot = ~0U;

  std::uint32_t tag = kAllTags;            ///< the module's index of the tag
  std::uint32_t cell = 0;                  ///< where execution goes on
  std::uint32_t payload_slot = kNoSlot;    ///< the first slot of the payload
  std::uint32_t reference_slot = kNoSlot;  ///< of the exception's reference
};

/// The cells [begin, end) of a block with clauses.
struct TryRegion {
  static constexpr std::uint32_t kAnyDepth = ~0U;

  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t depth = 0;  ///< the number of blocks around it
  std::vector<CatchTarget> clauses;
  /// After the clauses, only regions of this depth or less are looked at: all that are farther out,
  /// or fewer where the old instruction `delegate` passes exceptions on.
  std::uint32_t outer_depth = kAnyDepth;
};

/// A function's regions; a region stands before those around it.
using TryRegions = std::vector<TryRegion>;

}  // namespace doppel::bytecode::interp
