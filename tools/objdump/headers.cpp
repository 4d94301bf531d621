// SPDX-License-Identifier: Apache-2.0
// Sections in overview, and the listing for programs.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tools/objdump/dump.h"

namespace doppel::tools {

using namespace bytecode;

std::string_view section_name(std::uint8_t id) {
  static constexpr std::array<std::string_view, 14> kNames{
      "custom", "type",  "import",  "function", "table", "memory",     "global",
      "export", "start", "element", "code",     "data",  "data count", "tag"};
  return id < kNames.size() ? kNames[id] : "unknown";
}

std::size_t section_items(const Module& module, std::uint8_t id) {
  switch (id) {
    case 1: return module.types.size();
    case 2: return module.imports.size();
    case 3:
    case 10: return module.bodies.size();
    case 4: return module.tables.size() - module.imported_tables;
    case 5: return module.memories.size() - module.imported_memories;
    case 6: return module.globals.size() - module.imported_globals;
    case 7: return module.exports.size();
    case 9: return module.elements.size();
    case 11: return module.data.size();
    case 13: return module.tags.size() - module.imported_tags;
    default: return 1;
  }
}

namespace {

/// The name of the custom section that stands at `offset`.
std::string custom_name(const Module& module, ByteOffset offset) {
  for (const CustomSection& custom : module.customs) {
    if (custom.offset == offset) return custom.name;
  }
  return {};
}

}  // namespace

std::string headers_text(const Module& module) {
  std::string text;
  text += fmt::format("{:<12} {:>10} {:>10} {:>8}\n", "section", "offset", "bytes", "items");
  for (const SectionRange& section : module.sections) {
    text +=
        fmt::format("{:<12} {:#10x} {:>10} {:>8}", section_name(section.id), section.offset.value(),
                    section.contents.size(), section_items(module, section.id));
    if (section.id == 0)
      text += fmt::format("  {}", quote_name(custom_name(module, section.offset)));
    text += '\n';
  }
  return text;
}

nlohmann::json listing_json(const DumpedModule& dumped) {
  const Module& module = dumped.module;
  auto sections = nlohmann::json::array();
  for (const SectionRange& section : module.sections) {
    nlohmann::json entry{{"id", section.id},
                         {"section", section_name(section.id)},
                         {"offset", section.offset.value()},
                         {"bytes", section.contents.size()},
                         {"items", section_items(module, section.id)}};
    if (section.id == 0) entry["name"] = custom_name(module, section.offset);
    sections.push_back(std::move(entry));
  }
  auto imports = nlohmann::json::array();
  for (const Import& import : module.imports) {
    imports.push_back({{"module", import.module},
                       {"name", import.name},
                       {"kind", to_string(import.kind)},
                       {"index", import.index}});
  }
  auto exports = nlohmann::json::array();
  for (const Export& entry : module.exports) {
    exports.push_back(
        {{"name", entry.name}, {"kind", to_string(entry.kind)}, {"index", entry.index}});
  }
  auto functions = nlohmann::json::array();
  for (std::size_t i = 0; i < module.bodies.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(module.imported_functions + i);
    const FuncBody& body = module.bodies[i];
    nlohmann::json entry{{"index", index},
                         {"type", dumped.signature(module.functions[index])},
                         {"offset", body.code.begin.value()},
                         {"bytes", body.code.size()},
                         {"locals", body.local_count}};
    if (const auto name = dumped.names.find(NameKind::kFunction, index)) entry["name"] = *name;
    functions.push_back(std::move(entry));
  }
  return {{"bytes", module.bytes.size()},
          {"sections", std::move(sections)},
          {"imports", std::move(imports)},
          {"exports", std::move(exports)},
          {"functions", std::move(functions)}};
}

}  // namespace doppel::tools
