// SPDX-License-Identifier: Apache-2.0
// Types are read first, then everything else in order is written out.
#include "bytecode/text/module_parser.h"

#include <fmt/format.h>

#include <array>

#include "bytecode/binary/module.h"
#include "bytecode/text/field_collector.h"
#include "bytecode/text/module_sections.h"

namespace doppel::bytecode::text {
namespace {

/// Where a segment is placed. An absent target is table or memory 0.
struct Placement {
  SegmentMode mode = SegmentMode::kPassive;
  std::optional<std::uint32_t> target;
  Encoder offset;
};

/// The contents of an element segment.
struct ElementList {
  std::optional<RefType> type;  ///< absent: function indices
  std::uint32_t count = 0;
  Encoder items;
};

class ModuleParser {
 public:
  explicit ModuleParser(Cursor& in) : in_(in), types_(in, scope_) {}

  Result<std::vector<std::byte>> run(const Binding& name) {
    const FieldPlaces fields = DOPPEL_TRY(collect_fields(in_, scope_));
    const std::size_t end = in_.place();
    for (std::size_t place : fields.types) {
      in_.seek(place);
      DOPPEL_TRY(type_field());
    }
    for (std::size_t place : fields.others) {
      in_.seek(place);
      DOPPEL_TRY(in_.at(TokenKind::kAnnotation) ? custom() : other_field());
    }
    in_.seek(end);
    return sections_.link(scope_, name);
  }

 private:
  // Second pass: types.

  Result<void> type_field() {
    if (!in_.take_form("rec")) return one_type(scope_.type_table.types().size(), 1);
    const std::size_t begin = scope_.type_table.types().size();
    const std::size_t place = in_.place();
    std::uint32_t count = 0;
    for (; in_.at_form("type"); ++count) DOPPEL_TRY(in_.skip_form());
    DOPPEL_TRY(in_.expect_close());
    in_.seek(place);
    for (std::uint32_t i = 0; i < count; ++i) DOPPEL_TRY(one_type(begin, count));
    return {};
  }

  Result<void> one_type(std::size_t group_begin, std::uint32_t group_size) {
    DOPPEL_TRY(in_.expect_form("type"));
    DOPPEL_TRY(parse_binding(in_));
    DefinedType type = DOPPEL_TRY(types_.sub_type(scope_.fields[scope_.type_table.types().size()]));
    type.group_begin = TypeIndex{static_cast<std::uint32_t>(group_begin)};
    type.group_size = group_size;
    scope_.type_table.add(std::move(type));
    return in_.expect_close();
  }

  // Third pass: everything else, in order.

  Result<void> other_field() {
    DOPPEL_TRY(in_.expect_open());
    const std::string_view keyword = DOPPEL_TRY(in_.expect_keyword("a module field"));
    if (keyword == "import") {
      DOPPEL_TRY(import());
    } else if (keyword == "export") {
      DOPPEL_TRY(export_field());
    } else if (keyword == "start") {
      DOPPEL_TRY(start());
    } else if (keyword == "elem") {
      DOPPEL_TRY(element_segment());
    } else if (keyword == "data") {
      DOPPEL_TRY(data_segment());
    } else {
      DOPPEL_TRY(definition(*extern_kind(keyword)));
    }
    return in_.expect_close();
  }

  Result<void> import() {
    const std::string module = DOPPEL_TRY(in_.expect_name());
    const std::string name = DOPPEL_TRY(in_.expect_name());
    DOPPEL_TRY(in_.expect_open());
    const ExternKind kind = DOPPEL_TRY(expect_extern_kind(in_));
    DOPPEL_TRY(parse_binding(in_));
    DOPPEL_TRY(import_item(module, name, kind));
    return in_.expect_close();
  }

  Result<void> import_item(std::string_view module, std::string_view name, ExternKind kind) {
    Encoder& item = sections_.imports.item();
    item.name(module);
    item.name(name);
    item.byte(static_cast<std::uint8_t>(kind));
    ++next_index(kind);
    switch (kind) {
      case ExternKind::kFunc:
        item.unsigned_leb(DOPPEL_TRY(types_.type_use(ParamNames::kAllowed)).type.value());
        break;
      case ExternKind::kTable:
        item.table_type(DOPPEL_TRY(types_.table_type(types_.address_type())));
        break;
      case ExternKind::kMemory:
        item.memory_type(DOPPEL_TRY(types_.memory_type(types_.address_type())));
        break;
      case ExternKind::kGlobal: item.global_type(DOPPEL_TRY(types_.global_type())); break;
      case ExternKind::kTag:
        item.tag_type(DOPPEL_TRY(types_.type_use(ParamNames::kAllowed)).type);
        break;
    }
    return {};
  }

