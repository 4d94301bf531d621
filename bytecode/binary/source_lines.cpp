// SPDX-License-Identifier: Apache-2.0
// Line number programs, unit by unit: the header with its lists of folders and files, then the
// program, whose rows say from which address on a line's instructions stand.
#include "bytecode/binary/source_lines.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "bytecode/binary/byte_reader.h"

namespace doppel::bytecode {

namespace {

/// The encodings that occur (DWARF 5, section 7).
enum Form : std::uint32_t {
  kData2 = 0x05,
  kData4 = 0x06,
  kData8 = 0x07,
  kString = 0x08,
  kBlock = 0x09,
  kData1 = 0x0b,
  kStrp = 0x0e,
  kUdata = 0x0f,
  kData16 = 0x1e,
  kLineStrp = 0x1f,
};
enum Content : std::uint32_t { kPath = 1, kDirectoryIndex = 2 };
enum Standard : std::uint8_t {
  kExtended = 0,
  kCopy = 1,
  kAdvancePc = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kSetColumn = 5,
  kConstAddPc = 8,
  kFixedAdvancePc = 9,
};
enum Extended : std::uint8_t { kEndSequence = 1, kSetAddress = 2 };

class Reader : public ByteReader<Trust::kNone> {
 public:
  using ByteReader::ByteReader;
  /// `size` bytes, little endian.
  std::uint32_t read_fixed(std::uint32_t size) {
    const std::span<const std::byte> bytes = read_bytes(size);
    std::uint32_t value = 0;
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
  }
  /// Up to a zero byte, which is consumed.
  std::string_view read_string() {
    const ByteOffset begin = offset();
    while (read_byte() != 0) {
    }
    if (failed()) return {};
    const std::uint32_t size = offset() - begin - 1;
    seek(begin);
    const std::span<const std::byte> bytes = read_bytes(size);
    skip_byte();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

struct FileName {
  ByteRange name;  ///< begins with it; it is read when it is wanted, as many may share a long one
  std::uint32_t folder = 0;
};

/// What a row of a program says of the instructions from its address on.
struct Row {
  std::uint32_t address = 0;
  std::uint32_t file = 1;
  std::uint32_t line = 1;
  std::uint32_t column = 0;
  bool live = false;  ///< not of a function that the linker has left out
};

std::optional<ByteRange> find_custom(const Module& module, std::string_view name) {
  const auto found = std::ranges::find(module.customs, name, &CustomSection::name);
  if (found == module.customs.end()) return std::nullopt;
  return found->bytes;
}

/// The sections that strings of line programs stand in.
struct Strings {
  ByteRange strings;
  ByteRange line_strings;
};

/// Reads one unit and tells `match(row, end)` of each row and the address where it ends.
class Unit {
 public:
  Unit(const Module& module, const Strings& strings, ByteRange bytes)
      : module_(module), strings_(strings), in_(module.bytes, bytes) {}

  template <class Match>
  void read(Match&& match) {
    if (read_header()) run(std::forward<Match>(match));
  }

  /// The path of a row's file; empty if there is no such file.
  [[nodiscard]] std::string path_of(const Row& row) const {
    // Files count from 1 before version 5, and so do folders, where 0 is an unnamed one.
    const std::uint32_t index = row.file - (version_ < 5 ? 1 : 0);
    if (index >= files_.size()) return {};
    std::string name = text(files_[index].name);
    const std::uint32_t number = files_[index].folder;
    std::string folder = folder_name(number);
    if (version_ >= 5 && number != 0 && !folder.starts_with('/'))
      folder = joined(folder_name(0), folder);
    return name.empty() ? name : joined(folder, name);
  }

 private:
  static std::string joined(const std::string& folder, const std::string& name) {
    return folder.empty() || name.starts_with('/') ? name : folder + "/" + name;
  }
  [[nodiscard]] std::string text(ByteRange range) const {
    return std::string(Reader(module_.bytes, range).read_string());
  }
  [[nodiscard]] std::string folder_name(std::uint32_t number) const {
    const std::uint32_t index = number - (version_ < 5 ? 1 : 0);
    return index < folders_.size() ? text(folders_[index]) : std::string();
  }

  bool read_header() {
    version_ = in_.read_fixed(2);
    if (version_ < 2 || version_ > 5) return false;
    if (version_ >= 5) in_.read_bytes(2);  // sizes of addresses and of segment selectors
    const std::uint32_t rest = in_.read_fixed(4);
    const ByteOffset begin = in_.offset();
    if (in_.failed() || rest > in_.remaining()) return false;
    step_ = in_.read_byte();
    if (version_ >= 4) in_.read_byte();  // operations in an instruction
    in_.read_byte();                     // whether rows are statements at first
    const int line_base = in_.read_byte();
    line_base_ = line_base < 0x80 ? line_base : line_base - 0x100;
    line_range_ = in_.read_byte();
    opcode_base_ = in_.read_byte();
    if (line_range_ == 0 || opcode_base_ == 0) return false;
    for (unsigned opcode = 1; opcode < opcode_base_; ++opcode) operands_.push_back(in_.read_byte());
    if (version_ < 5) {
      read_old_lists();
    } else {
      for (const FileName& entry : read_list()) folders_.push_back(entry.name);
      files_ = read_list();
    }
    if (in_.failed()) return false;
    in_.seek(begin + rest);
    return true;
  }

  void read_old_lists() {
    const auto read_name = [this](ByteRange& name) {
      name.begin = in_.offset();
      const bool any = !in_.read_string().empty();
      name.end = in_.offset();
      return any && !in_.failed();
    };
    for (ByteRange name; read_name(name);) folders_.push_back(name);
    for (ByteRange name; read_name(name);) {
      files_.push_back({name, in_.read_u32()});
      in_.read_u64();  // time
      in_.read_u64();  // size
    }
  }

  /// A list of version 5: how its entries are encoded, then they.
  std::vector<FileName> read_list() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> format(in_.read_byte());
    for (auto& [content, form] : format) {
      content = in_.read_u32();
      form = in_.read_u32();
    }
    const std::uint32_t count = in_.read_count("files");
    std::vector<FileName> list;
    for (std::uint32_t i = 0; i < count && !format.empty() && !in_.failed(); ++i) {
      FileName& entry = list.emplace_back();
      for (const auto& [content, form] : format) {
        const auto [number, text] = read_form(form);
        if (content == kPath) entry.name = text;
        if (content == kDirectoryIndex) entry.folder = number;
      }
    }
    return list;
  }

  /// A number, or where a string begins.
  std::pair<std::uint32_t, ByteRange> read_form(std::uint32_t form) {
    switch (form) {
      case kString: {
        const ByteOffset begin = in_.offset();
        in_.read_string();
        return {0, {begin, in_.offset()}};
      }
      case kLineStrp: return {0, string_at(strings_.line_strings, in_.read_fixed(4))};
      case kStrp: return {0, string_at(strings_.strings, in_.read_fixed(4))};
      case kUdata: return {static_cast<std::uint32_t>(in_.read_u64()), {}};
      case kData1: return {in_.read_fixed(1), {}};
      case kData2: return {in_.read_fixed(2), {}};
      case kData4: return {in_.read_fixed(4), {}};
      case kData8: return {in_.read_fixed(8), {}};
      case kData16: return {in_.read_fixed(16), {}};
      case kBlock: return {in_.read_fixed(in_.read_count("bytes")), {}};
      default: in_.fail(ErrorKind::kUnsupported, in_.offset(), "an unknown form"); return {};
    }
  }

  static ByteRange string_at(ByteRange section, std::uint32_t offset) {
    if (offset >= section.size()) return {};
    return {section.begin + offset, section.end};
  }

  template <class Match>
  void run(Match&& match) {
    Row now;
    std::optional<Row> last;
    const auto add_row = [&] {
      if (last) match(*last, now.address);
      last = now;
    };
    while (!in_.at_end() && !in_.failed()) {
      const std::uint8_t opcode = in_.read_byte();
      if (opcode >= opcode_base_) {
        const unsigned adjusted = opcode - opcode_base_;
        now.address += adjusted / line_range_ * step_;
        now.line += static_cast<std::uint32_t>(line_base_) + adjusted % line_range_;
        add_row();
        continue;
      }
      switch (opcode) {
        case kExtended:
          if (extended(now) == kEndSequence) {
            add_row();
            now = {};
            last.reset();
          }
          break;
        case kCopy: add_row(); break;
        case kAdvancePc: now.address += in_.read_u32() * step_; break;
        case kAdvanceLine: now.line += static_cast<std::uint32_t>(in_.read_s64()); break;
        case kSetFile: now.file = in_.read_u32(); break;
        case kSetColumn: now.column = in_.read_u32(); break;
        case kConstAddPc: now.address += (255U - opcode_base_) / line_range_ * step_; break;
        case kFixedAdvancePc: now.address += in_.read_fixed(2); break;
        default:
          for (unsigned i = operands_[opcode - 1U]; i > 0; --i) in_.read_u64();
      }
    }
  }

  /// An instruction of the extended kind, which it answers.
  std::uint8_t extended(Row& now) {
    const std::uint32_t size = in_.read_count("bytes");
    if (size == 0) return 0;
    const std::uint8_t kind = in_.read_byte();
    const std::uint32_t operand = in_.read_fixed(size - 1);
    if (kind == kSetAddress) {
      // No function can stand at 0, nor at the end of all addresses.
      constexpr std::uint32_t kFirstOfNone = 0xffff'fffe;
      now.address = operand;
      now.live = operand != 0 && operand < kFirstOfNone;
    }
    return kind;
  }

  const Module& module_;
  const Strings strings_;
  Reader in_;
  std::uint32_t version_ = 0;
  std::uint32_t step_ = 1;  ///< that addresses advance in
  int line_base_ = 0;
  unsigned line_range_ = 1;
  unsigned opcode_base_ = 1;
  std::vector<std::uint8_t> operands_;  ///< how many each standard opcode has
  std::vector<ByteRange> folders_;
  std::vector<FileName> files_;
};

}  // namespace

std::vector<std::optional<SourcePlace>> source_places(const Module& module,
                                                      std::span<const ByteOffset> instructions) {
  std::vector<std::optional<SourcePlace>> places(instructions.size());
  const std::optional<ByteRange> lines = find_custom(module, ".debug_line");
  constexpr std::uint8_t kCodeSection = 10;
  const auto code = std::ranges::find(module.sections, kCodeSection, &SectionRange::id);
  if (!lines || code == module.sections.end()) return places;

  const Strings strings{find_custom(module, ".debug_str").value_or(ByteRange{}),
                        find_custom(module, ".debug_line_str").value_or(ByteRange{})};
  Reader units(module.bytes, *lines);
  while (!units.at_end()) {
    const std::uint32_t size = units.read_fixed(4);
    const ByteOffset begin = units.offset();
    units.read_bytes(size);
    if (units.failed()) break;
    Unit unit(module, strings, {begin, begin + size});
    unit.read([&](const Row& row, std::uint32_t end) {
      if (!row.live || row.line == 0) return;
      for (std::size_t i = 0; i < places.size(); ++i) {
        const std::uint32_t address = instructions[i] - code->contents.begin;
        if (address >= row.address && address < end && !places[i])
          places[i] = {unit.path_of(row), row.line, row.column};
      }
    });
  }
  for (std::optional<SourcePlace>& place : places) {
    if (place && place->file.empty()) place.reset();
  }
  return places;
}

}  // namespace doppel::bytecode
