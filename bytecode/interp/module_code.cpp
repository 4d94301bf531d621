// SPDX-License-Identifier: Apache-2.0
// Publication of predecoded functions, and the way back from a cell to its instruction.
#include "bytecode/interp/module_code.h"

namespace doppel::bytecode::interp {

ModuleCode::ModuleCode(const Module& module, PredecodeOptions options)
    : module_(module), options_(options), codes_(module.bodies.size()) {}

Result<void> ModuleCode::prepare(FunctionCode& code) {
  const std::scoped_lock lock(mutex_);
  if (code.frame_slots != FunctionCode::kNotReady) return {};
  const FuncIndex function{module_.imported_functions +
                           static_cast<std::uint32_t>(&code - codes_.data())};
  const Predecoded made = DOPPEL_TRY(predecode(module_, function, handlers(), options_, buffers_));
  Block block{function,
              {buffers_.cells.begin(), buffers_.cells.end()},
              {buffers_.offsets.begin(), buffers_.offsets.end()}};
  code.entry = block.cells.data();
  code.parameter_slots = static_cast<std::uint16_t>(made.parameter_slots);
  code.zeroed_slots = static_cast<std::uint16_t>(made.zeroed_slots);
  cells_ += block.cells.size();
  blocks_.emplace(code.entry, std::move(block));
  __atomic_store_n(&code.frame_slots, made.frame_slots, __ATOMIC_RELEASE);
  return {};
}

Result<void> ModuleCode::prepare_all() {
  for (FunctionCode& code : codes_) DOPPEL_TRY(prepare(code));
  return {};
}

std::optional<ModuleCode::Location> ModuleCode::locate(const Cell* pc) const {
  const std::scoped_lock lock(mutex_);
  const auto after = blocks_.upper_bound(pc);
  if (after == blocks_.begin()) return std::nullopt;
  const Block& block = std::prev(after)->second;
  const auto index = static_cast<std::size_t>(pc - block.cells.data());
  if (index >= block.cells.size()) return std::nullopt;
  return Location{block.function, ByteOffset{block.offsets[index]}};
}

std::size_t ModuleCode::prepared_functions() const {
  const std::scoped_lock lock(mutex_);
  return blocks_.size();
}

std::size_t ModuleCode::prepared_cells() const {
  const std::scoped_lock lock(mutex_);
  return cells_;
}

}  // namespace doppel::bytecode::interp
