// SPDX-License-Identifier: Apache-2.0
// The frame and the walk over plain instructions; entry_lowering.cpp has the ways in and out,
// control_lowering.cpp blocks and branches, call_lowering.cpp calls,
// memory_lowering.cpp accesses to memory, object_lowering.cpp objects.
#include "jit/bytecode/function_lowering.h"

#include <llvm/IR/DIBuilder.h>

#include <algorithm>
#include <array>

#include "bytecode/binary/skip_block.h"
#include "bytecode/gc/layout.h"

namespace doppel::jit {

using namespace bytecode;
using bytecode::interp::Context;
using bytecode::interp::Optimization;
using bytecode::interp::Special;

namespace {

/// The registers that a body takes: for its parameters, and for those of the functions that it
/// tail-calls.
Registers taken_by(const interp::FunctionToCompile& function) {
  const Module& module = function.module;
  Registers taken;
  const auto take = [&](const FuncType& type) {
    const Registers wanted = Convention::registers_of(type.params);
    taken.words = std::max(taken.words, wanted.words);
    taken.vectors = std::max(taken.vectors, wanted.vectors);
  };
  take(module.func_type(function.function));
  const auto code = module.body(function.function).code;
  TrustedCodeReader reader(module.bytes, code);
  while (reader.offset() < code.end) {
    const Opcode opcode = reader.read_opcode();
    TrustedCodeReader immediates(reader);
    if (opcode == Opcode::kReturnCall) take(module.func_type(immediates.read_index<FuncIndex>()));
    if (opcode == Opcode::kReturnCallIndirect || opcode == Opcode::kReturnCallRef)
      take(module.func_type(immediates.read_index<TypeIndex>()));
    reader.skip_immediates(opcode);
  }
  return taken;
}

}  // namespace

std::string symbol_of_cells(const std::string& name, std::string_view symbol) {
  return name + "." + std::string(symbol);
}

std::string symbol_of_plain_cells(const std::string& name, std::size_t inlined) {
  return symbol_of_cells(name, interp::kPlainCellsSymbol) + std::to_string(inlined);
}

FunctionLowering::FunctionLowering(const interp::FunctionToCompile& function,
                                   const HostSymbols& symbols, llvm::Module& module, Thunks& thunks,
                                   std::string name, std::uint32_t first_line)
    : function_(function),
      symbols_(symbols),
      host_(symbols.host()),
      module_(module),
      thunks_(thunks),
      context_(module.getContext()),
      name_(std::move(name)),
      first_line_(first_line),
      convention_(context_),
      taken_(taken_by(function)),
      body_(llvm::Function::Create(
          convention_.body(taken_, function.module.func_type(function.function).results),
          llvm::Function::ExternalLinkage, name_, module)),
      caller_(nullptr),
      outermost_(*this),
      frame_(body_->getArg(kFrame)),
      own_ir_(std::make_unique<llvm::IRBuilder<>>(context_)),
      ir_(*own_ir_),
      cells_(room_for_cells(function.cells.size())),
      values_(ir_, convention_),
      builder_(ir_, [this](TrapCode code) { trap_here(cell_here(), ir_.getInt32(code.value())); }),
      reader_(function.module.bytes, function.module.body(function.function).code),
      type_(function.module.func_type(function.function)),
      all_cells_(static_cast<std::uint32_t>(function.cells.size())),
      frame_slots_(function.frame_slots) {
  body_->setCallingConv(Convention::kId);
  body_->addParamAttr(kThread, llvm::Attribute::SwiftSelf);
  // A large frame touches each page on its way down, so that it cannot pass the stack's guard.
  body_->addFnAttr("probe-stack", "inline-asm");
  llvm::DIBuilder lines(module);
  llvm::DIFile* file = lines.createFile("cells", "");
  lines.createCompileUnit(llvm::dwarf::DW_LANG_C99, file, "doppel", true, "", 0, "",
                          llvm::DICompileUnit::LineTablesOnly);
  const std::uint32_t line = std::max(first_line_, 1U);  // of the way in
  lines_ = lines.createFunction(file, name_, name_, file, line, lines.createSubroutineType({}),
                                line, llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  body_->setSubprogram(lines_);
  lines.finalize();
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
}

bool FunctionLowering::run() {
  ir_.SetInsertPoint(new_block("entry"));
  note_line();
  load_state();
  place_locals();
  scan();
  if (function_.loop) {
    emit_loop_entry();
  } else {
    emit_entry();
    switch_by_chance(0);
  }
  if (!lower_body() || loop_entry_ != nullptr) return false;
  make_room_for_all_cells();
  if (frame_end_ != nullptr) frame_end_->setOperand(1, constant(frame_slots_));
  make_enter(*body_, taken_, convention_, name_ + "_enter", type_, function_.loop.has_value());
  return true;
}

/// Emits the instructions, behind the way in.
bool FunctionLowering::lower_body() {
  offset_ = reader_.offset().value();
  pay_here();
  Block function;
  function.results = type_.results;
  blocks_.push_back(std::move(function));
  while (!blocks_.empty()) {
    if (unreachable_) skip_rest_of_block(reader_);
    offset_ = reader_.offset().value();
    note_line();
    if (!step()) return false;
    if (!unreachable_ && !blocks_.empty()) pay_here();
  }
  return true;
}

/// What is emitted from here on belongs to the present instruction.
void FunctionLowering::note_line() {
  const std::uint32_t line =
      host_.settings.explains ? std::max(offset_, 1U) : first_line_ + cell_here();
  ir_.SetCurrentDebugLocation(llvm::DILocation::get(context_, line, 0, lines_));
}

// The frame.

void FunctionLowering::place_locals() {
  std::uint32_t slot = 0;
  const auto place = [&](ValType type) {
    locals_.push_back({type, slot, new_variable(type), caller_ == nullptr});
    slot += type.slots();
  };
  for (const ValType type : type_.params) place(type);
  slot += interp::kHeaderSlots;
  for (const LocalRun& run : function_.module.body(function_.function).locals) {
    for (std::uint32_t i = 0; i < run.count; ++i) place(run.type);
  }
  first_home_ = slot;
}

namespace {

/// Whether an instruction neither calls anything nor is a place where execution stops.
bool is_quiet(Opcode opcode) {
  switch (opcode) {
    case Opcode::kNop:
    case Opcode::kUnreachable:
    case Opcode::kBlock:
    case Opcode::kLoop:
    case Opcode::kIf:
    case Opcode::kElse:
    case Opcode::kEnd:
    case Opcode::kBr:
    case Opcode::kBrIf:
    case Opcode::kBrTable:
    case Opcode::kReturn:
    case Opcode::kDrop:
    case Opcode::kSelect:
    case Opcode::kSelectTyped:
    case Opcode::kLocalGet:
    case Opcode::kGlobalGet:
    case Opcode::kGlobalSet:
    case Opcode::kI32Const:
    case Opcode::kI64Const:
    case Opcode::kF32Const:
    case Opcode::kF64Const:
    case Opcode::kV128Const: return true;
    default: return has_lowered_meaning(opcode);
  }
}

}  // namespace

/// Looks ahead: which locals are assigned, in which loops nothing is called, and whether the
/// function has safepoints besides loops.
void FunctionLowering::scan() {
  TrustedCodeReader reader = reader_;
  const ByteOffset end = function_.module.body(function_.function).code.end;
  is_leaf_ = std::ranges::none_of(locals_, [&](const Variable& v) { return is_collected(v.type); });
  struct Open {
    std::optional<std::uint32_t> loop;  ///< its offset
    bool quiet = true;
  };
  std::vector<Open> open(1);
  const auto close = [&] {
    const Open closed = open.back();
    open.pop_back();
    if (closed.loop && closed.quiet) quiet_loops_.insert(*closed.loop);
    if (!open.empty()) open.back().quiet &= closed.quiet;
  };
  while (reader.offset() < end) {
    const std::uint32_t offset = reader.offset().value();
    const Opcode opcode = reader.read_opcode();
    if (opcode == Opcode::kLocalSet || opcode == Opcode::kLocalTee) {
      locals_[reader.read_u32()].assigned = true;
      continue;
    }
    open.back().quiet &= is_quiet(opcode);
    // What is called may be inlined.
    has_accesses_ |= opcode == Opcode::kCall && inlines() && !function_.module.memories.empty();
    has_accesses_ |= info(opcode).immediates == Immediates::kMemArg ||
                     info(opcode).immediates == Immediates::kMemArgLane;
    if (opcode == Opcode::kGlobalGet || opcode == Opcode::kGlobalSet) {
      const std::uint32_t global = TrustedCodeReader(reader).read_u32();
      open.back().quiet &= !is_collected(function_.module.globals[global].type.type);
    }
    reader.skip_immediates(opcode);
    switch (opcode) {
      case Opcode::kLoop: open.push_back({offset}); break;
      case Opcode::kBlock:
      case Opcode::kIf:
      case Opcode::kTryTable:
      case Opcode::kTry: open.push_back({}); break;
      case Opcode::kDelegate:
      case Opcode::kEnd:
        is_leaf_ = is_leaf_ && open.back().quiet;
        close();
        break;
      default: break;
    }
  }
  const bool switches = host_.settings.switches_tiers;
  if (caller_ != nullptr) has_accesses_ = caller_->has_accesses_;
  if (switches || !uses(Optimization::kLeaves)) is_leaf_ = false;
  if (switches || !uses(Optimization::kQuietLoops)) quiet_loops_.clear();
}

/// From here on, a local that is assigned anywhere may differ from its slot: other ways lead here.
/// In what is inlined, so may any.
void FunctionLowering::forget_slots() {
  for (Variable& local : locals_) local.in_slot = !local.assigned && caller_ == nullptr;
}

/// The variable of operand-stack entries of that type in that slot.
llvm::AllocaInst* FunctionLowering::variable(ValType type, std::uint32_t slot) {
  const auto kind = static_cast<std::uint32_t>(type.kind());
  llvm::AllocaInst*& place = variables_[{slot, kind}];
  if (place == nullptr) place = new_variable(type);
  return place;
}

llvm::AllocaInst* FunctionLowering::new_variable(ValType type) {
  llvm::IRBuilder<> at_entry(&body_->getEntryBlock(), body_->getEntryBlock().begin());
  return at_entry.CreateAlloca(type_of(type));
}

bool FunctionLowering::is_collected(ValType type) const {
  return gc::is_collected(type, function_.module.types);
}

llvm::Value* FunctionLowering::field(llvm::Value* base, std::size_t bytes) {
  return ir_.CreateConstInBoundsGEP1_64(ir_.getInt8Ty(), base, bytes);
}

/// The room for the cells lies with the code, which so reaches each without loading an address.
llvm::GlobalVariable* FunctionLowering::room_for_cells(std::size_t cells) {
  auto* type = llvm::ArrayType::get(ir_.getInt64Ty(), cells * sizeof(interp::Cell) / 8);
  auto* room = new llvm::GlobalVariable(
      module_, type, /*isConstant=*/false, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantAggregateZero::get(type), symbol_of_cells(name_, interp::kCellsSymbol));
  room->setAlignment(llvm::Align(alignof(interp::Cell)));
  room->setDSOLocal(true);
  return room;
}

/// Once it is known what is inlined.
void FunctionLowering::make_room_for_all_cells() {
  if (inlined_.empty()) return;
  llvm::GlobalVariable* all = room_for_cells(all_cells_);
  all->takeName(cells_);
  cells_->replaceAllUsesWith(all);
  cells_->eraseFromParent();
  cells_ = all;
}

bool FunctionLowering::holds_references() const {
  const auto is_reference = [this](const Variable& v) { return is_collected(v.type); };
  return std::ranges::any_of(locals_, is_reference) || std::ranges::any_of(stack_, is_reference) ||
         (caller_ != nullptr && caller_->holds_references());
}

/// Before a safepoint: references stand in their slots, and callees' headers.
void FunctionLowering::spill_references() {
  write_headers();
  if (caller_ != nullptr) caller_->spill_callers_references();
  spill_own_references();
}

void FunctionLowering::spill_own_references() {
  for (Variable& local : locals_) {
    if (!is_collected(local.type)) continue;
    if (local.in_slot && uses(Optimization::kKeptReferences)) continue;
    store_slot(local.slot, get(local), local.type);
    local.in_slot = true;
  }
  for (const Variable& entry : stack_) {
    if (is_collected(entry.type)) store_slot(entry.slot, get(entry), entry.type);
  }
}

/// The same in a function of which this is a part; its slots are as before behind the part.
void FunctionLowering::spill_callers_references() {
  if (caller_ != nullptr) caller_->spill_callers_references();
  const std::vector<Variable> locals = locals_;
  spill_own_references();
  locals_ = locals;
}

/// Behind it: the objects may have moved.
void FunctionLowering::reload_references() {
  if (caller_ != nullptr) caller_->reload_references();
  const auto read = [&](const Variable& variable) {
    if (is_collected(variable.type))
      ir_.CreateStore(load_slot(variable.slot, variable.type), variable.place);
  };
  std::ranges::for_each(locals_, read);
  std::ranges::for_each(stack_, read);
}

/// Where the rest of the frame is left to the interpreter, behind a safepoint: everything else.
void FunctionLowering::spill_rest() {
  const auto write = [&](const Variable& variable) {
    if (!is_collected(variable.type)) store_slot(variable.slot, get(variable), variable.type);
  };
  std::ranges::for_each(locals_, write);
  std::ranges::for_each(stack_, write);
}

std::uint32_t FunctionLowering::next_slot() const {
  return stack_.empty() ? first_home_ : stack_.back().slot + stack_.back().type.slots();
}

void FunctionLowering::push(llvm::Value* value, ValType type) {
  const std::uint32_t slot = next_slot();
  stack_.push_back({type, slot, variable(type, slot)});
  ir_.CreateStore(value, stack_.back().place);
}

llvm::Value* FunctionLowering::pop() {
  const Variable top = stack_.back();
  stack_.pop_back();
  return ir_.CreateLoad(type_of(top.type), top.place);
}

llvm::Value* FunctionLowering::read_vector() {
  const auto [low, high] = reader_.read_v128_words();
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < 16; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i < 8 ? low : high) >> (8 * (i % 8)));
  }
  return llvm::ConstantDataVector::get(context_, bytes);
}

