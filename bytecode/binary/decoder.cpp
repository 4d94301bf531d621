// SPDX-License-Identifier: Apache-2.0
// The module as a whole (specification 5.5.16): preamble, sections in their order, custom sections
// anywhere, and the counts that two sections must agree on.
#include "bytecode/binary/decoder.h"

#include <fmt/format.h>

#include <array>

#include "bytecode/binary/sections.h"
#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

struct Section {
  std::uint8_t id;
  const char* name;
  void (*read)(SectionReader&, Module&);
};

/// The sections in the order in which they must stand.
constexpr std::array<Section, 13> kSections{{
    {1, "type", read_type_section},
    {2, "import", read_import_section},
    {3, "function", read_function_section},
    {4, "table", read_table_section},
    {5, "memory", read_memory_section},
    {13, "tag", read_tag_section},
    {6, "global", read_global_section},
    {7, "export", read_export_section},
    {8, "start", read_start_section},
    {9, "element", read_element_section},
    {12, "data count", read_data_count_section},
    {10, "code", read_code_section},
    {11, "data", read_data_section},
}};

constexpr std::size_t kNotFound = kSections.size();

std::size_t order_of(std::uint8_t id) {
  std::size_t order = 0;
  while (order < kSections.size() && kSections[order].id != id) ++order;
  return order;
}

tl::unexpected<Error> malformed(ByteOffset offset, std::string_view place, std::string_view found,
                                std::string_view expected) {
  return tl::unexpected(
      module_error(ErrorKind::kMalformed, offset, place, found_but_expected(found, expected)));
}

tl::unexpected<Error> failure_of(const SectionReader& reader, std::string_view place) {
  const ReadFailure& failure = reader.failure();
  return tl::unexpected(module_error(failure.kind, failure.offset, place, failure.detail));
}

class Decoder {
 public:
  Decoder(std::vector<std::byte> bytes, Features features) : features_(features) {
    module_.bytes = std::move(bytes);
  }

  Result<Module> decode() {
    DOPPEL_TRY(read_preamble());
    ByteOffset at{8};
    while (at < end()) at = DOPPEL_TRY(read_section(at));
    DOPPEL_TRY(check_counts());
    return std::move(module_);
  }

 private:
  [[nodiscard]] ByteOffset end() const {
    return ByteOffset{static_cast<std::uint32_t>(module_.bytes.size())};
  }

  Result<void> read_preamble() {
    const auto& bytes = module_.bytes;
    if (bytes.size() > limits::kModuleBytes) {
      return tl::unexpected(
          module_error(ErrorKind::kLimit, ByteOffset{0}, "",
                       found_but_expected(fmt::format("{} bytes", bytes.size()),
                                          fmt::format("at most {}", limits::kModuleBytes))));
    }
    static constexpr std::array<std::uint8_t, 8> kPreamble{0x00, 'a',  's',  'm',
                                                           0x01, 0x00, 0x00, 0x00};
    const auto has = [&](std::size_t i, std::uint8_t byte) {
      return bytes.size() > i && bytes[i] == std::byte{byte};
    };
    for (std::uint32_t i = 0; i < 4; ++i) {
      if (!has(i, kPreamble[i])) {
        return malformed(ByteOffset{0}, "", "no magic number",
                         "a module, which begins with \"\\0asm\"");
      }
    }
    if (has(4, 0x0d) && has(5, 0) && has(6, 1) && has(7, 0)) {
      return tl::unexpected(module_error(ErrorKind::kUnsupported, ByteOffset{4}, "",
                                         found_but_expected("a component", "a core module")));
    }
    for (std::uint32_t i = 4; i < 8; ++i) {
      if (!has(i, kPreamble[i]))
        return malformed(ByteOffset{4}, "", "another version, or none", "version 1");
    }
    return {};
  }

  /// Reads the section at `at` and returns where the next begins.
  Result<ByteOffset> read_section(ByteOffset at) {
    SectionReader header(module_.bytes, {at, end()}, features_);
    const std::uint8_t id = header.read_byte();
    const std::uint32_t size = header.read_count("bytes of a section");
    const std::size_t order = order_of(id);
    if (id != 0 && order == kNotFound) {
      return malformed(at, "", fmt::format("section id {}", id), "one of 0 to 13");
    }
    const std::string place =
        id == 0 ? "a custom section" : fmt::format("the {} section", kSections[order].name);
    if (header.failed()) return failure_of(header, place);
    const ByteRange contents{header.offset(), header.offset() + size};
    module_.sections.push_back({id, at, contents});
    SectionReader reader(module_.bytes, contents, features_);
    if (id == 0) {
      read_custom(reader, at);
    } else {
      if (order < next_) {
        return malformed(at, "", place,
                         "no section that was there before or that belongs before another");
      }
      next_ = order + 1;
      kSections[order].read(reader, module_);
    }
    if (reader.failed()) return failure_of(reader, place);
    if (!reader.at_end()) {
      return malformed(reader.offset(), place, fmt::format("{} more bytes", reader.remaining()),
                       "the end of the section");
    }
    return contents.end;
  }

  void read_custom(SectionReader& reader, ByteOffset at) {
    CustomSection section;
    section.offset = at;
    section.name = reader.read_name();
    section.bytes = {reader.offset(), reader.end()};
    if (reader.failed()) return;
    reader.seek(reader.end());
    module_.customs.push_back(std::move(section));
  }

  Result<void> check_counts() {
    const std::size_t declared = module_.functions.size() - module_.imported_functions;
    if (module_.bodies.size() != declared) {
      return malformed(end(), "", "no code section",
                       fmt::format("the bodies of {} functions", declared));
    }
    if (module_.data_count && *module_.data_count != module_.data.size()) {
      return malformed(end(), "", fmt::format("{} data segments", module_.data.size()),
                       fmt::format("{}, as the data count section says", *module_.data_count));
    }
    return {};
  }

  Module module_;
  Features features_;
  std::size_t next_ = 0;  ///< first section, in their order, that may still come
};

}  // namespace

Result<Module> decode(std::vector<std::byte> bytes, Features features) {
  return Decoder(std::move(bytes), features).decode();
}

}  // namespace doppel::bytecode
