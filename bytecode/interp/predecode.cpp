// SPDX-License-Identifier: Apache-2.0
// The walk over a body: blocks and labels here, everything on the operand stack in the emitter.
// Instructions that cannot be reached leave no cells.
#include "bytecode/interp/predecoder.h"

#include <algorithm>
#include <array>

#include "bytecode/binary/skip_block.h"
#include "bytecode/gc/layout.h"

namespace doppel::bytecode::interp {

namespace {

const ResultType kEmpty;

}  // namespace

/// Gives every local its slot; returns the first slot behind them.
std::uint32_t Predecoder::place_locals(Stops* stops) {
  local_slots_.reserve(type_.params.size() + body_.local_count);
  std::uint32_t slot = 0;
  const auto place = [&](ValType type) {
    local_slots_.push_back(slot);
    local_types_.push_back(type);
    if (stops != nullptr) stops->add_local(type, slot);
    slot += type.slots();
  };
  for (const ValType type : type_.params) place(type);
  slot += kHeaderSlots;
  for (const LocalRun& run : body_.locals) {
    for (std::uint32_t i = 0; i < run.count; ++i) place(run.type);
  }
  zeroed_slots_ = slot - parameter_slots_ - kHeaderSlots;
  return slot;
}

Result<Predecoded> Predecoder::run() {
  Block function;
  function.params = &kEmpty;
  function.results = &type_.results;
  blocks_.push_back(function);
  emitter_.set_offset(reader_.offset().value());
  probe(ProbeEvent::kCall, function_.value());
  begin_stretch();
  while (step()) {
  }
  end_stretch();
  emitter_.fuse_sequences();
  // A callee's frame holds its parameters or results and its header, wherever the caller put it.
  const std::uint32_t frame_slots = std::max(
      emitter_.frame_slots(), std::max(parameter_slots_, slot_count(type_.results)) + kHeaderSlots);
  if (frame_slots > kMaxFrameSlots) {
    return fail(ErrorKind::kLimit, "a function's frame takes " + std::to_string(frame_slots) +
                                       " slots, expected at most " +
                                       std::to_string(kMaxFrameSlots));
  }
  return Predecoded{frame_slots, parameter_slots_, zeroed_slots_, take_regions()};
}

// Probes.

/// Leaves a cell that fires a probe, if the site has one. `results` values are about to be
/// returned.
void Predecoder::probe(ProbeEvent event, std::uint64_t location, std::size_t results) {
  if (options_.probes == nullptr || !options_.probes->contains({event, location})) return;
  emitter_.settle_top(results);
  emitter_.probe(event, parameter_slots_, emitter_.home_at(emitter_.height() - results));
}

void Predecoder::return_values(std::size_t count) {
  probe(ProbeEvent::kReturn, function_.value(), count);
  emitter_.return_values(count, parameter_slots_);
}

// Fuel: a stretch of code pays for its instructions before the first of them.

void Predecoder::begin_stretch() {
  end_stretch();
  if (!options_.fuel) return;
  // Execution may stop here and be taken up again, without the accumulators.
  emitter_.label();
  emitter_.note_label();
  fuel_cell_ = emitter_.position();
  emitter_.emit(Special::kFuel);
}

void Predecoder::end_stretch() {
  if (fuel_cell_ != kNone) emitter_.cell(fuel_cell_).imm.value = fuel_;
  fuel_cell_ = kNone;
  fuel_ = 0;
}

/// Predecodes one instruction; false after the function's last.
bool Predecoder::step() {
  if (unreachable_) skip_rest_of_block(reader_);
  emitter_.note_label();
  emitter_.set_offset(reader_.offset().value());
  probe(ProbeEvent::kInstruction, reader_.offset().value());
  const Opcode opcode = reader_.read_opcode();
  ++fuel_;
  switch (opcode) {
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kIf:
    case Opcode::kTryTable:
    case Opcode::kTry: begin_block(opcode); break;
    case Opcode::kCatch:
    case Opcode::kCatchAll: begin_catch(opcode); break;
    case Opcode::kDelegate: delegate(reader_.read_u32()); return end();
    case Opcode::kThrow: throw_new(); break;
    case Opcode::kThrowRef: throw_ref(); break;
    case Opcode::kRethrow: rethrow(reader_.read_u32()); break;
    case Opcode::kElse: begin_else(); break;
    case Opcode::kEnd: return end();
    case Opcode::kBr: br(reader_.read_u32()); break;
    case Opcode::kBrIf: br_if(reader_.read_u32()); break;
    case Opcode::kBrTable: br_table(); break;
    case Opcode::kReturn: br(static_cast<std::uint32_t>(blocks_.size() - 1)); break;
    case Opcode::kUnreachable:
      emitter_.emit(Special::kUnreachable);
      unreachable_ = true;
      break;
    case Opcode::kCall:
    case Opcode::kCallIndirect:
    case Opcode::kReturnCall:
    case Opcode::kReturnCallIndirect: call(opcode); break;
    case Opcode::kCallRef: call_ref(false); break;
    case Opcode::kReturnCallRef: call_ref(true); break;
    case Opcode::kBrOnNull: br_on_null(reader_.read_u32()); break;
    case Opcode::kBrOnNonNull: br_on_non_null(reader_.read_u32()); break;
    case Opcode::kBrOnCast: br_on_cast(false); break;
    case Opcode::kBrOnCastFail: br_on_cast(true); break;
    default:
      if (feature_of(opcode) != Feature::kGc || !object_instruction(opcode)) plain(opcode);
      break;
  }
  return true;
}

void Predecoder::begin_block(Opcode opcode) {
  const BlockType type = reader_.read_block_type();
  Block block;
  block.opcode = opcode;
  block.params = &kEmpty;
  block.results = &kEmpty;
  if (type.kind == BlockType::Kind::kFunc) {
    block.params = &module_.func_type(type.type).params;
    block.results = &module_.func_type(type.type).results;
  } else if (type.kind == BlockType::Kind::kResult) {
    // Which type it is decides the accumulator, and whether the collector follows it.
    static const std::array<ResultType, 7> single{
        {{kI32}, {kI64}, {kF32}, {kF64}, {kV128}, {kFuncRef}, {kExternRef}}};
    const bool collected = gc::is_collected(type.result, module_.types);
    block.results = &single[static_cast<std::size_t>(type.result.kind()) + (collected ? 1 : 0)];
  }
  if (opcode == Opcode::kIf) {
    const Condition condition = emitter_.take_condition();
    emitter_.settle(block.params->size());
    wait(block.otherwise, emitter_.branch_if(condition, false, false));
    begin_stretch();
  } else {
    emitter_.settle(block.params->size());
  }
  block.height = emitter_.height() - block.params->size();
  if (opcode == Opcode::kLoop) {
    emitter_.label();
    block.loop_label = emitter_.position();
    begin_stretch();
  } else if (opcode == Opcode::kTryTable || opcode == Opcode::kTry) {
    begin_region(block);
    if (opcode == Opcode::kTryTable) catch_clauses(block);
  }
  blocks_.push_back(block);
}

/// Points the cell's branch at the block's label, now or when it is known.
void Predecoder::aim(Block& target, std::uint32_t cell) {
  if (target.opcode == Opcode::kLoop) {
    emitter_.set_target(cell, target.loop_label);
  } else {
    wait(target.waiting, cell);
  }
}

/// Adds a branch to those that wait for a label.
void Predecoder::wait(std::uint32_t& waiting, std::uint32_t cell) {
  emitter_.cell(cell).branch.target = static_cast<std::int32_t>(waiting);
  waiting = cell;
}

/// The label of the waiting branches is here.
void Predecoder::land(std::uint32_t& waiting) {
  while (waiting != kNone) {
    const auto following = static_cast<std::uint32_t>(emitter_.cell(waiting).branch.target);
    emitter_.set_target(waiting, emitter_.position());
    waiting = following;
  }
}

void Predecoder::begin_else() {
  Block& block = blocks_.back();
  if (!unreachable_) {
    emitter_.settle_top(block.results->size());
    aim(block, emitter_.branch(false));
  }
  emitter_.label();
  land(block.otherwise);
  emitter_.truncate(block.height);
  push_all(*block.params);
  block.opcode = Opcode::kElse;
  unreachable_ = false;
  begin_stretch();
}

bool Predecoder::end() {
  Block& block = blocks_.back();
  if (is_function(block)) {
    if (!unreachable_) return_values(block.results->size());
    if (block.catching != kNone) {
      emitter_.label();
      land_clauses(block);
      emitter_.truncate(0);
      push_all(*block.results);
      emitter_.note_label();
      return_values(block.results->size());
    }
    return false;
  }
  if (block.opcode == Opcode::kTryTable || block.opcode == Opcode::kTry) end_region(block);
  const bool joined = block.waiting != kNone || block.otherwise != kNone ||
                      block.catching != kNone || block.opcode == Opcode::kCatch;
  if (joined) {
    if (!unreachable_) {
      emitter_.settle_top(block.results->size());
      emitter_.move_down(block.results->size(), emitter_.home_at(block.height));
    }
    emitter_.label();
    land(block.otherwise);
    land(block.waiting);
    land_clauses(block);
    unreachable_ = false;
  }
  if (unreachable_ || joined) {
    emitter_.truncate(block.height);
    push_all(*block.results);
  }
  blocks_.pop_back();
  if (joined) begin_stretch();
  return true;
}

/// Whether a branch may lead to the label at once: no values must move first, when `above` entries
/// of the stack do not go along.
bool Predecoder::leads_directly(const Block& target, std::size_t above) {
  const std::size_t arity = label_types(target).size();
  return !is_function(target) && (arity == 0 || emitter_.height() - above == target.height + arity);
}

/// Branches with the values for the label on top of the stack.
void Predecoder::jump_to(Block& target) {
  const std::size_t arity = label_types(target).size();
  if (is_function(target)) {
    return_values(arity);
    return;
  }
  emitter_.settle_top(arity);
  emitter_.move_down(arity, emitter_.home_at(target.height));
  aim(target, emitter_.branch(target.opcode == Opcode::kLoop));
}

void Predecoder::br(std::uint32_t depth) {
  jump_to(block(depth));
  unreachable_ = true;
}

void Predecoder::br_if(std::uint32_t depth) {
  Block& target = block(depth);
  const Condition condition = emitter_.take_condition();
  emitter_.settle_top(label_types(target).size());
  if (leads_directly(target)) {
    aim(target, emitter_.branch_if(condition, true, target.opcode == Opcode::kLoop));
    return;
  }
  const std::uint32_t skip = emitter_.branch_if(condition, false, false);
  jump_to(target);
  emitter_.set_target(skip, emitter_.position());
  emitter_.fence();
}

void Predecoder::br_table() {
  const std::uint32_t last = reader_.read_u32();
  const ByteOffset labels = reader_.offset();
  // All labels have the same types; the last is the default.
  for (std::uint32_t i = 0; i < last; ++i) reader_.read_u32();
  const std::size_t arity = label_types(block(reader_.read_u32())).size();
  emitter_.branch_table(last, arity);
  const std::uint32_t first = emitter_.position();
  for (std::uint32_t i = 0; i <= last; ++i) emitter_.table_entry();
  // Where values must move first, the entry leads to code for its label; one piece for each label.
  std::vector<std::uint32_t> stubs(blocks_.size(), kNone);
  reader_.seek(labels);
  for (std::uint32_t i = 0; i <= last; ++i) {
    const std::uint32_t depth = reader_.read_u32();
    Block& target = block(depth);
    if (leads_directly(target)) {
      aim(target, first + i);
      continue;
    }
    if (stubs[depth] == kNone) {
      // The table's branch may be interrupted, so the accumulators are lost here.
      emitter_.label();
      emitter_.note_label();
      stubs[depth] = emitter_.position();
      jump_to(target);
    }
    emitter_.set_target(first + i, stubs[depth]);
  }
  unreachable_ = true;
}

void Predecoder::call(Opcode opcode) {
  const bool tail = opcode == Opcode::kReturnCall || opcode == Opcode::kReturnCallIndirect;
  const FuncType* type;
  if (opcode == Opcode::kCall || opcode == Opcode::kReturnCall) {
    const FuncIndex callee = reader_.read_index<FuncIndex>();
    type = &module_.func_type(callee);
    const std::uint32_t frame = emitter_.arrange_arguments(type->params.size());
    const bool imported = module_.is_imported(callee);
    Cell& cell = emitter_.emit(imported ? (tail ? Special::kReturnCallImport : Special::kCallImport)
                                        : (tail ? Special::kReturnCall : Special::kCall));
    cell.call = {static_cast<std::uint16_t>(frame), static_cast<std::uint16_t>(parameter_slots_),
                 imported ? callee.value() : callee.value() - module_.imported_functions};
  } else {
    const TypeIndex type_index = reader_.read_index<TypeIndex>();
    const std::uint32_t table = reader_.read_u32();
    type = &module_.func_type(type_index);
    emitter_.to_accumulator();
    const std::uint32_t frame = emitter_.arrange_arguments(type->params.size());
    const bool is_64 = module_.tables[table].type.is_64;
    emitter_
        .emit(tail ? (is_64 ? Special::kReturnCallIndirect64 : Special::kReturnCallIndirect)
                   : (is_64 ? Special::kCallIndirect64 : Special::kCallIndirect))
        .call.index = table;
    emitter_.emit(Handler{}).call = {static_cast<std::uint16_t>(frame),
                                     static_cast<std::uint16_t>(parameter_slots_),
                                     type_index.value()};
  }
  if (tail) {
    unreachable_ = true;
  } else {
    emitter_.push_results(type->results);
  }
}

void Predecoder::plain(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  switch (opcode) {
    case Opcode::kNop: return;
    case Opcode::kDrop: emitter_.drop(); return;
    case Opcode::kSelectTyped: reader_.skip_immediates(opcode); [[fallthrough]];
    case Opcode::kSelect: emitter_.select(); return;
    case Opcode::kLocalGet: {
      const std::uint32_t local = reader_.read_u32();
      emitter_.push_local(local_types_[local], local_slots_[local]);
      return;
    }
    case Opcode::kLocalSet: emitter_.local_set(local_slots_[reader_.read_u32()]); return;
    case Opcode::kLocalTee: emitter_.local_tee(local_slots_[reader_.read_u32()]); return;
    case Opcode::kGlobalGet: {
      const std::uint32_t global = reader_.read_u32();
      emitter_.global_get(module_.globals[global].type.type, global);
      return;
    }
    case Opcode::kGlobalSet: emitter_.global_set(reader_.read_u32()); return;
    case Opcode::kI32Const:
      emitter_.push_const(kI32, static_cast<std::uint32_t>(reader_.read_s32()));
      return;
    case Opcode::kI64Const:
      emitter_.push_const(kI64, static_cast<std::uint64_t>(reader_.read_s64()));
      return;
    case Opcode::kF32Const: emitter_.push_const(kF32, reader_.read_f32_bits()); return;
    case Opcode::kF64Const: emitter_.push_const(kF64, reader_.read_f64_bits()); return;
    case Opcode::kV128Const: {
      const auto [low, high] = reader_.read_v128_words();
      emitter_.vector_const(low, high);
      return;
    }
    case Opcode::kI8x16Shuffle: {
      const auto [low, high] = reader_.read_v128_words();
      emitter_.shuffle(low, high);
      return;
    }
    case Opcode::kRefNull: {
      const HeapType heap = reader_.read_heap_type();
      emitter_.push_const(RefType{heap, true}, 0);
      return;
    }
    case Opcode::kRefIsNull: emitter_.unary(Opcode::kI64Eqz, kI32); return;
    case Opcode::kRefAsNonNull: emitter_.check_not_null(); return;
    default: break;
  }
  constexpr std::array kTypes{kI32, kI64, kF32, kF64, kV128, kI32};
  const auto result = [&] {
    return kTypes[static_cast<std::size_t>(row.signature.types[row.signature.pops])];
  };
  if (row.immediates == Immediates::kMemArg) {
    memory_access(opcode, result());
  } else if (row.immediates == Immediates::kMemArgLane) {
    lane_access(opcode);
  } else if (row.immediates == Immediates::kLane) {
    const std::uint8_t lane = reader_.read_byte();
    if (row.signature.pops == 1) {
      emitter_.extract_lane(opcode, result(), lane);
    } else {
      emitter_.replace_lane(opcode, lane);
    }
  } else if (const Handler wide = handlers_.on_slots[static_cast<std::size_t>(opcode)]) {
    reader_.skip_immediates(opcode);
    const std::array results{kI64, kI64};
    emitter_.on_slots(wide, row.signature.pops, std::span(results).first(row.signature.pushes));
  } else if (row.immediates == Immediates::kNone && row.signature.pops == 3) {
    emitter_.ternary(opcode);
  } else if (row.immediates == Immediates::kNone && row.signature.pops == 2) {
    if (row.signature.types[0] == row.signature.types[1]) {
      emitter_.binary(opcode, result());
    } else {
      emitter_.shift(opcode);
    }
  } else if (row.immediates == Immediates::kNone) {
    emitter_.unary(opcode, result());
  } else {
    table_operation(opcode);
  }
}

Result<Predecoded> predecode(const Module& module, FuncIndex function, const HandlerTable& handlers,
                             PredecodeOptions options, EmitterBuffers& buffers) {
  return Predecoder(module, function, handlers, options, buffers).run();
}

}  // namespace doppel::bytecode::interp