// Cells of the present instruction.

std::uint32_t FunctionLowering::cell_here() const {
  const auto at = std::ranges::lower_bound(function_.offsets, offset_);
  if (at == function_.offsets.end()) return static_cast<std::uint32_t>(function_.cells.size()) - 1;
  return static_cast<std::uint32_t>(at - function_.offsets.begin());
}

std::optional<std::uint32_t> FunctionLowering::find_cell(Special special) const {
  const auto handler = host_.handlers->special(special);
  for (std::size_t i = cell_here(); i < function_.cells.size() && function_.offsets[i] == offset_;
       ++i) {
    if (function_.cells[i].handler == handler) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

// Plain instructions.

bool FunctionLowering::plain(Opcode opcode) {
  const Module& module = function_.module;
  const auto local = [&]() -> Variable& { return locals_[reader_.read_u32()]; };
  const auto global = [&](std::uint32_t index) {
    return context_entry(offsetof(Context, globals), index);
  };
  switch (opcode) {
    case Opcode::kNop: return true;
    case Opcode::kDrop: stack_.pop_back(); return true;
    case Opcode::kSelectTyped:
    case Opcode::kSelect: {
      llvm::Value* condition = ir_.CreateIsNotNull(pop());
      ValType type = stack_.back().type;
      if (opcode == Opcode::kSelectTyped && reader_.read_u32() == 1) type = reader_.read_val_type();
      llvm::Value* y = pop();
      llvm::Value* x = pop();
      push(ir_.CreateSelect(condition, x, y), type);
      return true;
    }
    case Opcode::kLocalGet: {
      const Variable& from = local();
      push(get(from), from.type);
      return true;
    }
    case Opcode::kLocalSet: {
      Variable& to = local();
      to.in_slot = false;
      ir_.CreateStore(pop(), to.place);
      return true;
    }
    case Opcode::kLocalTee: {
      const ValType type = stack_.back().type;
      llvm::Value* value = pop();
      Variable& to = local();
      to.in_slot = false;
      ir_.CreateStore(value, to.place);
      push(value, type);
      return true;
    }
    case Opcode::kGlobalGet: {
      const std::uint32_t index = reader_.read_u32();
      const ValType type = module.globals[index].type.type;
      push(values_.load_slot(global(index), 0, type), type);
      return true;
    }
    case Opcode::kGlobalSet: {
      const std::uint32_t index = reader_.read_u32();
      const ValType type = module.globals[index].type.type;
      llvm::Value* value = pop();
      values_.store_slot(global(index), 0, value, type);
      return true;
    }
    case Opcode::kI32Const:
      push(ir_.getInt32(static_cast<std::uint32_t>(reader_.read_s32())), kI32);
      return true;
    case Opcode::kI64Const:
      push(constant(static_cast<std::uint64_t>(reader_.read_s64())), kI64);
      return true;
    case Opcode::kF32Const:
      push(llvm::ConstantExpr::getBitCast(ir_.getInt32(reader_.read_f32_bits()), ir_.getFloatTy()),
           kF32);
      return true;
    case Opcode::kF64Const:
      push(llvm::ConstantExpr::getBitCast(ir_.getInt64(reader_.read_f64_bits()), ir_.getDoubleTy()),
           kF64);
      return true;
    case Opcode::kV128Const:
      push(ir_.CreateBitCast(read_vector(), type_of(kV128)), kV128);
      return true;
    case Opcode::kRefNull: {
      const ValType type = RefType{reader_.read_heap_type(), true};
      push(constant(0), type);
      return true;
    }
    case Opcode::kRefIsNull:
      push(ir_.CreateZExt(ir_.CreateIsNull(pop()), ir_.getInt32Ty()), kI32);
      return true;
    default: break;
  }
  const auto memory_type = [&] {
    return module.memories[TrustedCodeReader(reader_).read_u32()].address_type();
  };
  const auto table = [&]() -> const TableType& {
    return module.tables[TrustedCodeReader(reader_).read_u32()].type;
  };
  switch (opcode) {
    case Opcode::kMemorySize: return runtime(opcode, Special::kMemorySize, 0, memory_type());
    case Opcode::kMemoryGrow: return runtime(opcode, Special::kMemoryGrow, 1, memory_type());
    case Opcode::kMemoryFill: return runtime(opcode, Special::kMemoryFill, 3, {});
    case Opcode::kMemoryCopy: return runtime(opcode, Special::kMemoryCopy, 3, {});
    case Opcode::kMemoryInit: return runtime(opcode, Special::kMemoryInit, 3, {});
    case Opcode::kDataDrop: return runtime(opcode, Special::kDataDrop, 0, {});
    case Opcode::kTableGet: return runtime(opcode, Special::kTableGet, 1, table().element);
    case Opcode::kTableSet: return runtime(opcode, Special::kTableSet, 2, {});
    case Opcode::kTableSize: return runtime(opcode, Special::kTableSize, 0, table().address_type());
    case Opcode::kTableGrow: return runtime(opcode, Special::kTableGrow, 2, table().address_type());
    case Opcode::kTableFill: return runtime(opcode, Special::kTableFill, 3, {});
    case Opcode::kTableCopy: return runtime(opcode, Special::kTableCopy, 3, {});
    case Opcode::kTableInit: return runtime(opcode, Special::kTableInit, 3, {});
    case Opcode::kElemDrop: return runtime(opcode, Special::kElemDrop, 0, {});
    case Opcode::kRefFunc: return runtime(opcode, Special::kRefFunc, 0, kFuncRef);
    case Opcode::kRefAsNonNull: {
      const ValType type = stack_.back().type;
      llvm::Value* reference = pop();
      builder_.guard_fails({ir_.CreateIsNotNull(reference)}, trap_code(TrapKind::kNullReference));
      push(reference, type);
      return true;
    }
    default: break;
  }
  if (feature_of(opcode) == Feature::kGc) return object(opcode);
  if (host_.handlers->on_slots[static_cast<std::size_t>(opcode)] != nullptr)
    return on_slots(opcode);
  return lower_numeric(*this, opcode);
}

}  // namespace doppel::jit
