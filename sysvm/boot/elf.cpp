// SPDX-License-Identifier: Apache-2.0
// ELF files for RISC-V (System V ABI; RISC-V ELF psABI): segments by physical address, and symbols.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "sysvm/boot/bytes.h"
#include "sysvm/boot/image.h"

namespace doppel::sysvm {

namespace {

constexpr std::size_t kMostSymbols = std::size_t{1} << 20;

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_386: return "x86";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "Arm";
    case EM_AARCH64: return "AArch64";
    case EM_MIPS: return "MIPS";
    case EM_PPC: return "PowerPC";
    case EM_PPC64: return "PowerPC 64";
    case EM_S390: return "S/390";
    case EM_SPARCV9: return "SPARC";
    case 258: return "LoongArch";
    default: return fmt::format("machine number {}", machine);
  }
}

/// A structure of the file, copied; nothing when it does not lie in it.
template <class T>
std::optional<T> structure_at(std::span<const std::byte> file, std::uint64_t offset) {
  const auto bytes = part_of(file, offset, sizeof(T));
  if (!bytes) return std::nullopt;
  T structure;
  std::memcpy(&structure, bytes->data(), sizeof structure);
  return structure;
}

Result<Elf64_Ehdr> read_header(std::span<const std::byte> file) {
  const auto header = structure_at<Elf64_Ehdr>(file, 0);
  if (!header) {
    return fail(ErrorKind::kMalformed,
                fmt::format("an ELF file of {} bytes, expected a header of {}", file.size(),
                            sizeof(Elf64_Ehdr)));
  }
  if (header->e_ident[EI_DATA] != ELFDATA2LSB)
    return fail(ErrorKind::kUnsupported, "a big-endian ELF file, expected one for 64-bit RISC-V");
  if (header->e_machine != EM_RISCV) {
    return fail(ErrorKind::kUnsupported,
                fmt::format("an ELF file for {}, expected one for 64-bit RISC-V",
                            machine_name(header->e_machine)));
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64) {
    return fail(ErrorKind::kUnsupported,
                "an ELF file for 32-bit RISC-V, expected one for 64-bit RISC-V");
  }
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
    return fail(ErrorKind::kUnsupported,
                fmt::format("an ELF file of type {}, expected a linked program", header->e_type));
  }
  return *header;
}

std::optional<Elf64_Shdr> section(std::span<const std::byte> file, const Elf64_Ehdr& header,
                                  std::uint64_t number) {
  if (header.e_shentsize != sizeof(Elf64_Shdr) || number >= header.e_shnum) return std::nullopt;
  if (header.e_shoff > file.size()) return std::nullopt;
  return structure_at<Elf64_Shdr>(file, header.e_shoff + number * sizeof(Elf64_Shdr));
}

/// The symbols of the first symbol table, moved by `bias`. They only make messages better, so
/// damage means none.
SymbolTable read_symbols(std::span<const std::byte> file, const Elf64_Ehdr& header,
                         std::uint64_t bias) {
  std::vector<SymbolTable::Symbol> symbols;
  for (std::uint64_t number = 0; number < header.e_shnum; ++number) {
    const auto table = section(file, header, number);
    if (!table || table->sh_type != SHT_SYMTAB) continue;
    const auto strings = section(file, header, table->sh_link);
    if (!strings) break;
    const auto names = part_of(file, strings->sh_offset, strings->sh_size);
    const auto entries = part_of(file, table->sh_offset, table->sh_size);
    if (!names || !entries) break;
    const std::string_view text(reinterpret_cast<const char*>(names->data()), names->size());
    const std::size_t count = std::min(entries->size() / sizeof(Elf64_Sym), kMostSymbols);
    for (std::size_t i = 0; i < count; ++i) {
      const auto symbol = structure_at<Elf64_Sym>(*entries, i * sizeof(Elf64_Sym));
      const unsigned type = ELF64_ST_TYPE(symbol->st_info);
      if (type == STT_SECTION || type == STT_FILE || symbol->st_shndx == SHN_UNDEF) continue;
      if (symbol->st_name >= text.size()) continue;
      const std::string_view name = text.substr(symbol->st_name, 256);
      if (name.front() == '\0' || name.front() == '.' || name.front() == '$') continue;
      symbols.push_back({symbol->st_value + bias, std::string(name.substr(0, name.find('\0')))});
    }
    break;
  }
  return SymbolTable(std::move(symbols));
}

Result<ProgramImage> read_riscv_elf(std::span<const std::byte> file, GuestPhys base) {
  const Elf64_Ehdr header = DOPPEL_TRY(read_header(file));
  ProgramImage image;
  // The entry is a virtual address; the segment that holds it says where it is placed.
  std::optional<GuestPhys> entry;
  std::optional<std::uint64_t> bias;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto place = header.e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr);
    const auto program =
        header.e_phoff > file.size() ? std::nullopt : structure_at<Elf64_Phdr>(file, place);
    if (header.e_phentsize != sizeof(Elf64_Phdr) || !program) {
      return fail(
          ErrorKind::kMalformed,
          fmt::format("program header {} of {} lies outside of the ELF file", i, header.e_phnum));
    }
    if (program->p_type != PT_LOAD || program->p_memsz == 0) continue;
    const auto contents = part_of(file, program->p_offset, program->p_filesz);
    if (!contents || program->p_filesz > program->p_memsz) {
      return fail(
          ErrorKind::kMalformed,
          fmt::format("segment {} has {:#x} bytes at file offset {:#x}, expected them inside "
                      "of {:#x}",
                      i, program->p_filesz, program->p_offset, file.size()));
    }
    // A position-independent program that is linked low has no place of its own.
    if (!bias) bias = header.e_type == ET_DYN && program->p_paddr < base.value() ? base.value() : 0;
    const GuestPhys address(program->p_paddr + *bias);
    if (header.e_entry - program->p_vaddr < program->p_memsz)
      entry = address + (header.e_entry - program->p_vaddr);
    image.segments.push_back({address, *contents, program->p_memsz});
  }
  if (image.segments.empty())
    return fail(ErrorKind::kMalformed, "an ELF file without anything to load");
  if (!entry) {
    return fail(ErrorKind::kMalformed,
                fmt::format("the entry {:#x} lies in no segment of the ELF file", header.e_entry));
  }
  image.entry = *entry;
  image.symbols = read_symbols(file, header, *bias);
  return image;
}

}  // namespace

std::optional<Result<ProgramImage>> read_elf(std::span<const std::byte> file, GuestPhys base) {
  if (!has_at(file, 0,
              "\x7F"
              "ELF"))
    return std::nullopt;
  return read_riscv_elf(file, base);
}

}  // namespace doppel::sysvm
