// SPDX-License-Identifier: Apache-2.0
// The RISC-V boot image (Linux, Documentation/arch/riscv/boot-image-header), raw code, and what is
// neither. An EFI image of Linux is a boot image whose first instruction doubles as "MZ".
#include "sysvm/boot/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "sysvm/boot/bytes.h"

namespace doppel::sysvm {

namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kTextOffset = 8;
constexpr std::uint64_t kImageSize = 16;
constexpr std::uint64_t kFlags = 24;
constexpr std::uint64_t kMagic2 = 0x38;
constexpr std::uint64_t kHeaderBytes = 64;

constexpr std::uint64_t kEfiHeader = 0x3C;
constexpr std::uint16_t kEfiRiscv64 = 0x5064;

/// Files that people give by mistake, by their first bytes.
struct Foreign {
  std::uint64_t offset;
  std::string_view bytes;
  std::string_view what;
};
constexpr Foreign kForeign[] = {
    {4, "zimg", "a compressed EFI image (zboot), expected the image inside of it"},
    {0x38, "ARM\x64", "a Linux kernel for AArch64, expected one for 64-bit RISC-V"},
    {0x24, "\x18\x28\x6F\x01", "a Linux kernel for Arm, expected one for 64-bit RISC-V"},
    {0x202, "HdrS", "a Linux kernel for x86, expected one for 64-bit RISC-V"},
    {0, "\x1F\x8B", "a file compressed with gzip, expected what is in it"},
    {0, "\x28\xB5\x2F\xFD", "a file compressed with zstd, expected what is in it"},
    {0,
     "\xFD"
     "7zXZ",
     "a file compressed with xz, expected what is in it"},
    {0, "BZh", "a file compressed with bzip2, expected what is in it"},
    {0, "\x04\x22\x4D\x18", "a file compressed with lz4, expected what is in it"},
    {0, "\x02\x21\x4C\x18", "a file compressed with lz4, expected what is in it"},
    {0, "\x27\x05\x19\x56", "a U-Boot image, expected the kernel inside of it"},
    {0, "\xD0\x0D\xFE\xED", "a device tree or FIT image, expected the kernel inside of it"},
    {0, "070701", "a cpio archive, which is an initial RAM disk, expected a kernel"},
    {0, "!<arch>", "an archive, expected the program inside of it"},
};

std::string efi_machine_name(std::uint16_t machine) {
  switch (machine) {
    case 0x014C: return "x86";
    case 0x8664: return "x86-64";
    case 0x01C2: return "Arm";
    case 0xAA64: return "AArch64";
    case 0x5032: return "32-bit RISC-V";
    case 0x6264: return "LoongArch";
    default: return fmt::format("machine number {:#x}", machine);
  }
}

Result<void> refuse_foreign(std::span<const std::byte> file) {
  for (const Foreign& foreign : kForeign) {
    if (has_at(file, foreign.offset, foreign.bytes))
      return fail(ErrorKind::kUnsupported, std::string(foreign.what));
  }
  const auto efi = number_at<std::uint32_t>(file, kEfiHeader);
  if (has_at(file, 0, "MZ") && efi && has_at(file, *efi, "PE\0\0"sv)) {
    const auto machine = number_at<std::uint16_t>(file, std::uint64_t{*efi} + 4);
    if (machine && *machine != kEfiRiscv64) {
      return fail(ErrorKind::kUnsupported,
                  fmt::format("an EFI program for {}, expected a kernel for 64-bit RISC-V",
                              efi_machine_name(*machine)));
    }
    if (!has_at(file, kMagic2, "RSC\x05")) {
      return fail(ErrorKind::kUnsupported,
                  "an EFI program, expected a Linux kernel or code that runs without EFI");
    }
  }
  const auto head = file.first(std::min<std::size_t>(file.size(), 256));
  const bool is_text = std::all_of(head.begin(), head.end(), [](std::byte byte) {
    const int c = std::to_integer<int>(byte);
    return std::isprint(c) != 0 || std::isspace(c) != 0;
  });
  if (is_text) return fail(ErrorKind::kUnsupported, "a text file, expected a program");
  return {};
}

Result<ProgramImage> read_boot_image(std::span<const std::byte> file, GuestPhys ram_base) {
  constexpr std::uint64_t kBigEndianFlag = 1;
  const std::uint64_t offset = *number_at<std::uint64_t>(file, kTextOffset);
  const std::uint64_t size = *number_at<std::uint64_t>(file, kImageSize);
  const std::uint64_t flags = *number_at<std::uint64_t>(file, kFlags);
  if ((flags & kBigEndianFlag) != 0)
    return fail(ErrorKind::kUnsupported, "a big-endian kernel, expected a little-endian one");
  // Above 2^40 either is no address distance that a machine could have.
  if (offset % 4096 != 0 || offset >> 40U != 0 || size >> 40U != 0) {
    return fail(ErrorKind::kMalformed,
                fmt::format("a boot image of {:#x} bytes for offset {:#x}, expected a multiple of "
                            "4096 bytes",
                            size, offset));
  }
  const GuestPhys base = ram_base + offset;
  return ProgramImage{{{base, file, std::max<std::uint64_t>(size, file.size())}}, base, {}};
}

}  // namespace

Result<ProgramImage> read_program(std::span<const std::byte> file, GuestPhys ram_base,
                                  GuestPhys base) {
  if (file.size() < 4) {
    return fail(ErrorKind::kMalformed,
                fmt::format("a file of {} bytes, expected a program", file.size()));
  }
  if (auto elf = read_elf(file, base)) return std::move(*elf);
  DOPPEL_TRY(refuse_foreign(file));
  if (file.size() >= kHeaderBytes && has_at(file, kMagic2, "RSC\x05"))
    return read_boot_image(file, ram_base);
  return ProgramImage{{{base, file, file.size()}}, base, {}};
}

}  // namespace doppel::sysvm
