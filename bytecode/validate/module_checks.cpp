// SPDX-License-Identifier: Apache-2.0
// Types, declarations, exports and start function of a module.
#include "bytecode/validate/module_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>

namespace doppel::bytecode {
namespace {

constexpr const char* kTypePlace = "the type section";

/// Whether a type of a recursion group refers to types before the end of the group only.
bool stays_inside(const CompositeType& type, std::uint32_t end) {
  const auto inside = [end](ValType value) {
    return !value.is_ref() || !value.ref().heap.is_defined() ||
           value.ref().heap.index().value() < end;
  };
  return std::all_of(type.func.params.begin(), type.func.params.end(), inside) &&
         std::all_of(type.func.results.begin(), type.func.results.end(), inside) &&
         std::all_of(type.fields.begin(), type.fields.end(),
                     [&](const FieldType& field) { return inside(field.type); });
}

/// Where the section with this id stands; the module's end if it has none.
ByteOffset section_offset(const Module& module, std::uint8_t id) {
  for (const SectionRange& section : module.sections) {
    if (section.id == id) return section.offset;
  }
  return ByteOffset{static_cast<std::uint32_t>(module.bytes.size())};
}

Result<void> check_limits(const Limits& limits, std::uint64_t most, const char* unit,
                          ByteOffset offset, std::string_view place) {
  if (limits.min > most || limits.max.value_or(0) > most) {
    return invalid(
        offset, place,
        fmt::format("a size of {} {}", std::max(limits.min, limits.max.value_or(0)), unit),
        fmt::format("at most {}", most));
  }
  if (limits.max && *limits.max < limits.min) {
    return invalid(offset, place, fmt::format("a maximum of {} {}", *limits.max, unit),
                   fmt::format("at least the minimum, {}", limits.min));
  }
  return {};
}

Result<void> check_table(const ValidationContext& context, const Table& table) {
  constexpr const char* kPlace = "a table";
  if (!context.exists(table.type.element.heap)) {
    return invalid(table.offset, kPlace, to_string(ValType(table.type.element)),
                   "a type of the module");
  }
  const std::uint64_t most = table.type.is_64 ? std::numeric_limits<std::uint64_t>::max()
                                              : std::numeric_limits<std::uint32_t>::max();
  return check_limits(table.type.limits, most, "elements", table.offset, kPlace);
}

Result<void> check_memory(const MemoryType& memory, ByteOffset offset) {
  constexpr const char* kPlace = "a memory";
  // All of the address space, but for pages of one byte, whose number must be an address.
  const unsigned page_number_bits = (memory.is_64 ? 64U : 32U) - memory.page_log2;
  const std::uint64_t most =
      memory.page_log2 == 0 ? std::numeric_limits<std::uint64_t>::max() >> (64U - page_number_bits)
                            : std::uint64_t{1} << page_number_bits;
  DOPPEL_TRY(check_limits(memory.limits, most, "pages", offset, kPlace));
  if (memory.is_shared && !memory.limits.max) {
    return invalid(offset, kPlace, "a shared memory without a maximum", "a maximum");
  }
  return {};
}

Result<void> check_function(const ValidationContext& context, TypeIndex type, ByteOffset offset,
                            const std::string& place) {
  if (context.is(type, CompositeKind::kFunc)) return {};
  return invalid(offset, place, fmt::format("type {}", type.value()),
                 "a function type of the module");
}

Result<void> check_tag(const ValidationContext& context, const Tag& tag) {
  DOPPEL_TRY(check_function(context, tag.type, tag.offset, "a tag"));
  if (context.module.func_type(tag.type).results.empty()) return {};
  return invalid(tag.offset, "a tag", to_string(context.module.func_type(tag.type)),
                 "a type without results");
}

Result<void> check_global(const ValidationContext& context, const Global& global) {
  if (context.exists(global.type.type)) return {};
  return invalid(global.offset, "a global", to_string(global.type.type), "a type of the module");
}

std::size_t space_size(const Module& module, ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunc: return module.functions.size();
    case ExternKind::kTable: return module.tables.size();
    case ExternKind::kMemory: return module.memories.size();
    case ExternKind::kGlobal: return module.globals.size();
    case ExternKind::kTag: return module.tags.size();
  }
  return 0;
}

Result<void> check_super(const Module& module, const TypeMatcher& matcher, std::uint32_t index,
                         ByteOffset offset) {
  const DefinedType& type = module.types[index];
  if (!type.super) return {};
  const auto relation = [&] {
    return fmt::format("type {} as a subtype of type {}", index, type.super->value());
  };
  const DefinedType& super = module.types[type.super->value()];
  if (super.is_final)
    return invalid(offset, kTypePlace, relation(), "a supertype that is not final");
  if (!matcher.matches(type.composite, super.composite)) {
    return invalid(offset, kTypePlace, relation(), "one that matches its supertype");
  }
  return {};
}

}  // namespace

