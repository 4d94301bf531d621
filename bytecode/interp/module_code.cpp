// SPDX-License-Identifier: Apache-2.0
// Publication of predecoded functions, and the way back from a cell to its instruction.
#include "bytecode/interp/module_code.h"

#include <algorithm>

namespace doppel::bytecode::interp {

ModuleCode::ModuleCode(const Module& module, PredecodeOptions options)
    : module_(module),
      options_(options),
      codes_(module.bodies.size()),
      bodies_(codes_.size()),
      targets_(codes_.size()),
      calls_(codes_.size()),
      thunks_(codes_.size()),
      plain_(codes_.size()) {
  layouts_.reserve(module.types.size());
  for (const DefinedType& type : module.types)
    layouts_.push_back(gc::lay_out(type.composite, module.types));
  options_.layouts = &layouts_;
}

Result<void> ModuleCode::prepare(FunctionCode& code) {
  const std::scoped_lock lock(mutex_);
  if (code.frame_slots != FunctionCode::kNotReady) return {};
  DOPPEL_TRY(publish(code));
  ++functions_;
  return {};
}

/// The interpreter's code of a function, under the lock.
Result<ModuleCode::Block*> ModuleCode::predecoded(FuncIndex function) {
  Block*& known = plain_[function.value() - module_.imported_functions];
  if (known != nullptr) return known;
  PredecodeOptions options = options_;
  options.probes = probed_.empty() ? nullptr : &probed_;
  Predecoded made = DOPPEL_TRY(predecode(module_, function, handlers(), options, buffers_));
  Block block;
  block.function = function;
  block.own_cells.assign(buffers_.cells.begin(), buffers_.cells.end());
  block.cells = block.own_cells;
  block.offsets.assign(buffers_.offsets.begin(), buffers_.offsets.end());
  block.parameter_slots = made.parameter_slots;
  block.frame_slots = made.frame_slots;
  block.zeroed_slots = made.zeroed_slots;
  block.regions = std::move(made.regions);
  block.probed = probed_;
  const Cell* first = block.cells.data();
  known = &blocks_.emplace(first, std::move(block)).first->second;
  return known;
}

/// What may become a part of other functions' code, for who holds the lock.
ModuleCode::FindPlain ModuleCode::inlinable_here() {
  return [this](FuncIndex function) -> const Block* {
    if (!probed_.empty() || function.value() < module_.imported_functions ||
        function.value() >= module_.functions.size())
      return nullptr;
    const auto found = predecoded(function);
    return found ? *found : nullptr;
  };
}

/// Makes a function's code and lets calls enter it from now on.
Result<void> ModuleCode::publish(FunctionCode& code) {
  const FuncIndex function{module_.imported_functions +
                           static_cast<std::uint32_t>(&code - codes_.data())};
  Block& plain = *DOPPEL_TRY(predecoded(function));
  const Cell* entry = plain.cells.data();
  cells_ += plain.cells.size();
  std::optional<Made> compiled;
  if (plain.probed.empty()) {
    compiled = take_kept(plain);
    if (!compiled && compiler_ != nullptr) {
      compiled = DOPPEL_TRY(compile(*compiler_, plain, {}, Effort::kFull, inlinable_here()));
      compiled_by_ = compiler_;
      if (!compiled) left_.push_back(function);
    }
  }
  CompiledBody body = nullptr;
  if (compiled) {
    body = compiled->code.body;
    const bool is_quick = compiled->block.effort == Effort::kQuick;
    entry = keep(*std::move(compiled));
    if (is_quick) plain.quick = entry;
  }
  enter_by(code, entry, body);
  if (code.frame_slots != FunctionCode::kNotReady) return {};
  code.parameter_slots = static_cast<std::uint16_t>(plain.parameter_slots);
  code.zeroed_slots = static_cast<std::uint16_t>(plain.zeroed_slots);
  __atomic_store_n(&code.frame_slots, plain.frame_slots, __ATOMIC_RELEASE);
  return {};
}

/// Calls enter a function there from now on.
void ModuleCode::enter_by(FunctionCode& code, const Cell* entry, CompiledBody body) {
  const auto index = static_cast<std::size_t>(&code - codes_.data());
  __atomic_store_n(&bodies_[index], body, __ATOMIC_RELEASE);
  __atomic_store_n(&targets_[index], body != nullptr ? body : thunks_[index], __ATOMIC_RELEASE);
  __atomic_store_n(&code.entry, entry, __ATOMIC_RELEASE);
}

FunctionToCompile ModuleCode::to_compile(const Block& plain, Effort effort) const {
  return {module_,           plain.function,
          plain.cells,       plain.offsets,
          layouts_,          plain.parameter_slots,
          plain.frame_slots, names_ ? names_(plain.function) : std::string(),
          std::nullopt,      effort};
}

/// Compiles a predecoded function, or one of its loops; nothing if the compiler leaves it to the
/// interpreter.
Result<std::optional<ModuleCode::Made>> ModuleCode::compile(FunctionCompiler& compiler,
                                                            const Block& plain,
                                                            std::optional<std::uint32_t> loop,
                                                            Effort effort, const FindPlain& find) {
  FunctionToCompile function = to_compile(plain, effort);
  function.loop = loop;
  std::map<FuncIndex, FunctionToCompile> callees;
  function.inlinable = [&](FuncIndex callee) -> const FunctionToCompile* {
    const Block* block = find(callee);
    if (block == nullptr) return nullptr;
    return &callees.try_emplace(callee, to_compile(*block, effort)).first->second;
  };
  auto compiled = DOPPEL_TRY(compiler.compile(function));
  if (!compiled) return std::nullopt;
  if (kept_ != nullptr) kept_->add(plain.function, effort, *compiled);
  return lay_out(plain, *std::move(compiled), effort, find);
}

/// What of a function was compiled before; nothing where there is none that is good enough.
std::optional<ModuleCode::Made> ModuleCode::take_kept(const Block& plain) {
  if (kept_ == nullptr || switches_ != nullptr) return std::nullopt;
  const Effort least = compiler_ != nullptr ? Effort::kFull : Effort::kQuick;
  auto found = kept_->find(plain.function, plain.cells.size(), least);
  if (!found) return std::nullopt;
  return lay_out(plain, std::move(found->code), found->effort, inlinable_here());
}

/// What machine code names: a copy, whose returns lead to that code.
ModuleCode::Block ModuleCode::copy(const Block& plain, std::span<Cell> room, Effort effort) {
  Block block;
  block.function = plain.function;
  block.offsets = plain.offsets;
  block.parameter_slots = plain.parameter_slots;
  block.frame_slots = plain.frame_slots;
  block.regions = plain.regions;
  block.plain = plain.cells.data();
  block.effort = effort;
  std::ranges::copy(plain.cells, room.begin());
  for (Cell& cell : room) cell.handler = handlers().special(Special::kComeBack);
  block.cells = room;
  return block;
}

/// Gives machine code its copies of the cells, and the interpreter a way into it. Nothing if a
/// function that was inlined is not as it was then.
std::optional<ModuleCode::Made> ModuleCode::lay_out(const Block& plain, CompiledFunction compiled,
                                                    Effort effort, const FindPlain& find) {
  Made made;
  made.block = copy(plain, {compiled.cells, plain.cells.size()}, effort);
  made.block.frame_slots = compiled.frame_slots;
  made.block.entry[0].handler = handlers().special(Special::kEnter);
  made.block.entry[0].wide = reinterpret_cast<std::uint64_t>(compiled.enter);
  made.block.entry[1].call.frame = static_cast<std::uint16_t>(plain.parameter_slots);
  for (const InlinedCall& call : compiled.inlined) {
    const Block* callee = find(call.function);
    if (callee == nullptr || callee->cells.size() != call.cells) return std::nullopt;
    made.inlined.push_back(copy(*callee, {compiled.cells + call.first_cell, call.cells}, effort));
  }
  made.code = std::move(compiled);
  return made;
}

/// Keeps compiled code, under the lock; its entry for the interpreter.
const Cell* ModuleCode::keep(Made made) {
  CompiledParts& parts = parts_[made.block.function];
  const bool is_body = made.code.body != nullptr;
  parts.body |= is_body;
  if (!is_body) ++parts.loops;
  parts.bytes += made.code.bytes;
  parts.time += made.code.time;
  for (const auto& [callee, thunk] : made.code.thunks) {
    const std::size_t index = callee.value() - module_.imported_functions;
    if (thunks_[index] != nullptr) continue;
    thunks_[index] = thunk;
    if (targets_[index] == nullptr) __atomic_store_n(&targets_[index], thunk, __ATOMIC_RELEASE);
  }
  const auto add = [this](Block block) -> Block& {
    const Cell* first = block.cells.data();
    return blocks_.emplace(first, std::move(block)).first->second;
  };
  for (Block& inlined : made.inlined) {
    inlined_in_[inlined.function].insert(made.block.function);
    add(std::move(inlined));
  }
  return add(std::move(made.block)).entry.data();
}

Place ModuleCode::fault_place(std::uintptr_t pc, std::uint64_t* frame, Context* context) const {
  FaultPlace at;
  if (kept_ != nullptr) at = kept_->fault_at(pc);
  if (at.cell == nullptr) {
    const std::scoped_lock lock(mutex_);
    at = compiled_by_->fault_at(pc);
  }
  return {at.cell, write_headers(at, frame), context};
}

const Cell* ModuleCode::sampled(const Cell* pc) {
  const std::scoped_lock lock(mutex_);
  Block& block = std::prev(blocks_.upper_bound(pc))->second;
  if (!block.probed.empty()) return pc;
  if (switches_ != nullptr) {
    return block.plain != nullptr
               ? pc
               : switch_by_chance(block, static_cast<std::uint32_t>(pc - block.cells.data()));
  }
  ++block.samples;
  const bool is_plain = block.plain == nullptr;
  if (!is_plain && block.effort == Effort::kFull) return pc;
  Block& plain = is_plain ? block : blocks_.at(block.plain);
  const std::uint32_t enough = is_plain ? kHot : kHotter;
  if (block.samples == enough && is_plain)
    tier_up_->request(*this, plain.cells.data(), std::nullopt, Effort::kQuick);
  if (block.samples == enough && !is_plain) ask_fully(plain);
  if (block.samples < enough) return pc;
  const auto cell = static_cast<std::uint32_t>(pc - block.cells.data());
  const auto [loop, is_new] = plain.loops.try_emplace(cell, nullptr);
  if (is_new) {
    tier_up_->request(*this, plain.cells.data(), cell, Effort::kFull);
    // A loop's code is not kept: the function is entered as a whole the next time.
    if (kept_ != nullptr) ask_fully(plain);
  }
  if (loop->second == nullptr) return pc;
  return is_plain ? loop->second : plain.cells.data() + cell;
}

void ModuleCode::ask_fully(Block& plain) {
  if (!std::exchange(plain.asked_fully, true))
    tier_up_->request(*this, plain.cells.data(), std::nullopt, Effort::kFull);
}

void ModuleCode::called_from_compiled(std::size_t index) {
  if (tier_up_ == nullptr || __atomic_add_fetch(&calls_[index], 1, __ATOMIC_RELAXED) != kHotCalls)
    return;
  const std::scoped_lock lock(mutex_);
  const auto plain = blocks_.find(codes_[index].entry);  // not if it was compiled meanwhile
  if (plain != blocks_.end() && plain->second.probed.empty())
    tier_up_->request(*this, plain->first, std::nullopt, Effort::kQuick);
}

/// Where a thread goes on that is stopped in the interpreter's code: there, or at that loop in
/// compiled code, which is made at once.
const Cell* ModuleCode::switch_by_chance(Block& plain, std::uint32_t cell) {
  const Cell* here = &plain.cells[cell];
  if (!switches_->happens(2)) return here;
  const auto [loop, is_new] = plain.loops.try_emplace(cell, nullptr);
  if (is_new) {
    auto made = compile(*compiler_, plain, cell, Effort::kFull, inlinable_here());
    if (made && *made) {
      compiled_by_ = compiler_;
      loop->second = keep(std::move(**made));
    }
  }
  if (loop->second == nullptr) return here;
  ++switches_->to_compiled;
  return loop->second;
}

void ModuleCode::compile_in_background(FunctionCompiler& compiler, const Cell* cells,
                                       std::optional<std::uint32_t> loop, Effort effort) {
  Block* plain = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    plain = &blocks_.at(cells);
  }
  FunctionCode& code = codes_[plain->function.value() - module_.imported_functions];
  // Of a block, only what the compiler does not read changes.
  auto made = compile(compiler, *plain, loop, effort, [this](FuncIndex callee) {
    const std::scoped_lock lock(mutex_);
    return inlinable_here()(callee);
  });
  const std::scoped_lock lock(mutex_);
  if (!made || !*made) {
    if (!loop) left_.push_back(plain->function);
    return;
  }
  if (!probed_.empty() && !(**made).inlined.empty()) return;
  const CompiledBody body = (**made).code.body;
  compiled_by_ = &compiler;
  const Cell* entry = keep(std::move(**made));
  if (loop) {
    plain->loops[*loop] = entry;
    return;
  }
  // It may have been probed meanwhile.
  if (code.entry == cells || code.entry == plain->quick) enter_by(code, entry, body);
  if (effort == Effort::kQuick) plain->quick = entry;
}

