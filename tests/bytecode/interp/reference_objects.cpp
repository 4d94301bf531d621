// SPDX-License-Identifier: Apache-2.0
// References and objects of the reference; an object is never freed.
#include <algorithm>
#include <cstring>

#include "bytecode/validate/heap_types.h"
#include "tests/bytecode/interp/reference_stack.h"

namespace doppel::bytecode {

namespace {

bool is_i31(Word reference) { return (reference & 1U) != 0; }

/// Bytes of an element in a data segment.
std::size_t width(const FieldType& element) {
  if (element.packing != Packing::kNone) return element.packing == Packing::kI8 ? 1 : 2;
  switch (element.type.kind()) {
    case ValKind::kI32:
    case ValKind::kF32: return 4;
    case ValKind::kV128: return 16;
    default: return 8;
  }
}

/// A value as a field keeps it, and as an access reads it.
Word packed(const FieldType& field, Word value) {
  if (field.packing == Packing::kNone) return value;
  return value & (field.packing == Packing::kI8 ? 0xffU : 0xffffU);
}
Word unpacked(const FieldType& field, Word value, bool is_signed) {
  if (!is_signed) return value;
  const auto low = static_cast<std::uint64_t>(value);
  const std::int32_t extended = field.packing == Packing::kI8 ? static_cast<std::int8_t>(low)
                                                              : static_cast<std::int16_t>(low);
  return static_cast<std::uint32_t>(extended);
}

bool is_signed(Opcode opcode) {
  return opcode == Opcode::kStructGetS || opcode == Opcode::kArrayGetS;
}

}  // namespace

Word Reference::make(TypeIndex type, Values fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i] = packed(field(type, i), fields[i]);
  objects_.push_back({type, std::move(fields)});
  return Word{objects_.size()} << 1U;
}

Reference::Object& Reference::deref(Word reference) {
  check(reference != 0, TrapKind::kNullReference);
  return objects_[static_cast<std::size_t>(reference >> 1U) - 1];
}

/// The type of a struct's field, or of an array's elements.
const FieldType& Reference::field(TypeIndex type, std::size_t index) const {
  const CompositeType& composite = module_.types[type.value()].composite;
  return composite.fields[composite.kind == CompositeKind::kArray ? 0 : index];
}

/// Types of a recursion group are different by their places; of the others, which are functions,
/// those are the same that look the same.
bool Reference::is_subtype(TypeIndex sub, TypeIndex super) const {
  for (std::optional<TypeIndex> each = sub; each; each = module_.types[each->value()].super) {
    if (*each == super) return true;
    const DefinedType& a = module_.types[each->value()];
    const DefinedType& b = module_.types[super.value()];
    const bool are_alone = a.group_size == 1 && b.group_size == 1;
    if (are_alone && a.composite.func == b.composite.func) return true;
  }
  return false;
}

bool Reference::is_of(Word reference, RefType type) const {
  if (reference == 0) return type.nullable;
  const auto kind_of = [this](TypeIndex index) {
    return module_.types[index.value()].composite.kind;
  };
  const auto is_sub = [this](TypeIndex sub, TypeIndex super) { return is_subtype(sub, super); };
  const auto is = [&](HeapType actual) { return heap_matches(actual, type.heap, kind_of, is_sub); };
  switch (top_of(type.heap, kind_of)) {
    case HeapKind::kFunc:
      return is(HeapType(module_.functions[static_cast<std::size_t>(reference) - 1]));
    case HeapKind::kExtern: return is(HeapKind::kExtern);
    case HeapKind::kExn: return is(HeapKind::kExn);
    default: return is_i31(reference) ? is(HeapKind::kI31) : is(HeapType(object(reference).type));
  }
}

bool Reference::reference_instruction(Activation& at, Opcode opcode) {
  Values& stack = at.stack;
  switch (opcode) {
    case Opcode::kRefNull:
      at.reader.read_heap_type();
      stack.push_back(0);
      return true;
    case Opcode::kRefFunc: stack.push_back(at.reader.read_u32() + 1); return true;
    case Opcode::kRefIsNull: stack.back() = stack.back() == 0 ? 1 : 0; return true;
    case Opcode::kRefAsNonNull: check(stack.back() != 0, TrapKind::kNullReference); return true;
    case Opcode::kRefEq: {
      const Word other = take(stack);
      stack.back() = stack.back() == other ? 1 : 0;
      return true;
    }
    case Opcode::kRefTest:
    case Opcode::kRefTestNull: {
      const HeapType heap = at.reader.read_heap_type();
      stack.back() = is_of(stack.back(), {heap, opcode == Opcode::kRefTestNull}) ? 1 : 0;
      return true;
    }
    case Opcode::kRefCast:
    case Opcode::kRefCastNull: {
      const HeapType heap = at.reader.read_heap_type();
      check(is_of(stack.back(), {heap, opcode == Opcode::kRefCastNull}), TrapKind::kCastFailure);
      return true;
    }
    case Opcode::kAnyConvertExtern:
    case Opcode::kExternConvertAny: return true;
    case Opcode::kRefI31: stack.push_back(Word{take_i32(stack) << 1U} | 1U); return true;
    case Opcode::kI31GetS:
    case Opcode::kI31GetU: {
      const Word i31 = take(stack);
      check(i31 != 0, TrapKind::kNullReference);
      const auto word = static_cast<std::uint32_t>(i31);
      const auto extended = static_cast<std::uint32_t>(static_cast<std::int32_t>(word) >> 1);
      stack.push_back(opcode == Opcode::kI31GetS ? extended : word >> 1U);
      return true;
    }
    default: return false;
  }
}