Result<void> check_types(ValidationContext& context) {
  const Module& module = context.module;
  const ByteOffset offset = section_offset(module, 1);
  for (std::uint32_t i = 0; i < module.types.size(); ++i) {
    const DefinedType& type = module.types[i];
    if (!stays_inside(type.composite, type.group_begin.value() + type.group_size)) {
      return invalid(offset, kTypePlace, fmt::format("an unknown type in type {}", i),
                     "a type of the same recursion group or an earlier one");
    }
    if (type.super && type.super->value() >= i) {
      return invalid(offset, kTypePlace,
                     fmt::format("type {} as the supertype of type {}", type.super->value(), i),
                     "an earlier type");
    }
  }
  context.matcher = TypeMatcher(module.types, TypeRegistry().identify(module.types));
  for (std::uint32_t i = 0; i < module.types.size(); ++i) {
    DOPPEL_TRY(check_super(module, context.matcher, i, offset));
  }
  return {};
}

Result<void> check_declarations(const ValidationContext& context) {
  const Module& module = context.module;
  for (const Import& import : module.imports) {
    if (import.kind != ExternKind::kFunc) continue;
    DOPPEL_TRY(check_function(context, module.functions[import.index], import.offset,
                              fmt::format("the import \"{}\" \"{}\"", import.module, import.name)));
  }
  for (std::size_t i = 0; i < module.bodies.size(); ++i) {
    const std::size_t index = module.imported_functions + i;
    DOPPEL_TRY(check_function(context, module.functions[index], module.bodies[i].code.begin,
                              fmt::format("function {}", index)));
  }
  if (module.tables.size() > 1 && !context.features.has(Feature::kReferenceTypes)) {
    return invalid(module.tables[1].offset, "a table", "a second table", "at most one");
  }
  for (const Table& table : module.tables) DOPPEL_TRY(check_table(context, table));
  const ByteOffset memories = section_offset(module, 5);
  if (module.memories.size() > 1 && !context.features.has(Feature::kMultiMemory)) {
    return invalid(memories, "the memory section",
                   fmt::format("{} memories", module.memories.size()),
                   "at most one without the feature multiple memories");
  }
  for (const MemoryType& memory : module.memories) DOPPEL_TRY(check_memory(memory, memories));
  for (const Global& global : module.globals) DOPPEL_TRY(check_global(context, global));
  for (const Tag& tag : module.tags) DOPPEL_TRY(check_tag(context, tag));
  return {};
}

Result<void> check_exports(ValidationContext& context) {
  std::unordered_set<std::string_view> names;
  for (const Export& entry : context.module.exports) {
    const std::size_t size = space_size(context.module, entry.kind);
    const std::string place = fmt::format("the export \"{}\"", entry.name);
    if (entry.index >= size) {
      return invalid(entry.offset, place, fmt::format("{} {}", to_string(entry.kind), entry.index),
                     fmt::format("one of the module's {}", size));
    }
    if (!names.insert(entry.name).second) {
      return invalid(entry.offset, place, "a name that is exported already", "another name");
    }
    if (entry.kind == ExternKind::kFunc) context.referenced_functions[entry.index] = true;
  }
  return {};
}

Result<void> check_start(const ValidationContext& context) {
  const Module& module = context.module;
  if (!module.start) return {};
  constexpr const char* kPlace = "the start section";
  const ByteOffset offset = section_offset(module, 8);
  const std::uint32_t index = module.start->value();
  if (index >= module.functions.size()) {
    return invalid(offset, kPlace, fmt::format("function {}", index),
                   fmt::format("one of the module's {}", module.functions.size()));
  }
  const FuncType& type = module.func_type(*module.start);
  if (type.params.empty() && type.results.empty()) return {};
  return invalid(offset, kPlace, fmt::format("function {} of type {}", index, to_string(type)),
                 "[] -> []");
}

}  // namespace doppel::bytecode
