// SPDX-License-Identifier: Apache-2.0
// Identifiers, string literals, and types with the names of what they refer to.
#include "bytecode/text/printed_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bytecode/binary/utf8.h"
#include "bytecode/text/lexer.h"

namespace doppel::bytecode::text {

std::string quoted(std::string_view bytes) {
  const bool is_text = is_utf8(bytes);
  std::string out = "\"";
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x80 ? is_text : byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\{:02x}", byte);
    }
  }
  return out + '"';
}

std::string identifier(std::string_view name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), is_id_character);
  return is_plain ? fmt::format("${}", name) : "$" + quoted(name);
}

PrintedSpace::PrintedSpace(std::span<const Names::Entry> names, std::size_t size) {
  std::set<std::string_view> taken;
  for (const auto& [owner, index, name] : names) {
    if (index >= size || ids_.contains(index) || annotations_.contains(index)) continue;
    const bool is_unique = !name.empty() && taken.insert(name).second;
    if (is_unique) {
      ids_.emplace(index, identifier(name));
    } else {
      annotations_.emplace(index, fmt::format("{} {})", kNameAnnotation, quoted(name)));
    }
  }
}

std::string PrintedSpace::binding(std::uint32_t index) const {
  if (const auto id = ids_.find(index); id != ids_.end()) return " " + id->second;
  const auto annotation = annotations_.find(index);
  return annotation == annotations_.end() ? "" : " " + annotation->second;
}

std::string PrintedSpace::reference(std::uint32_t index) const {
  const auto id = ids_.find(index);
  return id == ids_.end() ? std::to_string(index) : id->second;
}

PrintedNames::PrintedNames(const Module& module)
    : section(module),
      types(section.all(NameKind::kType), module.types.size()),
      functions(section.all(NameKind::kFunction), module.functions.size()),
      tables(section.all(NameKind::kTable), module.tables.size()),
      memories(section.all(NameKind::kMemory), module.memories.size()),
      globals(section.all(NameKind::kGlobal), module.globals.size()),
      tags(section.all(NameKind::kTag), module.tags.size()),
      elements(section.all(NameKind::kElement), module.elements.size()),
      data(section.all(NameKind::kData), module.data.size()) {
  for (std::uint32_t type = 0; type < module.types.size(); ++type) {
    const auto names = section.all(NameKind::kField, type);
    if (names.empty()) continue;
    fields.emplace(type, PrintedSpace(names, module.types[type].composite.fields.size()));
  }
}

std::string PrintedNames::heap_type(HeapType type) const {
  return type.is_defined() ? types.reference(type.index().value()) : to_string(type);
}

std::string PrintedNames::ref_type(RefType type) const {
  if (type.nullable && !type.heap.is_defined()) return to_string(ValType(type));
  return fmt::format("(ref {}{})", type.nullable ? "null " : "", heap_type(type.heap));
}

std::string PrintedNames::value_type(ValType type) const {
  return type.is_ref() ? ref_type(type.ref()) : to_string(type);
}

std::string PrintedNames::field(TypeIndex type, FieldIndex field) const {
  const auto named = fields.find(type.value());
  return named == fields.end() ? std::to_string(field.value())
                               : named->second.reference(field.value());
}

}  // namespace doppel::bytecode::text
