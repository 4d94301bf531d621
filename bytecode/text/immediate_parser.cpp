// SPDX-License-Identifier: Apache-2.0
// One function for each form of immediates. Where text and binary order them differently, the
// binary order is made here.
#include "bytecode/text/immediate_parser.h"

#include <fmt/format.h>

#include <bit>
#include <unordered_map>

#include "bytecode/binary/instruction.h"

namespace doppel::bytecode::text {
namespace {

constexpr std::uint32_t kMemArgHasMemory = 0x40;

std::unordered_map<std::string_view, Opcode> opcodes_by_name() {
  std::unordered_map<std::string_view, Opcode> names;
  for (std::size_t row = 0; row < kOpcodeCount; ++row) {
    names.emplace(kOpcodes[row].name, static_cast<Opcode>(row));
  }
  return names;
}

struct CatchForm {
  std::string_view keyword;
  CatchKind kind;
};
constexpr CatchForm kCatchForms[] = {{"catch", CatchKind::kCatch},
                                     {"catch_ref", CatchKind::kCatchRef},
                                     {"catch_all", CatchKind::kCatchAll},
                                     {"catch_all_ref", CatchKind::kCatchAllRef}};

/// The shapes of vector constants.
struct VectorShape {
  std::string_view keyword;
  unsigned lanes;
  bool is_float;
};
constexpr VectorShape kVectorShapes[] = {{"i8x16", 16, false}, {"i16x8", 8, false},
                                         {"i32x4", 4, false},  {"i64x2", 2, false},
                                         {"f32x4", 4, true},   {"f64x2", 2, true}};

}  // namespace

std::optional<Opcode> find_opcode(std::string_view name) {
  static const auto names = opcodes_by_name();
  const auto found = names.find(name);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

Result<void> ImmediateParser::instruction(Opcode opcode, Encoder& to) {
  switch (opcode) {
    case Opcode::kSelect: return select(to);
    case Opcode::kRefTest: return test_or_cast(opcode, Opcode::kRefTestNull, to);
    case Opcode::kRefCast: return test_or_cast(opcode, Opcode::kRefCastNull, to);
    default: to.opcode(opcode); return immediates(opcode, to);
  }
}

Result<void> ImmediateParser::immediates(Opcode opcode, Encoder& to) {
  const OpcodeInfo& row = info(opcode);
  switch (row.immediates) {
    case Immediates::kNone: return {};
    case Immediates::kBlockType: return block_type(to);
    case Immediates::kLabel: return label(to);
    case Immediates::kLabelTable: return label_table(to);
    case Immediates::kFunc: return index(scope_.functions, to);
    case Immediates::kCallIndirect: return call_indirect(to);
    case Immediates::kType: return index(scope_.types, to);
    case Immediates::kTag: return index(scope_.tags, to);
    case Immediates::kLocal: return index(code_.locals, to);
    case Immediates::kGlobal: return index(scope_.globals, to);
    case Immediates::kTable: return optional_index(scope_.tables, to);
    case Immediates::kTableTable: return optional_index_pair(scope_.tables, to);
    case Immediates::kElement: return index(scope_.elements, to);
    case Immediates::kElementTable: return segment_and_target(scope_.elements, scope_.tables, to);
    case Immediates::kMemory: return optional_index(scope_.memories, to);
    case Immediates::kMemoryMemory: return optional_index_pair(scope_.memories, to);
    case Immediates::kData: code_.uses_data = true; return index(scope_.data, to);
    case Immediates::kDataMemory:
      code_.uses_data = true;
      return segment_and_target(scope_.data, scope_.memories, to);
    case Immediates::kMemArg: return memory_argument(row.width_log2, false, to);
    case Immediates::kMemArgLane: return memory_argument(row.width_log2, true, to);
    case Immediates::kI32:
      to.signed_leb(static_cast<std::int32_t>(DOPPEL_TRY(in_.expect_integer(32))));
      return {};
    case Immediates::kI64:
      to.signed_leb(static_cast<std::int64_t>(DOPPEL_TRY(in_.expect_integer(64))));
      return {};
    case Immediates::kF32: to.fixed(DOPPEL_TRY(in_.expect_f32()), 4); return {};
    case Immediates::kF64: to.fixed(DOPPEL_TRY(in_.expect_f64()), 8); return {};
    case Immediates::kV128: return vector(to);
    case Immediates::kLane: return lanes(1, to);
    case Immediates::kShuffle: return lanes(16, to);
    case Immediates::kHeapType: to.heap_type(DOPPEL_TRY(types_.heap_type())); return {};
    case Immediates::kSelectTypes: to.result_type(DOPPEL_TRY(types_.results())); return {};
    case Immediates::kTryTable: DOPPEL_TRY(block_type(to)); return catch_clauses(to);
    case Immediates::kCastBranch: return cast_branch(to);
    case Immediates::kTypeField: return type_and_field(to);
    case Immediates::kTypeCount:
      DOPPEL_TRY(index(scope_.types, to));
      to.unsigned_leb(DOPPEL_TRY(in_.expect_u32()));
      return {};
    case Immediates::kTypeData:
      code_.uses_data = true;
      return index_pair(scope_.types, scope_.data, to);
    case Immediates::kTypeElement: return index_pair(scope_.types, scope_.elements, to);
    case Immediates::kTypeType: return index_pair(scope_.types, scope_.types, to);
    case Immediates::kFence: to.byte(0); return {};
  }
  return {};
}

Result<void> ImmediateParser::index(const IndexSpace& space, Encoder& to) {
  to.unsigned_leb(DOPPEL_TRY(space.expect_index(in_)));
  return {};
}

Result<void> ImmediateParser::optional_index(const IndexSpace& space, Encoder& to) {
  if (in_.at_index()) return index(space, to);
  to.unsigned_leb(0);
  return {};
}

Result<void> ImmediateParser::index_pair(const IndexSpace& first, const IndexSpace& second,
                                         Encoder& to) {
  DOPPEL_TRY(index(first, to));
  return index(second, to);
}

Result<void> ImmediateParser::optional_index_pair(const IndexSpace& space, Encoder& to) {
  if (in_.at_index()) return index_pair(space, space, to);
  to.unsigned_leb(0);
  to.unsigned_leb(0);
  return {};
}

/// Text: target? segment. Binary: segment, target.
Result<void> ImmediateParser::segment_and_target(const IndexSpace& segments,
                                                 const IndexSpace& targets, Encoder& to) {
  const bool has_target =
      in_.peek(1).kind == TokenKind::kNumber || in_.peek(1).kind == TokenKind::kId;
  const std::uint32_t target = has_target ? DOPPEL_TRY(targets.expect_index(in_)) : 0;
  DOPPEL_TRY(index(segments, to));
  to.unsigned_leb(target);
  return {};
}

Result<std::uint32_t> ImmediateParser::label_index() {
  if (in_.at(TokenKind::kNumber)) return in_.expect_u32();
  const std::size_t place = in_.place();
  const auto id = in_.take_id();
  if (!id) return in_.unexpected("a label");
  for (std::size_t depth = 0; depth < code_.labels.size(); ++depth) {
    if (code_.labels[code_.labels.size() - 1 - depth] == id) {
      return static_cast<std::uint32_t>(depth);
    }
  }
  in_.seek(place);
  return in_.unexpected("the label of an enclosing block");
}

Result<void> ImmediateParser::label(Encoder& to) {
  to.unsigned_leb(DOPPEL_TRY(label_index()));
  return {};
}

Result<void> ImmediateParser::label_table(Encoder& to) {
  std::vector<std::uint32_t> labels;
  do labels.push_back(DOPPEL_TRY(label_index()));
  while (in_.at_index());
  to.unsigned_leb(labels.size() - 1);
  for (std::uint32_t label : labels) to.unsigned_leb(label);
  return {};
}

Result<void> ImmediateParser::block_type(Encoder& to) {
  const TypeParser::BlockUse use = DOPPEL_TRY(types_.block_type());
  if (use.type) {
    to.signed_leb(use.type->value());
  } else if (use.results.empty()) {
    to.byte(type_code::kEmpty);
  } else {
    to.value_type(use.results.front());
  }
  return {};
}

Result<void> ImmediateParser::call_indirect(Encoder& to) {
  const std::uint32_t table = in_.at_index() ? DOPPEL_TRY(scope_.tables.expect_index(in_)) : 0;
  to.unsigned_leb(DOPPEL_TRY(types_.type_use(ParamNames::kForbidden)).type.value());
  to.unsigned_leb(table);
  return {};
}

/// The number behind `key` ("offset="), if that is what stands here.
Result<std::optional<std::uint64_t>> ImmediateParser::keyed_number(std::string_view key) {
  if (!in_.at(TokenKind::kKeyword) || !in_.text().starts_with(key)) return std::nullopt;
  const auto value = parse_unsigned(in_.text().substr(key.size()), 64);
  if (!value) return in_.unexpected(fmt::format("\"{}\" with a u64", key));
  in_.advance();
  return *value;
}

Result<std::uint8_t> ImmediateParser::alignment(std::uint8_t natural_log2) {
  const Cursor at = in_;
  const auto align = DOPPEL_TRY(keyed_number("align="));
  if (!align) return natural_log2;
  if (!std::has_single_bit(*align)) return at.unexpected("an alignment that is a power of two");
  return static_cast<std::uint8_t>(std::countr_zero(*align));
}

Result<void> ImmediateParser::memory_argument(std::uint8_t natural_log2, bool has_lane,
                                              Encoder& to) {
  // Before a lane, a number is a memory only where another part follows.
  const bool lane_follows = in_.at(TokenKind::kId) || in_.peek(1).kind == TokenKind::kNumber ||
                            in_.text(1).starts_with("offset=") || in_.text(1).starts_with("align=");
  const bool has_memory = in_.at_index() && (!has_lane || lane_follows);
  const std::uint32_t memory = has_memory ? DOPPEL_TRY(scope_.memories.expect_index(in_)) : 0;
  const std::uint64_t offset = DOPPEL_TRY(keyed_number("offset="))
  .value_or(0);
  const std::uint8_t align_log2 = DOPPEL_TRY(alignment(natural_log2));

  to.unsigned_leb(align_log2 | (memory != 0 ? kMemArgHasMemory : 0));
  if (memory != 0) to.unsigned_leb(memory);
  to.unsigned_leb(offset);
  return has_lane ? lanes(1, to) : Result<void>{};
}

Result<void> ImmediateParser::lanes(unsigned count, Encoder& to) {
  for (unsigned i = 0; i < count; ++i) {
    to.byte(static_cast<std::uint8_t>(DOPPEL_TRY(in_.expect_unsigned(8))));
  }
  return {};
}

Result<void> ImmediateParser::vector(Encoder& to) {
  for (const VectorShape& shape : kVectorShapes) {
    if (!in_.take_keyword(shape.keyword)) continue;
    const unsigned width = 16 / shape.lanes;
    for (unsigned lane = 0; lane < shape.lanes; ++lane) {
      if (!shape.is_float) {
        to.fixed(DOPPEL_TRY(in_.expect_integer(8 * width)), width);
      } else if (width == 4) {
        to.fixed(DOPPEL_TRY(in_.expect_f32()), width);
      } else {
        to.fixed(DOPPEL_TRY(in_.expect_f64()), width);
      }
    }
    return {};
  }
  return in_.unexpected("a vector shape such as i32x4");
}

Result<void> ImmediateParser::select(Encoder& to) {
  if (!in_.at_form("result")) {
    to.opcode(Opcode::kSelect);
    return {};
  }
  to.opcode(Opcode::kSelectTyped);
  to.result_type(DOPPEL_TRY(types_.results()));
  return {};
}

Result<void> ImmediateParser::test_or_cast(Opcode if_not_null, Opcode if_null, Encoder& to) {
  const RefType type = DOPPEL_TRY(types_.ref_type());
  to.opcode(type.nullable ? if_null : if_not_null);
  to.heap_type(type.heap);
  return {};
}

Result<void> ImmediateParser::catch_clauses(Encoder& to) {
  Encoder clauses;
  std::uint32_t count = 0;
  const auto form_here = [&]() -> const CatchForm* {
    for (const CatchForm& form : kCatchForms) {
      if (in_.take_form(form.keyword)) return &form;
    }
    return nullptr;
  };
  while (const CatchForm* form = form_here()) {
    clauses.byte(static_cast<std::uint8_t>(form->kind));
    if (CatchClause{form->kind, {}, {}}.has_tag()) DOPPEL_TRY(index(scope_.tags, clauses));
    DOPPEL_TRY(label(clauses));
    DOPPEL_TRY(in_.expect_close());
    ++count;
  }
  to.unsigned_leb(count);
  to.raw(clauses.bytes());
  return {};
}

Result<void> ImmediateParser::cast_branch(Encoder& to) {
  const std::uint32_t label = DOPPEL_TRY(label_index());
  const RefType from = DOPPEL_TRY(types_.ref_type());
  const RefType target = DOPPEL_TRY(types_.ref_type());
  to.byte((from.nullable ? 1 : 0) | (target.nullable ? 2 : 0));
  to.unsigned_leb(label);
  to.heap_type(from.heap);
  to.heap_type(target.heap);
  return {};
}

Result<void> ImmediateParser::type_and_field(Encoder& to) {
  static const IndexSpace no_fields("field");
  const std::uint32_t type = DOPPEL_TRY(scope_.types.expect_index(in_));
  to.unsigned_leb(type);
  return index(type < scope_.fields.size() ? scope_.fields[type] : no_fields, to);
}

}  // namespace doppel::bytecode::text
