// SPDX-License-Identifier: Apache-2.0
// Lane-wise comparison, NaN patterns, and values as text.
#include "bytecode/text/script_value.h"

#include <fmt/format.h>

#include "bytecode/text/literal.h"

namespace doppel::bytecode::text {
namespace {

constexpr std::uint64_t kQuietF32 = 0x7fc00000;
constexpr std::uint64_t kQuietF64 = 0x7ff8000000000000;

/// The lane number `index` of `bytes` bytes each.
std::uint64_t lane_of(std::span<const std::uint64_t> slots, unsigned bytes, std::size_t index) {
  const std::size_t lanes_per_slot = 8 / bytes;
  const std::uint64_t slot = slots[index / lanes_per_slot];
  const std::uint64_t shifted = slot >> (index % lanes_per_slot * bytes * 8);
  return bytes == 8 ? shifted : shifted & ((std::uint64_t{1} << (bytes * 8)) - 1);
}

bool lane_matches(const NumberPattern::Lane& lane, unsigned bytes, std::uint64_t bits) {
  const std::uint64_t quiet = bytes == 4 ? kQuietF32 : kQuietF64;
  const std::uint64_t sign = std::uint64_t{1} << (bytes * 8 - 1);
  switch (lane.nan) {
    case NanPattern::kNone: return bits == lane.bits;
    case NanPattern::kCanonical: return (bits & ~sign) == quiet;
    case NanPattern::kArithmetic: return (bits & quiet) == quiet;
  }
  return false;
}

bool number_matches(const NumberPattern& pattern, ValType type,
                    std::span<const std::uint64_t> slots) {
  if (type != pattern.type) return false;
  for (std::size_t i = 0; i < pattern.lanes.size(); ++i) {
    const std::uint64_t bits = lane_of(slots, pattern.lane_bytes, i);
    if (!lane_matches(pattern.lanes[i], pattern.lane_bytes, bits)) return false;
  }
  return true;
}

bool reference_matches(const RefPattern& pattern, ValType type, std::uint64_t word,
                       const gc::Heap& heap) {
  if (!type.is_ref()) return false;
  if (pattern.is_null) return word == 0;
  if (word == 0) return false;
  const HeapKind expected = pattern.heap->kind();
  if (!heap.is_collected(type)) return expected == HeapKind::kFunc;
  if (pattern.number) return word == gc::make_host_reference(*pattern.number);
  const auto is_of_kind = [&](gc::TypeKind kind) {
    return gc::is_object(word) && heap.type_of(gc::object_of(word)).kind == kind;
  };
  switch (expected) {
    case HeapKind::kExtern: return type.ref().heap.kind() == HeapKind::kExtern;
    case HeapKind::kAny: return true;
    case HeapKind::kEq: return !gc::is_host_reference(word);
    case HeapKind::kI31: return gc::is_i31(word);
    case HeapKind::kStruct: return is_of_kind(gc::TypeKind::kStruct);
    case HeapKind::kArray: return is_of_kind(gc::TypeKind::kArray);
    case HeapKind::kExn: return is_of_kind(gc::TypeKind::kException);
    default: return false;
  }
}

std::string describe_lane(ValType type, unsigned bytes, std::uint64_t bits) {
  if (type == kF32) return format_f32(static_cast<std::uint32_t>(bits));
  if (type == kF64) return format_f64(bits);
  if (type == kV128) return fmt::format("{:#0{}x}", bits, 2 * bytes + 2);
  return bytes == 4 ? fmt::format("{}", static_cast<std::int32_t>(bits))
                    : fmt::format("{}", static_cast<std::int64_t>(bits));
}

std::string describe(const NumberPattern& pattern) {
  std::string text = to_string(pattern.type);
  for (const NumberPattern::Lane& lane : pattern.lanes) {
    switch (lane.nan) {
      case NanPattern::kNone:
        text += " " + describe_lane(pattern.type, pattern.lane_bytes, lane.bits);
        break;
      case NanPattern::kCanonical: text += " nan:canonical"; break;
      case NanPattern::kArithmetic: text += " nan:arithmetic"; break;
    }
  }
  return text;
}

std::string describe(const RefPattern& pattern) {
  if (pattern.is_null) return "null";
  std::string text = fmt::format("a non-null {} reference", to_string(*pattern.heap));
  if (pattern.number) text += fmt::format(", number {}", *pattern.number);
  return text;
}

}  // namespace

void append_slots(const ScriptValue& value, std::vector<std::uint64_t>& slots) {
  if (value.type.is_ref()) {
    slots.push_back(value.is_null ? 0 : gc::make_host_reference(value.number));
    return;
  }
  for (std::uint32_t slot = 0; slot < value.type.slots(); ++slot) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{value.bytes[slot * 8 + i]} << (8 * i);
    slots.push_back(word);
  }
}

bool matches(const ResultPattern& pattern, ValType type, std::span<const std::uint64_t> slots,
             const gc::Heap& heap) {
  for (const auto& alternative : pattern) {
    const auto* number = std::get_if<NumberPattern>(&alternative);
    if (number != nullptr
            ? number_matches(*number, type, slots)
            : reference_matches(std::get<RefPattern>(alternative), type, slots[0], heap)) {
      return true;
    }
  }
  return false;
}

std::string describe_value(ValType type, std::span<const std::uint64_t> slots) {
  const std::string name = to_string(type);
  if (type.is_ref()) return slots[0] == 0 ? "a null " + name : "a non-null " + name;
  if (type.is_vector()) return fmt::format("{} {:#018x} {:#018x}", name, slots[0], slots[1]);
  const unsigned bytes = type == kI32 || type == kF32 ? 4 : 8;
  return name + " " + describe_lane(type, bytes, slots[0]);
}

std::string describe_pattern(const ResultPattern& pattern) {
  std::string text;
  for (const auto& alternative : pattern) {
    if (!text.empty()) text += " or ";
    text += std::visit([](const auto& one) { return describe(one); }, alternative);
  }
  return text;
}

}  // namespace doppel::bytecode::text