bool Reference::object_instruction(Activation& at, Opcode opcode) {
  const bool is_known = opcode >= Opcode::kStructNew && opcode <= Opcode::kArrayInitElem;
  if (!is_known) return false;
  Values& stack = at.stack;
  if (opcode == Opcode::kArrayLen) {
    stack.push_back(deref(take(stack)).fields.size());
    return true;
  }
  const auto type = at.reader.read_index<TypeIndex>();
  const std::size_t fields = module_.types[type.value()].composite.fields.size();
  switch (opcode) {
    case Opcode::kStructNew: stack.push_back(make(type, take_many(stack, fields))); return true;
    case Opcode::kStructNewDefault: stack.push_back(make(type, Values(fields))); return true;
    case Opcode::kStructGet:
    case Opcode::kStructGetS:
    case Opcode::kStructGetU: {
      const std::uint32_t index = at.reader.read_u32();
      const Word value = deref(take(stack)).fields[index];
      stack.push_back(unpacked(field(type, index), value, is_signed(opcode)));
      return true;
    }
    case Opcode::kStructSet: {
      const std::uint32_t index = at.reader.read_u32();
      const Word value = take(stack);
      deref(take(stack)).fields[index] = packed(field(type, index), value);
      return true;
    }
    default: array_instruction(at, opcode, type); return true;
  }
}

/// `count` elements of a data segment.
Values Reference::from_data(std::uint32_t segment, const FieldType& element, Word from,
                            Word count) const {
  const std::size_t bytes = width(element);
  check(contains(data_[segment].size(), from, count * bytes), TrapKind::kMemoryOutOfBounds);
  Values values(static_cast<std::size_t>(count));
  const std::byte* at = data_[segment].data() + static_cast<std::size_t>(from);
  for (Word& value : values) {
    std::memcpy(&value, at, bytes);
    at += bytes;
  }
  return values;
}

void Reference::array_instruction(Activation& at, Opcode opcode, TypeIndex type) {
  Values& stack = at.stack;
  const FieldType& element = field(type, 0);
  const bool has_segment = opcode == Opcode::kArrayNewData || opcode == Opcode::kArrayNewElem ||
                           opcode == Opcode::kArrayInitData || opcode == Opcode::kArrayInitElem;
  const bool has_more =
      has_segment || opcode == Opcode::kArrayNewFixed || opcode == Opcode::kArrayCopy;
  const std::uint32_t more = has_more ? at.reader.read_u32() : 0;
  const auto from_segment = [&](Word from, Word count) {
    if (opcode == Opcode::kArrayNewData || opcode == Opcode::kArrayInitData)
      return from_data(more, element, from, count);
    const Values& items = elements_[more];
    check(contains(items.size(), from, count), TrapKind::kTableOutOfBounds);
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(from);
    return Values(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  const auto new_array = [&](Values values) { stack.push_back(make(type, std::move(values))); };
  switch (opcode) {
    case Opcode::kArrayNew:
    case Opcode::kArrayNewDefault: {
      const std::uint32_t count = take_i32(stack);
      return new_array(Values(count, opcode == Opcode::kArrayNew ? take(stack) : 0));
    }
    case Opcode::kArrayNewFixed: return new_array(take_many(stack, more));
    case Opcode::kArrayNewData:
    case Opcode::kArrayNewElem: {
      const Word count = take(stack);
      return new_array(from_segment(take(stack), count));
    }
    case Opcode::kArrayGet:
    case Opcode::kArrayGetS:
    case Opcode::kArrayGetU: {
      const std::uint32_t index = take_i32(stack);
      const Values& elements = deref(take(stack)).fields;
      check(index < elements.size(), TrapKind::kArrayOutOfBounds);
      return stack.push_back(unpacked(element, elements[index], is_signed(opcode)));
    }
    default: break;
  }
  // The others write a range: of what is read from the stack, a segment or another array.
  const bool is_range = opcode != Opcode::kArraySet;
  const Word count = is_range ? take(stack) : 1;
  const Word source = take(stack);  // a value, or where to begin
  const Word from_array = opcode == Opcode::kArrayCopy ? take(stack) : 0;
  const Word to = take(stack);
  const Word target = take(stack);
  const std::size_t length = deref(target).fields.size();
  Values values;
  if (opcode == Opcode::kArrayCopy) values = deref(from_array).fields;
  check(contains(length, to, count), TrapKind::kArrayOutOfBounds);
  auto begin = static_cast<std::ptrdiff_t>(0);
  if (opcode == Opcode::kArrayCopy) {
    check(contains(values.size(), source, count), TrapKind::kArrayOutOfBounds);
    begin = static_cast<std::ptrdiff_t>(source);
  } else if (has_segment) {
    values = from_segment(source, count);
  } else {
    values.assign(static_cast<std::size_t>(count), packed(element, source));
  }
  std::copy_n(values.begin() + begin, static_cast<std::size_t>(count),
              deref(target).fields.begin() + static_cast<std::ptrdiff_t>(to));
}

}  // namespace doppel::bytecode