  /// A field that defines, or with an inline (import ...) imports, one thing.
  Result<void> definition(ExternKind kind) {
    DOPPEL_TRY(parse_binding(in_));
    const std::uint32_t index = next_index(kind);
    while (in_.take_form("export")) {
      add_export(DOPPEL_TRY(in_.expect_name()), kind, index);
      DOPPEL_TRY(in_.expect_close());
    }
    if (in_.take_form("import")) {
      const std::string module = DOPPEL_TRY(in_.expect_name());
      const std::string name = DOPPEL_TRY(in_.expect_name());
      DOPPEL_TRY(in_.expect_close());
      return import_item(module, name, kind);
    }
    ++next_index(kind);
    switch (kind) {
      case ExternKind::kFunc: return function(index);
      case ExternKind::kTable: return table(index);
      case ExternKind::kMemory: return memory(index);
      case ExternKind::kGlobal: return global();
      case ExternKind::kTag: break;
    }
    sections_.tags.item().tag_type(DOPPEL_TRY(types_.type_use(ParamNames::kAllowed)).type);
    return {};
  }

  void add_export(std::string_view name, ExternKind kind, std::uint32_t index) {
    Encoder& item = sections_.exports.item();
    item.name(name);
    item.byte(static_cast<std::uint8_t>(kind));
    item.unsigned_leb(index);
  }

  Result<void> export_field() {
    const std::string name = DOPPEL_TRY(in_.expect_name());
    DOPPEL_TRY(in_.expect_open());
    const ExternKind kind = DOPPEL_TRY(expect_extern_kind(in_));
    add_export(name, kind, DOPPEL_TRY(space_of(scope_, kind).expect_index(in_)));
    return in_.expect_close();
  }

  Result<void> start() {
    if (sections_.start) {
      return in_.error(ErrorKind::kMalformed, "found a second start, expected at most one");
    }
    sections_.start = DOPPEL_TRY(scope_.functions.expect_index(in_));
    return {};
  }

  Result<void> function(std::uint32_t index) {
    const TypeUse use = DOPPEL_TRY(types_.type_use(ParamNames::kAllowed));
    sections_.functions.item().unsigned_leb(use.type.value());

    Encoder code;
    CodeParser parser(in_, scope_, code);
    DOPPEL_TRY(define_params(use, parser.scope().locals));
    Encoder body = DOPPEL_TRY(locals(parser.scope().locals));
    DOPPEL_TRY(parser.expression());
    note_uses(parser);
    note_names(index, parser);
    note_hints(index, parser, body.size());
    body.raw(code.bytes());
    sections_.code.item().sized(body);
    return {};
  }

  Result<void> define_params(const TypeUse& use, IndexSpace& locals) {
    for (const Binding& param : use.params) DOPPEL_TRY(locals.define(in_, param));
    if (use.params.empty() && scope_.type_table.has(use.type)) {
      const auto& params = scope_.type_table.composite(use.type).func.params;
      locals.define_unnamed(static_cast<std::uint32_t>(params.size()));
    }
    return {};
  }

  /// (local ...)*, encoded as runs of equal types.
  Result<Encoder> locals(IndexSpace& space) {
    std::vector<LocalRun> runs;
    const auto add = [&](ValType type) {
      if (runs.empty() || runs.back().type != type) runs.push_back({0, type});
      ++runs.back().count;
    };
    while (in_.take_form("local")) {
      if (at_binding(in_)) {
        DOPPEL_TRY(space.define(in_, DOPPEL_TRY(parse_binding(in_))));
        add(DOPPEL_TRY(types_.value_type()));
      } else {
        for (; !in_.at(TokenKind::kClose); space.define_unnamed(1)) {
          add(DOPPEL_TRY(types_.value_type()));
        }
      }
      DOPPEL_TRY(in_.expect_close());
    }
    Encoder out;
    out.unsigned_leb(runs.size());
    for (const LocalRun& run : runs) {
      out.unsigned_leb(run.count);
      out.value_type(run.type);
    }
    return out;
  }

  void note_uses(CodeParser& parser) {
    sections_.uses_data = sections_.uses_data || parser.scope().uses_data;
  }

  void note_names(std::uint32_t index, CodeParser& parser) {
    const NameMap& locals = parser.scope().locals.names();
    if (locals.empty() && parser.label_names().empty()) return;
    sections_.function_names.push_back({index, locals, parser.label_names()});
  }

