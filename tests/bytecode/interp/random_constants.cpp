// SPDX-License-Identifier: Apache-2.0
// Values from nothing: all of these are constant expressions.
#include <algorithm>
#include <array>

#include "bytecode/validate/heap_types.h"
#include "tests/bytecode/interp/random_instructions.h"

namespace doppel::bytecode {

namespace {

void write_number(Encoder& out, ValType type, Choices& choices) {
  static constexpr std::array<std::int64_t, 12> kIntegers{
      0, 1, -1, 2, 7, 31, 64, 255, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
  static constexpr std::array<double, 12> kFloats{0.0,    -0.0,   1.0,  -1.0,    0.5,   -2.5,
                                                  0x1p31, 0x1p63, 1e30, -0x1p31, 3e-40, 100.25};
  const bool is_random = choices.one_in(4);
  switch (type.kind()) {
    case ValKind::kI32:
      write_i32(out, static_cast<std::int32_t>(is_random ? choices.word() : choices.of(kIntegers)));
      break;
    case ValKind::kI64:
      write_i64(out, static_cast<std::int64_t>(is_random ? choices.word() : choices.of(kIntegers)));
      break;
    case ValKind::kF32:
      out.opcode(Opcode::kF32Const);
      out.fixed(is_random
                    ? static_cast<std::uint32_t>(choices.word())
                    : __builtin_bit_cast(std::uint32_t, static_cast<float>(choices.of(kFloats))),
                4);
      break;
    case ValKind::kV128:
      out.opcode(Opcode::kV128Const);
      for (int half = 0; half < 2; ++half) {
        const std::uint64_t integer = static_cast<std::uint64_t>(choices.of(kIntegers));
        const auto real = __builtin_bit_cast(std::uint64_t, choices.of(kFloats));
        out.fixed(is_random ? choices.word() : choices.one_in(2) ? integer : real, 8);
      }
      break;
    default:
      out.opcode(Opcode::kF64Const);
      out.fixed(is_random ? choices.word() : __builtin_bit_cast(std::uint64_t, choices.of(kFloats)),
                8);
      break;
  }
}

void write_function(Encoder& out, HeapType heap, const RandomShape& shape, Choices& choices) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t f = 0; f < shape.functions.size(); ++f) {
    if (shape.matches(reference(shape.functions[f]), reference(heap))) found.push_back(f);
  }
  out.opcode(Opcode::kRefFunc);
  out.unsigned_leb(choices.of(found));
}

void write_object(Encoder& out, std::uint32_t type, const RandomShape& shape, Choices& choices) {
  const bool is_struct = shape.kind(TypeIndex{type}) == CompositeKind::kStruct;
  if (!is_struct)
    write_i32(out, static_cast<std::int32_t>(RandomShape::kArrayLength + choices.below(4)));
  out.opcode(is_struct ? Opcode::kStructNewDefault : Opcode::kArrayNewDefault);
  out.unsigned_leb(type);
}

void write_i31(Encoder& out, Choices& choices) {
  write_number(out, kI32, choices);
  out.opcode(Opcode::kRefI31);
}

/// An object of any heap type but those of functions and exceptions.
void write_any(Encoder& out, HeapType heap, const RandomShape& shape, Choices& choices) {
  if (heap.is_defined()) {
    // The first struct has a subtype.
    std::uint32_t type = heap.index().value();
    if (type == shape.structs[0] && choices.one_in(3)) type = shape.structs[1];
    return write_object(out, type, shape, choices);
  }
  const HeapKind kind = heap.kind();
  const std::uint32_t way = kind == HeapKind::kStruct  ? 1
                            : kind == HeapKind::kArray ? 2
                            : kind == HeapKind::kI31   ? 0
                                                       : choices.below(3);
  if (way == 0) return write_i31(out, choices);
  write_object(out, choices.of(way == 1 ? shape.structs : shape.arrays), shape, choices);
}

}  // namespace

void write_i32(Encoder& out, std::int32_t value) {
  out.opcode(Opcode::kI32Const);
  out.signed_leb(value);
}

void write_i64(Encoder& out, std::int64_t value) {
  out.opcode(Opcode::kI64Const);
  out.signed_leb(value);
}

void write_null(Encoder& out, HeapType heap) {
  out.opcode(Opcode::kRefNull);
  out.heap_type(heap);
}

void write_zero(Encoder& out, ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: write_i32(out, 0); break;
    case ValKind::kI64: write_i64(out, 0); break;
    case ValKind::kF32:
      out.opcode(Opcode::kF32Const);
      out.fixed(0, 4);
      break;
    case ValKind::kV128:
      out.opcode(Opcode::kV128Const);
      out.fixed(0, 8);
      out.fixed(0, 8);
      break;
    case ValKind::kRef: write_null(out, type.ref().heap); break;
    default:
      out.opcode(Opcode::kF64Const);
      out.fixed(0, 8);
      break;
  }
}

void write_new(Encoder& out, ValType type, const RandomShape& shape, Choices& choices) {
  if (!type.is_ref()) return write_number(out, type, choices);
  const HeapType heap = type.ref().heap;
  switch (shape.top_of(type).ref().heap.kind()) {
    case HeapKind::kFunc: return write_function(out, heap, shape, choices);
    case HeapKind::kExn: return write_null(out, heap);
    case HeapKind::kExtern:
      if (!shape.has(Feature::kGc)) return write_null(out, heap);
      write_any(out, HeapKind::kAny, shape, choices);
      out.opcode(Opcode::kExternConvertAny);
      return;
    default: return write_any(out, heap, shape, choices);
  }
}

}  // namespace doppel::bytecode
