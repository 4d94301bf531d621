// SPDX-License-Identifier: Apache-2.0
// Puts the sections of a module in order. The name section is written in the extended form, which
// also names labels, types, tables, memories, globals, segments, fields and tags.
#include "bytecode/text/module_sections.h"

#include <array>

#include "bytecode/binary/names.h"
#include "bytecode/binary/type_reader.h"

namespace doppel::bytecode::text {
namespace {

/// The sections in the order of the binary format, with the names of custom placements.
struct OrderedSection {
  std::string_view name;
  SectionId id;
};
constexpr std::array<OrderedSection, 13> kSections{{{"type", SectionId::kType},
                                                    {"import", SectionId::kImport},
                                                    {"func", SectionId::kFunction},
                                                    {"table", SectionId::kTable},
                                                    {"memory", SectionId::kMemory},
                                                    {"tag", SectionId::kTag},
                                                    {"global", SectionId::kGlobal},
                                                    {"export", SectionId::kExport},
                                                    {"start", SectionId::kStart},
                                                    {"elem", SectionId::kElement},
                                                    {"datacount", SectionId::kDataCount},
                                                    {"code", SectionId::kCode},
                                                    {"data", SectionId::kData}}};

void encode(Encoder& out, const NameMap& names) {
  out.unsigned_leb(names.size());
  for (const auto& [index, name] : names) {
    out.unsigned_leb(index);
    out.name(name);
  }
}

void write_name_map(NameKind kind, const NameMap& names, Encoder& out) {
  if (names.empty()) return;
  Encoder contents;
  encode(contents, names);
  out.byte(static_cast<std::uint8_t>(kind));
  out.sized(contents);
}

using IndirectNames = std::vector<std::pair<std::uint32_t, const NameMap*>>;

void write_indirect_name_map(NameKind kind, const IndirectNames& all, Encoder& out) {
  Encoder contents;
  std::uint32_t count = 0;
  for (const auto& [index, names] : all) {
    if (names->empty()) continue;
    contents.unsigned_leb(index);
    encode(contents, *names);
    ++count;
  }
  if (count == 0) return;
  Encoder counted;
  counted.unsigned_leb(count);
  counted.raw(contents.bytes());
  out.byte(static_cast<std::uint8_t>(kind));
  out.sized(counted);
}

/// Recursion groups of one type are written as the type alone.
void write_types(const std::vector<DefinedType>& types, Encoder& out) {
  if (types.empty()) return;
  Encoder contents;
  std::uint32_t groups = 0;
  for (std::size_t i = 0; i < types.size(); ++groups) {
    const std::uint32_t size = types[i].group_size;
    if (size != 1) {
      contents.byte(type_code::kRec);
      contents.unsigned_leb(size);
    }
    for (std::uint32_t member = 0; member < size; ++member) contents.sub_type(types[i++]);
  }
  Encoder counted;
  counted.unsigned_leb(groups);
  counted.raw(contents.bytes());
  out.section(SectionId::kType, counted);
}

void write_number_section(SectionId id, std::uint32_t number, Encoder& out) {
  Encoder contents;
  contents.unsigned_leb(number);
  out.section(id, contents);
}

}  // namespace

void VectorSection::write(SectionId id, Encoder& out) const {
  if (count_ == 0) return;
  Encoder contents;
  contents.unsigned_leb(count_);
  contents.raw(items_.bytes());
  out.section(id, contents);
}

std::size_t section_rank(std::string_view name) {
  if (name == "first") return 0;
  if (name == "last") return kSections.size() - 1;
  for (std::size_t rank = 0; rank < kSections.size(); ++rank) {
    if (kSections[rank].name == name) return rank;
  }
  return std::string_view::npos;
}

std::string_view section_name(SectionId id) {
  for (const OrderedSection& section : kSections) {
    if (section.id == id) return section.name;
  }
  return "";
}

void ModuleSections::add_custom(CustomPlace place, std::string_view name,
                                std::string_view contents) {
  customs_.push_back({place, std::string(name), std::string(contents)});
}

std::vector<std::byte> ModuleSections::link(const Scope& scope, const Binding& name) const {
  Encoder out;
  out.module_header();
  for (std::size_t rank = 0; rank < kSections.size(); ++rank) {
    write_customs(rank, false, out);
    write_section(kSections[rank].id, scope, out);
    if (rank + 1 < kSections.size()) write_customs(rank, true, out);
  }
  write_names(scope, name, out);
  write_customs(kSections.size() - 1, true, out);
  return std::move(out).take();
}

void ModuleSections::write_customs(std::size_t rank, bool is_after, Encoder& out) const {
  for (const Custom& custom : customs_) {
    if (custom.place.rank != rank || custom.place.is_after != is_after) continue;
    out.custom_section(custom.name, std::as_bytes(std::span(custom.contents)));
  }
}

void ModuleSections::write_section(SectionId id, const Scope& scope, Encoder& out) const {
  switch (id) {
    case SectionId::kType: write_types(scope.type_table.types(), out); break;
    case SectionId::kImport: imports.write(id, out); break;
    case SectionId::kFunction: functions.write(id, out); break;
    case SectionId::kTable: tables.write(id, out); break;
    case SectionId::kMemory: memories.write(id, out); break;
    case SectionId::kTag: tags.write(id, out); break;
    case SectionId::kGlobal: globals.write(id, out); break;
    case SectionId::kExport: exports.write(id, out); break;
    case SectionId::kStart:
      if (start) write_number_section(id, *start, out);
      break;
    case SectionId::kElement: elements.write(id, out); break;
    case SectionId::kDataCount:
      if (uses_data) write_number_section(id, data.count(), out);
      break;
    case SectionId::kCode:
      write_hints(out);
      code.write(id, out);
      break;
    case SectionId::kData: data.write(id, out); break;
    case SectionId::kCustom: break;
  }
}

void ModuleSections::write_hints(Encoder& out) const {
  if (function_hints.empty()) return;
  Encoder contents;
  contents.unsigned_leb(function_hints.size());
  for (const FunctionHints& function : function_hints) {
    contents.unsigned_leb(function.function);
    contents.unsigned_leb(function.hints.size());
    for (const BranchHint& hint : function.hints) {
      contents.unsigned_leb(hint.offset);
      contents.unsigned_leb(1);
      contents.byte(hint.value);
    }
  }
  out.custom_section(kBranchHintSection, contents.bytes());
}

void ModuleSections::write_names(const Scope& scope, const Binding& name, Encoder& out) const {
  IndirectNames locals;
  IndirectNames labels;
  for (const FunctionNames& function : function_names) {
    locals.emplace_back(function.function, &function.locals);
    labels.emplace_back(function.function, &function.labels);
  }
  IndirectNames fields;
  for (std::uint32_t type = 0; type < scope.fields.size(); ++type) {
    fields.emplace_back(type, &scope.fields[type].names());
  }

  Encoder contents;
  if (name.display()) {
    Encoder module_name;
    module_name.name(*name.display());
    contents.byte(static_cast<std::uint8_t>(NameKind::kModule));
    contents.sized(module_name);
  }
  write_name_map(NameKind::kFunction, scope.functions.names(), contents);
  write_indirect_name_map(NameKind::kLocal, locals, contents);
  write_indirect_name_map(NameKind::kLabel, labels, contents);
  write_name_map(NameKind::kType, scope.types.names(), contents);
  write_name_map(NameKind::kTable, scope.tables.names(), contents);
  write_name_map(NameKind::kMemory, scope.memories.names(), contents);
  write_name_map(NameKind::kGlobal, scope.globals.names(), contents);
  write_name_map(NameKind::kElement, scope.elements.names(), contents);
  write_name_map(NameKind::kData, scope.data.names(), contents);
  write_indirect_name_map(NameKind::kField, fields, contents);
  write_name_map(NameKind::kTag, scope.tags.names(), contents);
  if (!contents.empty()) out.custom_section("name", contents.bytes());
}

}  // namespace doppel::bytecode::text