Result<Explanation> ModuleCode::explain(FuncIndex function, FunctionCompiler& compiler) {
  const std::scoped_lock lock(mutex_);
  FunctionToCompile explained = to_compile(*DOPPEL_TRY(predecoded(function)), Effort::kFull);
  std::map<FuncIndex, FunctionToCompile> callees;
  explained.inlinable = [&](FuncIndex callee) -> const FunctionToCompile* {
    const Block* block = inlinable_here()(callee);
    if (block == nullptr) return nullptr;
    return &callees.try_emplace(callee, to_compile(*block, Effort::kFull)).first->second;
  };
  return compiler.explain(explained);
}

ModuleCode::~ModuleCode() {
  if (tier_up_ != nullptr) tier_up_->forget(*this);
}

ModuleCode::Compiled ModuleCode::compiled() const {
  const std::scoped_lock lock(mutex_);
  Compiled all{0, 0, kept_ == nullptr ? 0 : kept_->taken(), left_, parts_};
  for (const auto& [function, parts] : parts_) {
    all.functions += parts.body;
    all.loops += parts.loops;
  }
  for (const auto& [first, block] : blocks_) {
    if (block.plain == nullptr && block.samples >= kHot) all.parts.try_emplace(block.function);
  }
  return all;
}

Result<void> ModuleCode::prepare_all() {
  for (FunctionCode& code : codes_) DOPPEL_TRY(prepare(code));
  return {};
}

