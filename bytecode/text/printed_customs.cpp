// SPDX-License-Identifier: Apache-2.0
// Places of custom sections, and the branch hint section read leniently: one that does not make
// sense is kept as bytes.
#include "bytecode/text/printed_customs.h"

#include <fmt/format.h>

#include "bytecode/binary/encoder.h"
#include "bytecode/text/lexer.h"
#include "bytecode/text/module_sections.h"

namespace doppel::bytecode::text {
namespace {

/// Where each function body begins, with the declarations of its locals.
std::vector<ByteOffset> body_places(const Module& module) {
  std::vector<ByteOffset> places;
  for (const SectionRange& section : module.sections) {
    if (section.id != static_cast<std::uint8_t>(SectionId::kCode)) continue;
    CodeReader reader(module.bytes, section.contents, Features{});
    for (std::uint32_t n = reader.read_count("bodies"); n > 0 && !reader.failed(); --n) {
      const std::uint32_t size = reader.read_u32();
      places.push_back(reader.offset());
      reader.read_bytes(size);
    }
  }
  return places;
}

/// Whether the assembler writes this section again: empty ones it leaves out, and the data count
/// it writes only where code needs it.
bool will_stay(const Module& module, const SectionRange& section) {
  const auto id = static_cast<SectionId>(section.id);
  if (id == SectionId::kCustom || id == SectionId::kDataCount) return false;
  return id == SectionId::kStart || module.view(section.contents)[0] != std::byte{0};
}

/// Which section a custom one stands behind, as a placement; nothing for the end of the module.
std::string placement(const Module& module, ByteOffset offset) {
  const SectionRange* before = nullptr;
  bool is_last = true;
  for (const SectionRange& section : module.sections) {
    if (!will_stay(module, section)) continue;
    if (section.offset < offset) {
      before = &section;
    } else {
      is_last = false;
    }
  }
  if (is_last) return "";
  if (before == nullptr) return " (before first)";
  return fmt::format(" (after {})", section_name(static_cast<SectionId>(before->id)));
}

}  // namespace

PrintedCustoms::PrintedCustoms(const Module& module) {
  bool seen_names = false;
  for (const CustomSection& section : module.customs) {
    if (section.name == "name" && !std::exchange(seen_names, true)) continue;
    if (section.name == kBranchHintSection && read_hints(module, section)) continue;
    const auto bytes = module.view(section.bytes);
    text_ += fmt::format("\n  {} {}{} {})", kCustomAnnotation, quoted(section.name),
                         placement(module, section.offset),
                         quoted({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
}

bool PrintedCustoms::read_hints(const Module& module, const CustomSection& section) {
  const std::vector<ByteOffset> bodies = body_places(module);
  HintsByOffset hints;
  CodeReader reader(module.bytes, section.bytes, Features{});
  for (std::uint32_t n = reader.read_count("functions"); n > 0 && !reader.failed(); --n) {
    const std::uint32_t body = reader.read_u32() - module.imported_functions;
    for (std::uint32_t m = reader.read_count("hints"); m > 0 && !reader.failed(); --m) {
      const std::uint32_t offset = reader.read_u32();
      const bool is_one_byte = reader.read_u32() == 1;
      const std::uint8_t value = reader.read_byte();
      if (!is_one_byte || value > 1 || body >= bodies.size()) return false;
      hints.emplace((bodies[body] + offset).value(), value);
    }
  }
  if (reader.failed() || !reader.at_end()) return false;
  hints_.merge(hints);
  return true;
}

}  // namespace doppel::bytecode::text
