// SPDX-License-Identifier: Apache-2.0
// The sections that fill the index spaces and give them names (specification 5.5.5 to 5.5.11).
#include "bytecode/binary/sections.h"
#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

ExternKind read_extern_kind(SectionReader& reader) {
  const ByteOffset begin = reader.offset();
  const std::uint8_t code = reader.read_byte();
  if (code > static_cast<std::uint8_t>(ExternKind::kTag)) {
    reader.fail_code(begin, "external kind", code, "a function, table, memory, global or tag");
    return ExternKind::kFunc;
  }
  return static_cast<ExternKind>(code);
}

/// Reads an import's type into the index space of its kind and returns its index there.
std::uint32_t read_import_type(SectionReader& reader, Module& module, ExternKind kind) {
  const ByteOffset begin = reader.offset();
  switch (kind) {
    case ExternKind::kFunc:
      module.functions.push_back(reader.read_index<TypeIndex>());
      return module.imported_functions++;
    case ExternKind::kTable:
      module.tables.push_back({reader.read_table_type(), std::nullopt, begin});
      return module.imported_tables++;
    case ExternKind::kMemory:
      module.memories.push_back(reader.read_memory_type());
      return module.imported_memories++;
    case ExternKind::kGlobal:
      module.globals.push_back({reader.read_global_type(), std::nullopt, begin});
      return module.imported_globals++;
    case ExternKind::kTag:
      module.tags.push_back({reader.read_tag_type(), begin});
      return module.imported_tags++;
  }
  return 0;
}

Table read_table(SectionReader& reader) {
  constexpr std::uint8_t kWithInitializer = 0x40;
  const ByteOffset begin = reader.offset();
  if (reader.peek_byte() != kWithInitializer) {
    return {reader.read_table_type(), std::nullopt, begin};
  }
  reader.require(Feature::kFunctionReferences, "a table with an initializer");
  reader.read_byte();
  const ByteOffset reserved_at = reader.offset();
  const std::uint8_t reserved = reader.read_byte();
  if (reserved != 0) reader.fail_code(reserved_at, "reserved byte", reserved, "0");
  Table table{reader.read_table_type(), std::nullopt, begin};
  table.init = reader.read_const_expr();
  return table;
}

}  // namespace

void read_import_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("imports", limits::kImports, 4);
  module.imports.reserve(count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    Import import;
    import.offset = reader.offset();
    import.module = reader.read_name();
    import.name = reader.read_name();
    import.kind = read_extern_kind(reader);
    if (reader.failed()) return;
    import.index = read_import_type(reader, module, import.kind);
    module.imports.push_back(std::move(import));
  }
}

void read_function_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("functions", limits::kFunctions, 1);
  module.functions.reserve(module.functions.size() + count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    module.functions.push_back(reader.read_index<TypeIndex>());
  }
}

void read_table_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("tables", limits::kTables, 3);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i)
    module.tables.push_back(read_table(reader));
}

void read_memory_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("memories", limits::kMemories, 2);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    module.memories.push_back(reader.read_memory_type());
  }
}

void read_tag_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("tags", limits::kTags, 2);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    const ByteOffset begin = reader.offset();
    module.tags.push_back({reader.read_tag_type(), begin});
  }
}

void read_global_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("globals", limits::kGlobals, 3);
  module.globals.reserve(module.globals.size() + count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    const ByteOffset begin = reader.offset();
    const GlobalType type = reader.read_global_type();
    module.globals.push_back({type, reader.read_const_expr(), begin});
  }
}

void read_export_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("exports", limits::kExports, 3);
  module.exports.reserve(count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    Export entry;
    entry.offset = reader.offset();
    entry.name = reader.read_name();
    entry.kind = read_extern_kind(reader);
    entry.index = reader.read_u32();
    module.exports.push_back(std::move(entry));
  }
}

void read_start_section(SectionReader& reader, Module& module) {
  module.start = reader.read_index<FuncIndex>();
}

}  // namespace doppel::bytecode
