// SPDX-License-Identifier: Apache-2.0
// ELF for x86-64 (System V ABI, AMD64 supplement, section 4.4): sections are laid one behind the
// other, symbols and relocations follow them.
#include "jit/engine/code_object.h"

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/Alignment.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace doppel::jit {

namespace {

using llvm::object::ELFRelocationRef;
using llvm::object::ELFSectionRef;
using llvm::object::ELFSymbolRef;
using llvm::object::RelocationRef;
using llvm::object::SectionRef;
using llvm::object::SymbolRef;

tl::unexpected<Error> unsupported(std::string what) {
  return fail(ErrorKind::kUnsupported, std::move(what));
}

template <class T>
Result<T> checked(llvm::Expected<T> value) {
  if (!value) return unsupported("LLVM: " + llvm::toString(value.takeError()));
  return *std::move(value);
}

class Converter {
 public:
  explicit Converter(const llvm::object::ObjectFile& file) : file_(file) {}

  Result<CodeObject> run() {
    if (file_.getArch() != llvm::Triple::x86_64 || !file_.isELF())
      return unsupported("found an object for another processor, expected one for x86-64");
    for (const SectionRef& section : file_.sections()) DOPPEL_TRY(place(section));
    for (const SymbolRef& symbol : file_.symbols()) DOPPEL_TRY(note(symbol));
    for (const SectionRef& section : file_.sections()) DOPPEL_TRY(convert_relocations(section));
    note_lines();
    DOPPEL_TRY(object_.check());
    return std::move(object_);
  }

 private:
  struct Place {
    CodeObject::Part part = CodeObject::Part::kCode;
    std::uint32_t offset = 0;
  };

  /// Lays a section that is loaded behind those of its part.
  Result<void> place(const SectionRef& section) {
    const ELFSectionRef elf(section);
    if ((elf.getFlags() & llvm::ELF::SHF_ALLOC) == 0 || section.getSize() == 0) return {};
    const llvm::StringRef name = DOPPEL_TRY(checked(section.getName()));
    if (name == ".eh_frame") return {};  // nothing unwinds through the code
    const std::uint64_t alignment = section.getAlignment().value();
    if (alignment > CodeObject::kAlignment)
      return unsupported("found data aligned to " + std::to_string(alignment) + " bytes");
    if (section.isBSS()) {
      object_.room = static_cast<std::uint32_t>(llvm::alignTo(object_.room, alignment));
      places_[section.getIndex()] = {CodeObject::Part::kRoom, object_.room};
      object_.room += static_cast<std::uint32_t>(section.getSize());
      return {};
    }
    const bool is_code = section.isText();
    const bool is_written =
        (elf.getFlags() & llvm::ELF::SHF_WRITE) != 0 && !name.starts_with(".data.rel.ro");
    if (is_written)
      return unsupported("found data in " + name.str() + ", expected constants and room alone");
    std::vector<std::byte>& bytes = is_code ? object_.code : object_.constants;
    const auto contents = DOPPEL_TRY(checked(section.getContents()));
    bytes.resize(llvm::alignTo(bytes.size(), alignment));
    places_[section.getIndex()] = {is_code ? CodeObject::Part::kCode : CodeObject::Part::kConstants,
                                   static_cast<std::uint32_t>(bytes.size())};
    const auto* begin = reinterpret_cast<const std::byte*>(contents.data());
    bytes.insert(bytes.end(), begin, begin + contents.size());
    return {};
  }

  /// Where a symbol's section lies; null: outside.
  Result<const Place*> place_of(const SymbolRef& symbol) {
    const auto section = DOPPEL_TRY(checked(symbol.getSection()));
    if (section == file_.section_end()) return nullptr;
    const auto found = places_.find(section->getIndex());
    if (found == places_.end())
      return unsupported("found a reference to a section that is not loaded");
    return &found->second;
  }

  /// Notes functions and room.
  Result<void> note(const SymbolRef& symbol) {
    const auto type = DOPPEL_TRY(checked(symbol.getType()));
    if (type != SymbolRef::ST_Function && type != SymbolRef::ST_Data) return {};
    const Place* place = DOPPEL_TRY(place_of(symbol));
    if (place == nullptr || place->part == CodeObject::Part::kConstants) return {};
    const std::uint64_t value = DOPPEL_TRY(checked(symbol.getValue()));
    std::string name = DOPPEL_TRY(checked(symbol.getName()))
    .str();
    object_.symbols.push_back({std::move(name), place->part,
                               place->offset + static_cast<std::uint32_t>(value),
                               static_cast<std::uint32_t>(ELFSymbolRef(symbol).getSize())});
    return {};
  }

  Result<void> convert_relocations(const SectionRef& section) {
    const auto relocated = DOPPEL_TRY(checked(section.getRelocatedSection()));
    if (relocated == file_.section_end()) return {};
    const auto place = places_.find(relocated->getIndex());
    if (place == places_.end()) return {};
    for (const RelocationRef& relocation : section.relocations())
      DOPPEL_TRY(convert(relocation, place->second));
    return {};
  }

  Result<void> convert(const RelocationRef& relocation, const Place& place) {
    CodeObject::Fixup fixup;
    fixup.place = place.part;
    fixup.offset = place.offset + static_cast<std::uint32_t>(relocation.getOffset());
    fixup.addend = DOPPEL_TRY(checked(ELFRelocationRef(relocation).getAddend()));
    const auto symbol = relocation.getSymbol();
    if (symbol == file_.symbol_end()) return unsupported("found a relocation without a symbol");
    const Place* target = DOPPEL_TRY(place_of(*symbol));
    if (target != nullptr) {
      fixup.target = target->part;
      fixup.addend += target->offset;
      fixup.addend += static_cast<std::int64_t>(DOPPEL_TRY(checked(symbol->getValue())));
    } else {
      fixup.target = CodeObject::Part::kOutside;
      fixup.outside = outside(DOPPEL_TRY(checked(symbol->getName())));
      if (relocation.getType() == llvm::ELF::R_X86_64_PLT32) {
        fixup.target = CodeObject::Part::kCode;
        fixup.addend += stub(fixup.outside);
      }
    }
    switch (relocation.getType()) {
      case llvm::ELF::R_X86_64_64: fixup.kind = CodeObject::FixupKind::kAddress64; break;
      case llvm::ELF::R_X86_64_PC32:
      case llvm::ELF::R_X86_64_PLT32: fixup.kind = CodeObject::FixupKind::kRelative32; break;
      case llvm::ELF::R_X86_64_GOTPCREL:
      case llvm::ELF::R_X86_64_GOTPCRELX:
      case llvm::ELF::R_X86_64_REX_GOTPCRELX: fixup.kind = CodeObject::FixupKind::kSlot32; break;
      default:
        return unsupported("found relocation " + std::to_string(relocation.getType()) +
                           ", expected one of code for the small model");
    }
    object_.fixups.push_back(fixup);
    return {};
  }

  std::uint32_t outside(llvm::StringRef name) {
    const auto [found, is_new] =
        outside_.try_emplace(name.str(), static_cast<std::uint32_t>(outside_.size()));
    if (is_new) object_.outside.push_back(name.str());
    return found->second;
  }

  /// The offset of a jump to what lies outside, which is too far for a call.
  std::uint32_t stub(std::uint32_t outside) {
    const auto end = static_cast<std::uint32_t>(object_.code.size());
    const auto [known, is_new] = stubs_.try_emplace(outside, end);
    if (is_new) {
      for (const int byte : {0xff, 0x25, 0, 0, 0, 0})  // jmp [rip + slot]
        object_.code.push_back(static_cast<std::byte>(byte));
      object_.fixups.push_back({CodeObject::FixupKind::kSlot32, CodeObject::Part::kCode, end + 2,
                                CodeObject::Part::kOutside, outside, -4});
    }
    return known->second;
  }

  void note_lines() {
    const auto dwarf = llvm::DWARFContext::create(file_);
    std::map<std::uint32_t, std::uint32_t> lines;
    for (const auto& unit : dwarf->compile_units()) {
      const auto* table = dwarf->getLineTableForUnit(unit.get());
      if (table == nullptr) continue;
      for (const auto& row : table->Rows) {
        const auto place = places_.find(row.Address.SectionIndex);
        if (place == places_.end()) continue;
        lines[place->second.offset + static_cast<std::uint32_t>(row.Address.Address)] =
            row.EndSequence ? 0 : row.Line;
      }
    }
    for (const auto& [offset, line] : lines) object_.lines.push_back({offset, line});
  }

  const llvm::object::ObjectFile& file_;
  CodeObject object_;
  std::map<std::uint64_t, Place> places_;  ///< by the section's index
  std::map<std::string, std::uint32_t> outside_;
  std::map<std::uint32_t, std::uint32_t> stubs_;  ///< by what they jump to
};

}  // namespace

Result<CodeObject> to_code_object(const llvm::object::ObjectFile& file) {
  return Converter(file).run();
}

}  // namespace doppel::jit
