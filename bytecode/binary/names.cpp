// SPDX-License-Identifier: Apache-2.0
// Reading of the name section.
#include "bytecode/binary/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "bytecode/binary/byte_reader.h"
#include "bytecode/binary/utf8.h"

namespace doppel::bytecode {

/// Reads one name section into the lists, up to the first thing that is wrong.
class Names::Reader {
 public:
  Reader(const Module& module, ByteRange contents, Names& names)
      : module_(module), reader_(module.bytes, contents), names_(names) {}

  void read() {
    while (!reader_.at_end() && !reader_.failed()) {
      const std::uint8_t code = reader_.read_byte();
      const std::uint32_t size = reader_.read_count("bytes of names");
      const ByteOffset begin = reader_.offset();
      reader_.read_bytes(size);
      if (reader_.failed() || code >= kKinds) continue;
      Reader(module_, {begin, begin + size}, names_).read_subsection(static_cast<NameKind>(code));
    }
  }

 private:
  void read_subsection(NameKind kind) {
    entries_ = &names_.entries_[static_cast<std::size_t>(kind)];
    entries_->clear();
    switch (kind) {
      case NameKind::kModule: read_name(0, 0); break;
      case NameKind::kLocal:
      case NameKind::kLabel:
      case NameKind::kField:
        for (std::uint32_t owners = reader_.read_count("owners", 2);
             owners > 0 && !reader_.failed(); --owners) {
          read_map(reader_.read_u32());
        }
        break;
      default: read_map(0);
    }
    // Of several names for one thing the first is found.
    std::sort(entries_->begin(), entries_->end(), [](const Entry& a, const Entry& b) {
      return std::tuple(a.owner, a.index, a.name.data()) <
             std::tuple(b.owner, b.index, b.name.data());
    });
  }

  void read_map(std::uint32_t owner) {
    for (std::uint32_t count = reader_.read_count("names", 2); count > 0 && !reader_.failed();
         --count) {
      read_name(owner, reader_.read_u32());
    }
  }

  void read_name(std::uint32_t owner, std::uint32_t index) {
    const auto bytes = reader_.read_bytes(reader_.read_count("bytes of a name"));
    const std::string_view name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!reader_.failed() && is_utf8(name)) entries_->push_back({owner, index, name});
  }

  const Module& module_;
  ByteReader<Trust::kNone> reader_;
  Names& names_;
  std::vector<Entry>* entries_ = nullptr;
};

Names::Names(const Module& module) {
  const auto section =
      std::find_if(module.customs.begin(), module.customs.end(),
                   [](const CustomSection& custom) { return custom.name == "name"; });
  if (section != module.customs.end()) Reader(module, section->bytes, *this).read();
}

std::optional<std::string_view> Names::module() const { return find(NameKind::kModule, 0); }

std::optional<std::string_view> Names::find(NameKind kind, std::uint32_t index) const {
  return find(kind, 0, index);
}

std::optional<std::string_view> Names::find(NameKind kind, std::uint32_t owner,
                                            std::uint32_t index) const {
  const auto& entries = entries_[static_cast<std::size_t>(kind)];
  const auto place = std::lower_bound(
      entries.begin(), entries.end(), std::tie(owner, index),
      [](const Entry& entry, const auto& key) { return std::tie(entry.owner, entry.index) < key; });
  if (place == entries.end() || place->owner != owner || place->index != index) return std::nullopt;
  return place->name;
}

std::span<const Names::Entry> Names::all(NameKind kind, std::uint32_t owner) const {
  const auto& entries = entries_[static_cast<std::size_t>(kind)];
  const auto begin =
      std::lower_bound(entries.begin(), entries.end(), owner,
                       [](const Entry& entry, std::uint32_t key) { return entry.owner < key; });
  const auto end =
      std::upper_bound(begin, entries.end(), owner,
                       [](std::uint32_t key, const Entry& entry) { return key < entry.owner; });
  return {begin, end};
}

std::string escape_name(std::string_view name) {
  std::string text;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
      text += fmt::format("\\{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string quote_name(std::string_view name) { return '"' + escape_name(name) + '"'; }

std::string describe_function(const Module& module, FuncIndex function) {
  if (const auto name = Names(module).find(NameKind::kFunction, function.value())) {
    return fmt::format("function {} {}", function.value(), quote_name(*name));
  }
  for (const Export& entry : module.exports) {
    if (entry.kind == ExternKind::kFunc && entry.index == function.value()) {
      return fmt::format("function {} {}", function.value(), quote_name(entry.name));
    }
  }
  return fmt::format("function {}", function.value());
}

}  // namespace doppel::bytecode