  /// Hints count from the body's first byte, where the locals are declared.
  void note_hints(std::uint32_t index, const CodeParser& parser, std::uint32_t code_offset) {
    if (parser.hints().empty()) return;
    FunctionHints& function = sections_.function_hints.emplace_back();
    function = {index, parser.hints()};
    for (BranchHint& hint : function.hints) hint.offset += code_offset;
  }

  Result<void> global() {
    Encoder& item = sections_.globals.item();
    item.global_type(DOPPEL_TRY(types_.global_type()));
    return expression(item);
  }

  /// Instructions up to the closing parenthesis.
  Result<void> expression(Encoder& to) {
    CodeParser parser(in_, scope_, to);
    DOPPEL_TRY(parser.expression());
    note_uses(parser);
    return {};
  }

  /// (keyword instruction*), or a single folded instruction.
  Result<void> wrapped_expression(std::string_view keyword, Encoder& to) {
    if (in_.take_form(keyword)) {
      DOPPEL_TRY(expression(to));
      return in_.expect_close();
    }
    CodeParser parser(in_, scope_, to);
    DOPPEL_TRY(parser.folded_expression());
    note_uses(parser);
    return {};
  }

  Result<void> table(std::uint32_t index) {
    const bool is_64 = types_.address_type();
    if (types_.at_ref_type()) return table_with_elements(index, is_64);
    const TableType type = DOPPEL_TRY(types_.table_type(is_64));
    Encoder& item = sections_.tables.item();
    if (in_.at(TokenKind::kClose)) {
      item.table_type(type);
      return {};
    }
    item.byte(0x40);
    item.byte(0x00);
    item.table_type(type);
    return expression(item);
  }

  /// (table reftype (elem ...)): as large as its elements are many.
  Result<void> table_with_elements(std::uint32_t index, bool is_64) {
    const RefType type = DOPPEL_TRY(types_.ref_type());
    DOPPEL_TRY(in_.expect_form("elem"));
    ElementList list;
    if (in_.at(TokenKind::kOpen)) {
      list.type = type;
      DOPPEL_TRY(element_expressions(list));
    } else {
      // As expressions where the table's type is not that of a list of functions.
      if (type != RefType{}) list.type = type;
      DOPPEL_TRY(element_functions(list));
    }
    DOPPEL_TRY(in_.expect_close());
    sections_.tables.item().table_type({type, {list.count, list.count}, is_64});
    add_element_segment(start_of(index, is_64), list);
    return {};
  }

  /// The beginning of table or memory `target`.
  static Placement start_of(std::uint32_t target, bool is_64) {
    Placement placement;
    placement.mode = SegmentMode::kActive;
    placement.target = target;
    placement.offset.opcode(is_64 ? Opcode::kI64Const : Opcode::kI32Const);
    placement.offset.signed_leb(0);
    placement.offset.opcode(Opcode::kEnd);
    return placement;
  }

  Result<void> element_segment() {
    DOPPEL_TRY(parse_binding(in_));
    Placement placement;
    const bool is_explicit = in_.at_form("table");
    if (in_.take_keyword("declare")) {
      placement.mode = SegmentMode::kDeclarative;
    } else if (at_placement() && !types_.at_ref_type()) {
      DOPPEL_TRY(active_placement("table", scope_.tables, placement));
    }
    ElementList list;
    const bool may_be_bare = placement.mode == SegmentMode::kActive && !is_explicit;
    if (types_.at_ref_type()) {
      list.type = DOPPEL_TRY(types_.ref_type());
      DOPPEL_TRY(element_expressions(list));
    } else if (in_.take_keyword("func") || may_be_bare) {
      DOPPEL_TRY(element_functions(list));
    } else {
      return in_.unexpected("\"func\" or a reference type");
    }
    add_element_segment(placement, list);
    return {};
  }

  /// (table x)? (offset ...), with the keyword of a table or of a memory. As WebAssembly 1.0 had
  /// it, x alone will do.
  Result<void> active_placement(std::string_view keyword, const IndexSpace& space,
                                Placement& placement) {
    placement.mode = SegmentMode::kActive;
    if (in_.take_form(keyword)) {
      placement.target = DOPPEL_TRY(space.expect_index(in_));
      DOPPEL_TRY(in_.expect_close());
    } else if (in_.at(TokenKind::kNumber)) {
      placement.target = DOPPEL_TRY(in_.expect_u32());
    }
    return wrapped_expression("offset", placement.offset);
  }

  [[nodiscard]] bool at_placement() const {
    return in_.at(TokenKind::kOpen) || in_.at(TokenKind::kNumber);
  }

