// SPDX-License-Identifier: Apache-2.0
// Which slots of a frame hold references to objects, for a frame that is stopped at some cell.
// Nothing of this is kept when a function is predecoded: when a collection meets a frame of it, the
// function is predecoded once more, and the emitter, which comes to the same cells, notes the
// slots.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::bytecode::interp {

/// A cell at which execution may stop: a call, an operation of the runtime, a label, a probe.
struct StopMap {
  std::vector<std::uint16_t> operands;   ///< slots of the operand stack
  std::vector<std::uint16_t> arguments;  ///< those that belong to the callee once it runs
};

/// The stops of one function.
class Stops {
 public:
  /// So many slots in all maps together are noted at most; beyond them, `overflown()`.
  static constexpr std::size_t kMaxSlots = std::size_t{4} << 20U;
  /// What a map itself counts as.
  static constexpr std::size_t kSlotsOfMap = 16;

  /// Notes the stops of a function whose types are `types`; if `only` is given, that cell's alone.
  /// Compiled code has all entries of the operand stack in their homes, the interpreter does not.
  Stops(const std::vector<DefinedType>& types, std::optional<std::uint32_t> only, bool compiled)
      : types_(&types), only_(only), compiled_(compiled) {}

  // For the emitter.
  void add_local(ValType type, std::uint32_t slot);
  [[nodiscard]] bool is_collected(ValType type) const;
  /// The stop at that cell, emptied; null if it is not wanted.
  StopMap* add(std::uint32_t cell);
  void count(std::size_t slots) { slots_ += slots; }
  [[nodiscard]] bool compiled() const { return compiled_; }

  // For the collector.
  [[nodiscard]] const std::vector<std::uint16_t>& locals() const { return locals_; }
  [[nodiscard]] const StopMap* find(std::uint32_t cell) const;
  [[nodiscard]] bool overflown() const { return !only_ && slots_ > kMaxSlots; }

 private:
  const std::vector<DefinedType>* types_;
  std::optional<std::uint32_t> only_;
  bool compiled_;
  std::vector<std::uint16_t> locals_;
  std::map<std::uint32_t, StopMap> maps_;  ///< by cell
  std::size_t slots_ = 0;
};

}  // namespace doppel::bytecode::interp
