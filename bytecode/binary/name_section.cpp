// SPDX-License-Identifier: Apache-2.0
// Reading the name section, leniently.
#include "bytecode/binary/name_section.h"

#include <algorithm>

#include "bytecode/binary/section_reader.h"

namespace doppel::bytecode {
namespace {

void read_name_map(SectionReader& reader, NamesByIndex& names) {
  for (std::uint32_t n = reader.read_count("names", 2); n > 0 && !reader.failed(); --n) {
    const std::uint32_t index = reader.read_u32();
    std::string name = reader.read_name();
    if (!reader.failed()) names.emplace(index, std::move(name));
  }
}

void read_indirect_name_map(SectionReader& reader, NamesByIndices& names) {
  for (std::uint32_t n = reader.read_count("name maps", 2); n > 0 && !reader.failed(); --n) {
    const std::uint32_t index = reader.read_u32();
    if (!reader.failed()) read_name_map(reader, names[index]);
  }
}

void read_subsection(NameKind kind, SectionReader& reader, NameSection& names) {
  switch (kind) {
    case NameKind::kModule: {
      std::string name = reader.read_name();
      if (!reader.failed()) names.module = std::move(name);
      break;
    }
    case NameKind::kFunction: read_name_map(reader, names.functions); break;
    case NameKind::kLocal: read_indirect_name_map(reader, names.locals); break;
    case NameKind::kLabel: read_indirect_name_map(reader, names.labels); break;
    case NameKind::kType: read_name_map(reader, names.types); break;
    case NameKind::kTable: read_name_map(reader, names.tables); break;
    case NameKind::kMemory: read_name_map(reader, names.memories); break;
    case NameKind::kGlobal: read_name_map(reader, names.globals); break;
    case NameKind::kElement: read_name_map(reader, names.elements); break;
    case NameKind::kData: read_name_map(reader, names.data); break;
    case NameKind::kField: read_indirect_name_map(reader, names.fields); break;
    case NameKind::kTag: read_name_map(reader, names.tags); break;
  }
}

}  // namespace

NameSection read_names(const Module& module) {
  NameSection names;
  const auto section = std::find_if(module.customs.begin(), module.customs.end(),
                                    [](const CustomSection& s) { return s.name == "name"; });
  if (section == module.customs.end()) return names;
  SectionReader reader(module.bytes, section->bytes, Features{});
  while (!reader.at_end() && !reader.failed()) {
    const auto kind = static_cast<NameKind>(reader.read_byte());
    const std::uint32_t size = reader.read_u32();
    const ByteOffset begin = reader.offset();
    if (reader.failed() || size > reader.remaining()) break;
    SectionReader subsection(module.bytes, ByteRange{begin, begin + size}, Features{});
    read_subsection(kind, subsection, names);
    reader.seek(begin + size);
  }
  return names;
}

}  // namespace doppel::bytecode