  Result<void> element_functions(ElementList& list) {
    for (; in_.at_index(); ++list.count) {
      const std::uint32_t function = DOPPEL_TRY(scope_.functions.expect_index(in_));
      if (list.type) list.items.opcode(Opcode::kRefFunc);
      list.items.unsigned_leb(function);
      if (list.type) list.items.opcode(Opcode::kEnd);
    }
    return {};
  }

  Result<void> element_expressions(ElementList& list) {
    for (; in_.at(TokenKind::kOpen); ++list.count) {
      DOPPEL_TRY(wrapped_expression("item", list.items));
    }
    return {};
  }

  /// The shortest of the eight forms (specification 5.5.12).
  void add_element_segment(const Placement& placement, const ElementList& list) {
    const bool is_plain = placement.mode == SegmentMode::kActive &&
                          placement.target.value_or(0) == 0 &&
                          (!list.type || *list.type == RefType{});
    const unsigned mode = is_plain                                  ? 0
                          : placement.mode == SegmentMode::kPassive ? 1
                          : placement.mode == SegmentMode::kActive  ? 2
                                                                    : 3;
    Encoder& item = sections_.elements.item();
    item.unsigned_leb(mode | (list.type ? 4U : 0U));
    if (mode == 2) item.unsigned_leb(placement.target.value_or(0));
    item.raw(placement.offset.bytes());
    if (mode != 0 && list.type) item.value_type(*list.type);
    if (mode != 0 && !list.type) item.byte(0);
    item.unsigned_leb(list.count);
    item.raw(list.items.bytes());
  }

  Result<void> memory(std::uint32_t index) {
    const bool is_64 = types_.address_type();
    if (in_.at(TokenKind::kNumber)) {
      sections_.memories.item().memory_type(DOPPEL_TRY(types_.memory_type(is_64)));
      return {};
    }
    // (pagesize n)? (data ...): as large as its data.
    MemoryType type;
    type.is_64 = is_64;
    type.page_log2 = DOPPEL_TRY(types_.page_size());
    DOPPEL_TRY(in_.expect_form("data"));
    const std::string bytes = in_.take_strings();
    DOPPEL_TRY(in_.expect_close());
    const std::uint64_t page_mask = (std::uint64_t{1} << type.page_log2) - 1;
    type.limits.min = (bytes.size() + page_mask) >> type.page_log2;
    type.limits.max = type.limits.min;
    sections_.memories.item().memory_type(type);
    add_data_segment(start_of(index, is_64), bytes);
    return {};
  }

  Result<void> data_segment() {
    DOPPEL_TRY(parse_binding(in_));
    Placement placement;
    if (at_placement()) {
      DOPPEL_TRY(active_placement("memory", scope_.memories, placement));
    }
    add_data_segment(placement, in_.take_strings());
    return {};
  }

  void add_data_segment(const Placement& placement, std::string_view bytes) {
    const std::uint32_t memory = placement.target.value_or(0);
    const bool is_passive = placement.mode == SegmentMode::kPassive;
    Encoder& item = sections_.data.item();
    item.unsigned_leb(is_passive ? 1 : memory == 0 ? 0 : 2);
    if (memory != 0) item.unsigned_leb(memory);
    item.raw(placement.offset.bytes());
    item.name(bytes);
  }

  /// (@custom "name" (before|after section)? "contents"*)
  Result<void> custom() {
    in_.advance();
    const std::string name = DOPPEL_TRY(in_.expect_name());
    CustomPlace place{section_rank("last"), true};
    if (in_.take(TokenKind::kOpen)) {
      place.is_after = in_.at_keyword("after");
      if (!place.is_after && !in_.at_keyword("before")) return in_.unexpected("before or after");
      in_.advance();
      place.rank = section_rank(in_.text());
      const bool is_end = in_.at_keyword(place.is_after ? "first" : "last");
      if (place.rank == std::string_view::npos || is_end) return in_.unexpected("a section");
      in_.advance();
      DOPPEL_TRY(in_.expect_close());
    }
    sections_.add_custom(place, name, in_.take_strings());
    return in_.expect_close();
  }

  std::uint32_t& next_index(ExternKind kind) { return next_[static_cast<std::size_t>(kind)]; }

  Cursor& in_;
  Scope scope_;
  TypeParser types_;
  ModuleSections sections_;
  std::array<std::uint32_t, kExternKindCount> next_{};
};

}  // namespace

Result<std::vector<std::byte>> parse_module(Cursor& in, const Binding& name) {
  return ModuleParser(in).run(name);
}

}  // namespace doppel::bytecode::text
