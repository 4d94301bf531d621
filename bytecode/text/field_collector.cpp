// SPDX-License-Identifier: Apache-2.0
// Collects identifiers, and sees to it that imports come first.
#include "bytecode/text/field_collector.h"

#include <fmt/format.h>

#include <array>

namespace doppel::bytecode::text {
namespace {

constexpr std::array<ExternKind, kExternKindCount> kExternKinds{
    ExternKind::kFunc, ExternKind::kTable, ExternKind::kMemory, ExternKind::kGlobal,
    ExternKind::kTag};

class FieldCollector {
 public:
  FieldCollector(Cursor& in, Scope& scope) : in_(in), scope_(scope) {}

  Result<FieldPlaces> run() {
    while (!in_.at(TokenKind::kClose) && !in_.at(TokenKind::kEnd)) {
      if (in_.at_annotation(kCustomAnnotation)) {
        places_.others.push_back(in_.place());
        DOPPEL_TRY(in_.skip_form());
        continue;
      }
      const std::size_t place = in_.place();
      if (!at_module_field(in_)) return in_.unexpected("a module field");
      const std::string_view keyword = in_.text(1);
      in_.advance(2);
      if (keyword == "type" || keyword == "rec") {
        places_.types.push_back(place);
        DOPPEL_TRY(collect_types(keyword, place));
      } else {
        places_.others.push_back(place);
        DOPPEL_TRY(collect_other(keyword, place));
      }
      in_.seek(place);
      DOPPEL_TRY(in_.skip_form());
    }
    return std::move(places_);
  }

 private:
  Result<void> collect_types(std::string_view keyword, std::size_t place) {
    if (keyword == "type") in_.seek(place);
    while (in_.at_form("type")) {
      const std::size_t begin = in_.place();
      in_.advance(2);
      DOPPEL_TRY(scope_.types.define(in_, DOPPEL_TRY(parse_binding(in_))));
      scope_.fields.emplace_back("field");
      in_.seek(begin);
      DOPPEL_TRY(in_.skip_form());
      if (keyword == "type") break;
    }
    return {};
  }

  Result<void> collect_other(std::string_view keyword, std::size_t place) {
    if (keyword == "elem") return define(scope_.elements);
    if (keyword == "data") return define(scope_.data);
    if (keyword == "import") return collect_import(place);
    const auto kind = extern_kind(keyword);
    if (!kind) return {};
    DOPPEL_TRY(define(space_of(scope_, *kind)));
    while (in_.at_form("export")) DOPPEL_TRY(in_.skip_form());
    if (in_.at_form("import")) return require_no_definition(place);
    defined_ = kind;
    if (kind == ExternKind::kTable && DOPPEL_TRY(has_part("elem"))) {
      scope_.elements.define_unnamed(1);
    }
    if (kind == ExternKind::kMemory && DOPPEL_TRY(has_part("data"))) scope_.data.define_unnamed(1);
    return {};
  }

  Result<void> collect_import(std::size_t place) {
    DOPPEL_TRY(require_no_definition(place));
    DOPPEL_TRY(in_.expect_name());
    DOPPEL_TRY(in_.expect_name());
    DOPPEL_TRY(in_.expect_open());
    return define(space_of(scope_, DOPPEL_TRY(expect_extern_kind(in_))));
  }

  Result<void> define(IndexSpace& space) {
    DOPPEL_TRY(space.define(in_, DOPPEL_TRY(parse_binding(in_))));
    return {};
  }

  Result<void> require_no_definition(std::size_t place) {
    if (!defined_) return {};
    in_.seek(place);
    return in_.error(
        ErrorKind::kMalformed,
        fmt::format("found an import after a {}, expected imports first", to_string(*defined_)));
  }

  /// Whether the form that the cursor stands in has a direct part (keyword ...).
  Result<bool> has_part(std::string_view keyword) {
    while (!in_.at(TokenKind::kClose) && !in_.at(TokenKind::kEnd)) {
      if (in_.at_form(keyword)) return true;
      if (in_.at(TokenKind::kOpen)) {
        DOPPEL_TRY(in_.skip_form());
      } else {
        in_.advance();
      }
    }
    return false;
  }

  Cursor& in_;
  Scope& scope_;
  FieldPlaces places_;
  std::optional<ExternKind> defined_;  ///< the kind of a definition, after which no import stands
};

}  // namespace

Result<FieldPlaces> collect_fields(Cursor& in, Scope& scope) {
  return FieldCollector(in, scope).run();
}

std::optional<ExternKind> extern_kind(std::string_view keyword) {
  for (ExternKind kind : kExternKinds) {
    if (to_string(kind) == keyword) return kind;
  }
  return std::nullopt;
}

IndexSpace& space_of(Scope& scope, ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunc: return scope.functions;
    case ExternKind::kTable: return scope.tables;
    case ExternKind::kMemory: return scope.memories;
    case ExternKind::kGlobal: return scope.globals;
    case ExternKind::kTag: break;
  }
  return scope.tags;
}

Result<ExternKind> expect_extern_kind(Cursor& in) {
  constexpr std::string_view kKinds = "func, table, memory, global or tag";
  const Cursor at = in;
  const auto kind = extern_kind(DOPPEL_TRY(in.expect_keyword(kKinds)));
  if (!kind) return at.unexpected(kKinds);
  return *kind;
}

bool at_module_field(const Cursor& in) {
  if (!in.at(TokenKind::kOpen) || in.peek(1).kind != TokenKind::kKeyword) return false;
  const std::string_view keyword = in.text(1);
  for (std::string_view field : {"type", "rec", "import", "export", "start", "elem", "data"}) {
    if (keyword == field) return true;
  }
  return extern_kind(keyword).has_value();
}

}  // namespace doppel::bytecode::text
