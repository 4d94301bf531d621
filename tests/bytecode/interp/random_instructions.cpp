// SPDX-License-Identifier: Apache-2.0
// Where the opcode table gives a signature, it is the recipe; others have a function each.
#include "tests/bytecode/interp/random_instructions.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace doppel::bytecode {

namespace {

ValType operand_type(OperandKind kind) {
  constexpr std::array kOperandTypes{kI32, kI64, kF32, kF64, kV128, kI32};
  return kOperandTypes[static_cast<std::size_t>(kind)];
}

/// Relaxed instructions whose result depends on the engine, and the operands for which it does not.
struct Tamed {
  Opcode opcode;
  bool all;  ///< operands, or the last one only
  std::uint64_t keep;
  std::uint64_t set = 0;
  Opcode compare = Opcode::kUnreachable;
};

constexpr std::uint64_t kPositiveF32 = 0x3fff'ffff'3fff'ffff;
constexpr std::uint64_t kPositiveF64 = 0x3fff'ffff'ffff'ffff;
// Numbers of few bits and like exponents, whose products and sums are exact.
constexpr std::uint64_t kExactF32 = 0x0070'0000'0070'0000;
constexpr std::uint64_t kExactF32Set = 0x4000'0000'4000'0000;
constexpr std::uint64_t kExactF64 = 0x000f'0000'0000'0000;
constexpr std::uint64_t kExactF64Set = 0x4000'0000'0000'0000;
constexpr std::array kTamed{
    Tamed{Opcode::kI8x16RelaxedSwizzle, false, 0x0f0f'0f0f'0f0f'0f0f},
    Tamed{Opcode::kI32x4RelaxedTruncF32x4S, true, kPositiveF32},
    Tamed{Opcode::kI32x4RelaxedTruncF32x4U, true, kPositiveF32},
    Tamed{Opcode::kI32x4RelaxedTruncF64x2SZero, true, kPositiveF64},
    Tamed{Opcode::kI32x4RelaxedTruncF64x2UZero, true, kPositiveF64},
    Tamed{Opcode::kF32x4RelaxedMadd, true, kExactF32, kExactF32Set},
    Tamed{Opcode::kF32x4RelaxedNmadd, true, kExactF32, kExactF32Set},
    Tamed{Opcode::kF64x2RelaxedMadd, true, kExactF64, kExactF64Set},
    Tamed{Opcode::kF64x2RelaxedNmadd, true, kExactF64, kExactF64Set},
    Tamed{Opcode::kI8x16RelaxedLaneselect, false, 0, 0, Opcode::kI8x16LtS},
    Tamed{Opcode::kI16x8RelaxedLaneselect, false, 0, 0, Opcode::kI16x8LtS},
    Tamed{Opcode::kI32x4RelaxedLaneselect, false, 0, 0, Opcode::kI32x4LtS},
    Tamed{Opcode::kI64x2RelaxedLaneselect, false, 0, 0, Opcode::kI64x2LtS},
    Tamed{Opcode::kF32x4RelaxedMin, true, kPositiveF32},
    Tamed{Opcode::kF32x4RelaxedMax, true, kPositiveF32},
    Tamed{Opcode::kF64x2RelaxedMin, true, kPositiveF64},
    Tamed{Opcode::kF64x2RelaxedMax, true, kPositiveF64},
    Tamed{Opcode::kI16x8RelaxedQ15mulrS, true, 0x7fff'7fff'7fff'7fff},
    Tamed{Opcode::kI16x8RelaxedDotI8x16I7x16S, false, 0x7f7f'7f7f'7f7f'7f7f},
    Tamed{Opcode::kI32x4RelaxedDotI8x16I7x16AddS, true, 0x7f7f'7f7f'7f7f'7f7f},
};

class Recipe {
 public:
  Recipe(Opcode opcode, const RandomShape& shape, std::optional<ValType> top, Choices& choices)
      : opcode_(opcode), row_(info(opcode)), shape_(shape), top_(top), choices_(choices) {}

  std::optional<Use> make() {
    const bool found = choose();
    return found ? std::optional(std::move(use_)) : std::nullopt;
  }

 private:
  bool choose() {
    switch (row_.immediates) {
      case Immediates::kLane: fixed(); return lane();
      case Immediates::kShuffle: fixed(); return shuffle();
      case Immediates::kFence: use_.immediates.byte(0); return true;
      case Immediates::kMemArg:
      case Immediates::kMemArgLane: return access();
      case Immediates::kMemory: return memory();
      case Immediates::kMemoryMemory: return memory_copy();
      case Immediates::kDataMemory: return memory_init();
      case Immediates::kData: immediate(choices_.below(2)); return choices_.one_in(6);
      case Immediates::kElement:
        immediate(choices_.below(size_of(shape_.elements)));
        return choices_.one_in(8);
      case Immediates::kTable: return table();
      case Immediates::kTableTable: return table_copy();
      case Immediates::kElementTable: return table_init();
      case Immediates::kHeapType: return heap_type();
      case Immediates::kFunc: return function();
      case Immediates::kTypeField: return field();
      case Immediates::kType: return is_of_struct() ? new_struct() : array();
      case Immediates::kTypeCount:
      case Immediates::kTypeData:
      case Immediates::kTypeElement: return array();
      case Immediates::kTypeType: return array_copy();
      default: break;
    }
    if (row_.signature.is_fixed) return fixed();
    return reference_operation();
  }

  // Parts of a Use.
  template <class List>
  static std::uint32_t size_of(const List& list) {
    return static_cast<std::uint32_t>(list.size());
  }
  void immediate(std::uint64_t value) { use_.immediates.unsigned_leb(value); }
  void pop(ValType type) { use_.pops.push_back({type}); }
  void pop_below(std::uint64_t limit, ValType type = kI32) {
    use_.pops.push_back({type, Care::kBelow, limit});
  }
  void pop_small(std::uint64_t mask, ValType type = kI32) {
    use_.pops.push_back({type, Care::kSmall, mask});
  }
  void push(ValType type) { use_.pushes.push_back(type); }
  /// One of the numbers below `count` that fit.
  template <class Fits>
  std::optional<std::uint32_t> one_of(std::uint32_t count, Fits fits) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (fits(i)) found.push_back(i);
    }
    return found.empty() ? std::nullopt : std::optional(choices_.of(found));
  }

  /// Operands and results as the row says.
  bool fixed() {
    const Signature& signature = row_.signature;
    for (std::size_t i = 0; i < signature.pops; ++i) pop(operand_type(signature.types[i]));
    for (std::size_t i = 0; i < signature.pushes; ++i)
      push(operand_type(signature.types[signature.pops + i]));
    care_for_operands();
    return true;
  }

  void care_for_operands() {
    if (use_.pops.empty()) return;
    Operand& last = use_.pops.back();
    const std::string_view name = row_.name;
    const bool is_seen = name.find("reinterpret_f") != std::string_view::npos ||
                         name.find("copysign") != std::string_view::npos ||
                         row_.feature == Feature::kSimd;
    if (is_seen && (last.type == kF32 || last.type == kF64)) last.care = Care::kNoNan;
    const bool divides = name.find(".div_") != std::string_view::npos ||
                         name.find(".rem_") != std::string_view::npos;
    if (divides) last.care = Care::kNonZero;
    if (row_.feature == Feature::kRelaxedSimd &&
        (shape_.options.for_any_engine || choices_.one_in(2)))
      tame();
  }

  void tame() {
    const Tamed& how = *std::ranges::find(kTamed, opcode_, &Tamed::opcode);
    for (Operand& operand : use_.pops) {
      if (!how.all && &operand != &use_.pops.back()) continue;
      operand.care = how.compare == Opcode::kUnreachable ? Care::kMasked : Care::kLanes;
      operand.limit = how.keep;
      operand.set = how.set;
      operand.compare = how.compare;
    }
  }

  bool lane() {
    use_.immediates.byte(static_cast<std::uint8_t>(choices_.below(16U >> row_.width_log2)));
    return true;
  }
  bool shuffle() {
    for (int i = 0; i < 16; ++i)
      use_.immediates.byte(static_cast<std::uint8_t>(choices_.below(32)));
    return true;
  }

  // Memory.
  /// The number of a memory, the first one mostly.
  std::uint32_t choose_memory() {
    return choices_.one_in(2) ? choices_.below(size_of(shape_.memories)) : 0;
  }
  static std::uint64_t mask_of(const MemoryType& memory) {
    return memory.page_log2 < 16 ? 0x7f : 0xfe0f;
  }

  bool access() {
    constexpr std::uint32_t kHasMemory = 0x40;
    const bool is_atomic = row_.feature == Feature::kThreads;
    const bool waits =
        opcode_ == Opcode::kMemoryAtomicWait32 || opcode_ == Opcode::kMemoryAtomicWait64;
    std::uint32_t memory = choose_memory();
    if (waits) {
      // Of an unshared memory it is a trap.
      const auto shared = one_of(size_of(shape_.memories),
                                 [&](std::uint32_t i) { return shape_.memories[i].is_shared; });
      if (shared && !choices_.one_in(8)) memory = *shared;
    }
    const MemoryType& type = shape_.memories[memory];
    fixed();
    Operand& address = use_.pops.front();
    address = {type.address_type(), Care::kSmall, mask_of(type)};
    if (type.page_log2 == 16 && choices_.one_in(4)) address.limit = 0xffff;
    if (is_atomic) address.limit &= ~((std::uint64_t{1} << row_.width_log2) - 1);
    if (waits) use_.pops.back() = {kI64, Care::kBelow, 2000};  // nanoseconds
    Operand& last = use_.pops.back();
    if (last.type == kF32 || last.type == kF64) last.care = Care::kNoNan;
    const std::uint32_t align = is_atomic ? row_.width_log2 : choices_.below(row_.width_log2 + 1U);
    immediate(align | (memory > 0 ? kHasMemory : 0));
    if (memory > 0) immediate(memory);
    std::uint64_t offset = choices_.below(60);
    if (is_atomic) offset &= ~7ULL;
    if (choices_.one_in(32)) offset = type.is_64 ? ~std::uint64_t{15} : 0xffff'fff0;
    immediate(offset);
    return row_.immediates != Immediates::kMemArgLane || lane();
  }

  bool memory() {
    const std::uint32_t memory = choose_memory();
    const ValType address = shape_.memories[memory].address_type();
    immediate(memory);
    if (opcode_ == Opcode::kMemoryFill) {
      pop_small(mask_of(shape_.memories[memory]), address);
      pop(kI32);
      pop_below(30, address);
      return true;
    }
    if (opcode_ == Opcode::kMemoryGrow) pop_below(2, address);
    push(address);
    return true;
  }

  bool memory_copy() {
    const std::uint32_t to = choose_memory();
    const std::uint32_t from = choose_memory();
    const MemoryType& destination = shape_.memories[to];
    const MemoryType& source = shape_.memories[from];
    immediate(to);
    immediate(from);
    pop_small(mask_of(destination), destination.address_type());
    pop_below(60, source.address_type());
    pop_below(30, destination.is_64 && source.is_64 ? kI64 : kI32);
    return true;
  }

  bool memory_init() {
    const std::uint32_t memory = choose_memory();
    immediate(choices_.below(2));
    immediate(memory);
    pop_small(mask_of(shape_.memories[memory]), shape_.memories[memory].address_type());
    pop_below(10);
    pop_below(20);
    return true;
  }

  // Tables.
  static constexpr std::uint32_t kTableMask = RandomShape::kTableSize - 1;

  bool table() {
    const std::uint32_t index = choices_.below(size_of(shape_.tables));
    const TableType& type = shape_.tables[index];
    const ValType address = type.address_type();
    const ValType element = type.element;
    immediate(index);
    switch (opcode_) {
      case Opcode::kTableGet:
        pop_small(kTableMask, address);
        push(element);
        return true;
      case Opcode::kTableSet:
        pop_small(kTableMask, address);
        pop(element);
        return true;
      case Opcode::kTableGrow:
        pop(element);
        pop_below(3, address);
        push(address);
        return true;
      case Opcode::kTableFill:
        pop_small(kTableMask, address);
        pop(element);
        pop_below(3, address);
        return true;
      default: push(address); return true;
    }
  }

  bool table_copy() {
    const std::uint32_t to = choices_.below(size_of(shape_.tables));
    const TableType& destination = shape_.tables[to];
    const auto from = one_of(size_of(shape_.tables), [&](std::uint32_t i) {
      return shape_.matches(shape_.tables[i].element, destination.element);
    });
    const TableType& source = shape_.tables[*from];
    immediate(to);
    immediate(*from);
    pop_small(kTableMask, destination.address_type());
    pop_below(5, source.address_type());
    pop_below(4, destination.is_64 && source.is_64 ? kI64 : kI32);
    return true;
  }

  bool table_init() {
    const std::uint32_t table = choices_.below(size_of(shape_.tables));
    const auto segment = one_of(size_of(shape_.elements), [&](std::uint32_t i) {
      return shape_.matches(shape_.elements[i].type, shape_.tables[table].element);
    });
    if (!segment) return false;
    immediate(*segment);
    immediate(table);
    pop_small(kTableMask, shape_.tables[table].address_type());
    pop_below(3);
    pop_below(4);
    return true;
  }

  // References.
  /// The type of some reference, with those of exceptions only where asked for.
  ValType any_reference(bool exceptions) {
    const auto allowed = [&](ValType type) {
      return type.is_ref() && (exceptions || shape_.top_of(type) != reference(HeapKind::kExn));
    };
    if (top_ && allowed(*top_)) return *top_;
    std::vector<ValType> found;
    std::ranges::copy_if(shape_.values, std::back_inserter(found), allowed);
    return choices_.of(found);
  }

  bool function() {
    const std::uint32_t index = choices_.below(size_of(shape_.functions));
    immediate(index);
    push(shape_.has(Feature::kFunctionReferences) ? reference(shape_.functions[index], false)
                                                  : kFuncRef);
    return true;
  }

  /// ref.null, and tests and casts to a type.
  bool heap_type() {
    if (opcode_ == Opcode::kRefNull) {
      const HeapType heap = any_reference(true).ref().heap;
      use_.immediates.heap_type(heap);
      push(reference(heap));
      return true;
    }
    const ValType target = any_reference(false);
    const HeapType heap = target.ref().heap;
    use_.immediates.heap_type(heap);
    const bool is_test = opcode_ == Opcode::kRefTest || opcode_ == Opcode::kRefTestNull;
    // What is surely of the type can be cast without a trap.
    const bool is_sure = !is_test && !choices_.one_in(4);
    pop(is_sure ? reference(heap) : shape_.top_of(target));
    push(is_test ? kI32 : reference(heap, opcode_ == Opcode::kRefCastNull));
    return true;
  }

  bool reference_operation() {
    const auto convert = [this](ValType from, ValType to) {
      pop(from);
      push(to);
      return true;
    };
    switch (opcode_) {
      case Opcode::kRefIsNull: return convert(any_reference(true), kI32);
      case Opcode::kRefAsNonNull: {
        const HeapType heap = any_reference(false).ref().heap;
        return convert(reference(heap), reference(heap, false));
      }
      case Opcode::kRefEq:
        pop(reference(HeapKind::kEq));
        return convert(reference(HeapKind::kEq), kI32);
      case Opcode::kAnyConvertExtern: return convert(kExternRef, reference(HeapKind::kAny));
      case Opcode::kExternConvertAny: return convert(reference(HeapKind::kAny), kExternRef);
      case Opcode::kRefI31: return convert(kI32, reference(HeapKind::kI31, false));
      case Opcode::kI31GetS:
      case Opcode::kI31GetU: return convert(reference(HeapKind::kI31), kI32);
      case Opcode::kArrayLen: return convert(reference(HeapKind::kArray), kI32);
      default: return false;
    }
  }

  // Objects.
  bool is_of_struct() const {
    return opcode_ == Opcode::kStructNew || opcode_ == Opcode::kStructNewDefault;
  }

  bool new_struct() {
    const std::uint32_t type = choices_.of(shape_.structs);
    immediate(type);
    if (opcode_ == Opcode::kStructNew) {
      for (const FieldType& field : shape_.fields(type)) pop(field.type);
    }
    push(reference(type, false));
    return true;
  }

  /// Whether a field can be accessed by this instruction.
  bool fits(const FieldType& field) const {
    const bool is_packed = field.packing != Packing::kNone;
    switch (opcode_) {
      case Opcode::kStructGet:
      case Opcode::kArrayGet: return !is_packed;
      case Opcode::kStructGetS:
      case Opcode::kStructGetU:
      case Opcode::kArrayGetS:
      case Opcode::kArrayGetU: return is_packed;
      case Opcode::kArrayNewData: return !field.type.is_ref();
      case Opcode::kArrayInitData: return field.is_mutable && !field.type.is_ref();
      case Opcode::kArrayNewElem: return segment_for(field).has_value();
      case Opcode::kArrayInitElem: return field.is_mutable && segment_for(field).has_value();
      case Opcode::kStructSet:
      case Opcode::kArraySet:
      case Opcode::kArrayFill:
      case Opcode::kArrayCopy: return field.is_mutable;
      default: return true;
    }
  }

  std::optional<std::uint32_t> segment_for(const FieldType& element) const {
    for (std::uint32_t i = size_of(shape_.elements); i > 0; --i) {
      if (shape_.matches(shape_.elements[i - 1].type, element.type)) return i - 1;
    }
    return std::nullopt;
  }

  bool field() {
    const std::uint32_t type = choices_.of(shape_.structs);
    const auto& fields = shape_.fields(type);
    const auto index = one_of(size_of(fields), [&](std::uint32_t i) { return fits(fields[i]); });
    if (!index) return false;
    immediate(type);
    immediate(*index);
    pop(reference(type));
    if (opcode_ == Opcode::kStructSet) {
      pop(fields[*index].type);
    } else {
      push(fields[*index].type);
    }
    return true;
  }

  bool array() {
    const auto usable = [&](std::uint32_t i) {
      return fits(shape_.fields(shape_.arrays[i]).front());
    };
    // Of what stands in variables, more is seen.
    const auto kept = one_of(size_of(shape_.arrays), [&](std::uint32_t i) {
      return usable(i) && shape_.is_variable(reference(shape_.arrays[i]));
    });
    const auto found = kept && !choices_.one_in(4) ? kept : one_of(size_of(shape_.arrays), usable);
    if (!found) return false;
    const std::uint32_t type = shape_.arrays[*found];
    const FieldType& element = shape_.fields(type).front();
    immediate(type);
    const bool makes_one = opcode_ <= Opcode::kArrayNewElem;
    if (makes_one) {
      push(reference(type, false));
    } else {
      pop(reference(type));
      pop_small(3);
    }
    switch (opcode_) {
      case Opcode::kArrayNew:
        pop(element.type);
        pop_below(10);
        break;
      case Opcode::kArrayNewDefault: pop_below(10); break;
      case Opcode::kArrayNewFixed: {
        const std::uint32_t count = choices_.below(6);
        immediate(count);
        for (std::uint32_t i = 0; i < count; ++i) pop(element.type);
        break;
      }
      case Opcode::kArrayNewData:
      case Opcode::kArrayInitData:
        immediate(choices_.below(2));
        pop_below(8);
        pop_below(4);
        break;
      case Opcode::kArrayNewElem:
      case Opcode::kArrayInitElem:
        immediate(*segment_for(element));
        pop_below(2);
        pop_below(3);
        break;
      case Opcode::kArraySet: pop(element.type); break;
      case Opcode::kArrayFill:
        pop(element.type);
        pop_below(4);
        break;
      default: push(element.type); break;
    }
    return true;
  }

  bool array_copy() {
    const auto element = [&](std::uint32_t i) -> const FieldType& {
      return shape_.fields(shape_.arrays[i]).front();
    };
    const auto to =
        one_of(size_of(shape_.arrays), [&](std::uint32_t i) { return fits(element(i)); });
    const auto from = one_of(size_of(shape_.arrays), [&](std::uint32_t i) {
      return element(i).packing == element(*to).packing &&
             shape_.matches(element(i).type, element(*to).type);
    });
    for (const std::uint32_t index : {*to, *from}) immediate(shape_.arrays[index]);
    pop(reference(shape_.arrays[*to]));
    pop_small(3);
    pop(reference(shape_.arrays[*from]));
    pop_small(3);
    pop_below(4);
    return true;
  }

  Opcode opcode_;
  const OpcodeInfo& row_;
  const RandomShape& shape_;
  std::optional<ValType> top_;
  Choices& choices_;
  Use use_;
};

/// None: constants, variables and control, which bodies do themselves.
std::optional<Group> group_of(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const bool is_vector = row.feature == Feature::kSimd || row.feature == Feature::kRelaxedSimd;
  switch (row.immediates) {
    case Immediates::kMemArg:
    case Immediates::kMemArgLane:
      return row.feature == Feature::kThreads ? Group::kAtomic : Group::kAccess;
    case Immediates::kFence: return Group::kAtomic;
    case Immediates::kMemory:
    case Immediates::kMemoryMemory:
    case Immediates::kData:
    case Immediates::kDataMemory: return Group::kBulk;
    case Immediates::kTable:
    case Immediates::kTableTable:
    case Immediates::kElement:
    case Immediates::kElementTable: return Group::kTable;
    case Immediates::kLane:
    case Immediates::kShuffle: return Group::kVector;
    case Immediates::kNone:
      if (is_vector) return Group::kVector;
      if (row.signature.is_fixed && row.signature.pops > 0) return Group::kNumeric;
      break;
    default: break;
  }
  // The rows of references and objects stand together.
  const bool is_reference = opcode >= Opcode::kRefNull && opcode <= Opcode::kI31GetU;
  if (is_reference && !row.signature.is_fixed) {
    const bool is_plain = row.feature == Feature::kReferenceTypes;
    return is_plain ? Group::kTable : Group::kObject;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Use> random_use(Opcode opcode, const RandomShape& shape, std::optional<ValType> top,
                              Choices& choices) {
  return Recipe(opcode, shape, top, choices).make();
}

std::vector<Opcode> instructions(Group group, Features features) {
  std::vector<Opcode> found;
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    const auto opcode = static_cast<Opcode>(row);
    if (group_of(opcode) == group && features.has(feature_of(opcode))) found.push_back(opcode);
  }
  return found;
}

bool makes_nans(Opcode opcode) {
  const std::string_view name = info(opcode).name;
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos ||
      (name.substr(0, dot) != "f32x4" && name.substr(0, dot) != "f64x2"))
    return false;
  constexpr std::array kExact{"abs", "neg", "splat", "eq",   "ne",  "lt",
                              "gt",  "le",  "ge",    "pmin", "pmax"};
  return info(opcode).immediates == Immediates::kNone &&
         std::ranges::count(kExact, name.substr(dot + 1)) == 0;
}

}  // namespace doppel::bytecode
