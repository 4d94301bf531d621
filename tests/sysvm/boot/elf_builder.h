// SPDX-License-Identifier: Apache-2.0
// Small ELF files for tests: one loadable segment, and symbols.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace doppel::sysvm {

struct ElfParts {
  std::uint64_t address = 0x8000'0000;
  std::uint64_t entry = 0x8000'0000;
  std::uint64_t memory_bytes = 0;  ///< 0: as many as the code has
  std::uint16_t machine = EM_RISCV;
  std::uint16_t type = ET_EXEC;
  std::uint8_t width = ELFCLASS64;
  std::vector<std::pair<std::string, std::uint64_t>> symbols = {};
};

/// An ELF file with `code` as its one segment.
inline std::vector<std::byte> build_elf(const ElfParts& parts,
                                        std::span<const std::uint32_t> code) {
  std::vector<std::byte> file;
  const auto append = [&](const void* data, std::size_t bytes) {
    const auto* begin = static_cast<const std::byte*>(data);
    file.insert(file.end(), begin, begin + bytes);
  };
  std::string names(1, '\0');
  std::vector<Elf64_Sym> symbols(1);
  for (const auto& [name, value] : parts.symbols) {
    Elf64_Sym symbol = {};
    symbol.st_name = static_cast<std::uint32_t>(names.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbol.st_value = value;
    symbols.push_back(symbol);
    names += name + '\0';
  }

  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = parts.width;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = parts.type;
  header.e_machine = parts.machine;
  header.e_entry = parts.entry;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;

  Elf64_Phdr segment = {};
  segment.p_type = PT_LOAD;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_vaddr = segment.p_paddr = parts.address;
  segment.p_filesz = code.size_bytes();
  segment.p_memsz = parts.memory_bytes != 0 ? parts.memory_bytes : code.size_bytes();

  Elf64_Shdr table = {};
  table.sh_type = SHT_SYMTAB;
  table.sh_offset = segment.p_offset + segment.p_filesz;
  table.sh_size = symbols.size() * sizeof(Elf64_Sym);
  table.sh_link = 2;
  Elf64_Shdr strings = {};
  strings.sh_type = SHT_STRTAB;
  strings.sh_offset = table.sh_offset + table.sh_size;
  strings.sh_size = names.size();
  header.e_shoff = strings.sh_offset + strings.sh_size;

  const Elf64_Shdr none = {};
  append(&header, sizeof header);
  append(&segment, sizeof segment);
  append(code.data(), code.size_bytes());
  append(symbols.data(), table.sh_size);
  append(names.data(), names.size());
  append(&none, sizeof none);
  append(&table, sizeof table);
  append(&strings, sizeof strings);
  return file;
}

}  // namespace doppel::sysvm