void ModuleCode::set_probed(ProbeSite site, bool probed) {
  const std::scoped_lock lock(mutex_);
  if (probed) {
    probed_.insert(site);
  } else {
    probed_.erase(site);
  }
  std::ranges::fill(plain_, nullptr);
  const auto function = function_of(site);
  if (!function) return;
  const auto renew = [this](FuncIndex each) {
    FunctionCode& code = codes_[each.value() - module_.imported_functions];
    // It was predecoded once, and probe cells do not make its frame larger: it cannot fail.
    if (code.frame_slots != FunctionCode::kNotReady) static_cast<void>(publish(code));
  };
  renew(*function);
  for (const FuncIndex each : std::set(inlined_in_[*function])) renew(each);
}

/// The defined function in whose code a site lies.
std::optional<FuncIndex> ModuleCode::function_of(ProbeSite site) const {
  const std::uint64_t imported = module_.imported_functions;
  if (site.event == ProbeEvent::kCall || site.event == ProbeEvent::kReturn) {
    if (site.location < imported || site.location >= module_.functions.size()) return std::nullopt;
    return FuncIndex{static_cast<std::uint32_t>(site.location)};
  }
  if (site.event != ProbeEvent::kInstruction) return std::nullopt;
  const auto after = std::ranges::upper_bound(
      module_.bodies, site.location, {},
      [](const FuncBody& body) -> std::uint64_t { return body.code.begin.value(); });
  if (after == module_.bodies.begin() || site.location >= std::prev(after)->code.end.value())
    return std::nullopt;
  return FuncIndex{static_cast<std::uint32_t>(imported + (after - module_.bodies.begin()) - 1)};
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

/// Predecodes a function once more, to see where its references are.
std::unique_ptr<Stops> ModuleCode::find_stops(const Block& block,
                                              std::optional<std::uint32_t> only) {
  auto stops = std::make_unique<Stops>(module_.types, only, block.plain != nullptr);
  PredecodeOptions options = options_;
  options.probes = block.probed.empty() ? nullptr : &block.probed;
  buffers_.stops = stops.get();
  // It was predecoded once: it cannot fail.
  static_cast<void>(predecode(module_, block.function, handlers(), options, buffers_));
  buffers_.stops = nullptr;
  return stops;
}

FrameMap ModuleCode::frame_map(const Cell* pc) {
  const std::scoped_lock lock(mutex_);
  Block& block = std::prev(blocks_.upper_bound(pc))->second;
  const auto cell = static_cast<std::uint32_t>(pc - block.cells.data());
  if (!block.stops) block.stops = find_stops(block, {});
  const Stops* stops = block.stops.get();
  if (stops->overflown()) {
    auto& single = block.single_stops[cell];
    if (!single) single = find_stops(block, cell);
    stops = single.get();
  }
  return {&stops->locals(), stops->find(cell), block.parameter_slots};
}

ModuleCode::Position ModuleCode::position(const Cell* pc) const {
  const std::scoped_lock lock(mutex_);
  const Block& block = std::prev(blocks_.upper_bound(pc))->second;
  return {block.plain == nullptr ? block.cells.data() : block.plain,
          static_cast<std::uint32_t>(pc - block.cells.data()),
          block.parameter_slots,
          block.frame_slots,
          &block.regions,
          block.plain != nullptr};
}

std::size_t ModuleCode::prepared_functions() const {
  const std::scoped_lock lock(mutex_);
  return functions_;
}

std::size_t ModuleCode::prepared_cells() const {
  const std::scoped_lock lock(mutex_);
  return cells_;
}

}  // namespace doppel::bytecode::interp
