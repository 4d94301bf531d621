// SPDX-License-Identifier: Apache-2.0
// Machine code that lies nowhere yet: it knows what it needs from outside by name alone, and can be
// kept in a file and loaded by another process (docs/design/code_cache.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/state/stream.h"

namespace doppel {

/// See the file comment. When loaded, code reaches the rest by 32-bit distances: constants, a table
/// with one address for each outside name, and room, which whoever loads the object fills.
struct CodeObject {
  /// What a fixup points to.
  enum class Part : std::uint8_t { kCode, kConstants, kRoom, kOutside };
  enum class FixupKind : std::uint8_t {
    kRelative32,  ///< the distance to the target, 4 bytes; not to what is outside
    kAddress64,   ///< the target's address, 8 bytes
    kSlot32,      ///< the distance to the outside target's place in the table, 4 bytes
  };

  /// What can be found by name: a function, or room.
  struct Symbol {
    std::string name;
    Part part = Part::kCode;   ///< kCode or kRoom
    std::uint32_t offset = 0;  ///< in its part
    std::uint32_t size = 0;    ///< bytes
  };
  /// A place to be filled in when the object is loaded. A distance is measured from the place.
  struct Fixup {
    FixupKind kind = FixupKind::kRelative32;
    Part place = Part::kCode;  ///< kCode or kConstants
    std::uint32_t offset = 0;  ///< of the place in its part
    Part target = Part::kCode;
    std::uint32_t outside = 0;  ///< which name, for kOutside
    std::int64_t addend = 0;    ///< to the target's beginning
  };
  /// From this offset in the code on, instructions belong to this line; 0: to none.
  struct Line {
    std::uint32_t offset = 0;
    std::uint32_t line = 0;
  };

  std::vector<std::byte> code;
  std::vector<std::byte> constants;
  std::uint32_t room = 0;  ///< bytes, zero at first
  std::vector<std::string> outside;
  std::vector<Symbol> symbols;
  std::vector<Fixup> fixups;
  std::vector<Line> lines;  ///< in the order of their offsets

  /// Each part is loaded at a multiple of this.
  static constexpr std::size_t kAlignment = 64;

  void save(StateWriter& out) const;
  /// Reads what save() wrote. Whatever it holds is then safe to load, as far as offsets go.
  static CodeObject restore(StateReader& in);
  /// Whether every offset lies inside, and lines are in order: kMalformed else.
  [[nodiscard]] Result<void> check() const;
};

}  // namespace doppel
