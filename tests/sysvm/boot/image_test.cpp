// SPDX-License-Identifier: Apache-2.0
// What program files are understood, and what the others are called.
#include "sysvm/boot/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "sysvm/platform/memory_map.h"
#include "tests/sysvm/boot/elf_builder.h"

namespace doppel::sysvm {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kCode[] = {0x0000'0513, 0x0000'006F};

std::vector<std::byte> file_of(std::size_t size) {
  return std::vector<std::byte>(size, std::byte{1});
}

void put(std::vector<std::byte>& file, std::size_t offset, std::string_view bytes) {
  std::memcpy(file.data() + offset, bytes.data(), bytes.size());
}
void put(std::vector<std::byte>& file, std::size_t offset, std::uint64_t value) {
  std::memcpy(file.data() + offset, &value, sizeof value);
}

std::vector<std::byte> boot_image(std::uint64_t text_offset, std::uint64_t size) {
  std::vector<std::byte> file(4096);
  put(file, 8, text_offset);
  put(file, 16, size);
  put(file, 0x30, std::string_view("RISCV\0\0\0RSC\x05", 12));
  return file;
}

Result<ProgramImage> read(std::span<const std::byte> file) {
  return read_program(file, kRamBase, kRamBase + 0x20'0000);
}

std::string refusal(std::span<const std::byte> file) {
  const auto image = read(file);
  return image ? "" : image.error().message;
}

TEST(ImageTest, ReadsElf) {
  const auto file = build_elf({.address = 0x8020'0000,
                               .entry = 0x8020'0004,
                               .memory_bytes = 0x100,
                               .symbols = {{"start", 0x8020'0000}, {"loop", 0x8020'0004}}},
                              kCode);
  const auto image = read(file);
  ASSERT_TRUE(image) << image.error().message;
  ASSERT_EQ(image->segments.size(), 1U);
  EXPECT_EQ(image->segments[0].address.value(), 0x8020'0000U);
  EXPECT_EQ(image->segments[0].contents.size(), 8U);
  EXPECT_EQ(image->segments[0].memory_bytes, 0x100U);
  EXPECT_EQ(image->entry.value(), 0x8020'0004U);
  EXPECT_EQ(image->symbols.find("loop"), 0x8020'0004U);
  EXPECT_EQ(image->symbols.describe(0x8020'0008), "loop+0x4");
  EXPECT_EQ(image->symbols.describe(0x8020'0000), "start");
  EXPECT_EQ(image->symbols.describe(0x801F'FFFF), std::nullopt);
  EXPECT_EQ(image->symbols.describe(0x9020'0000), std::nullopt);
}

TEST(ImageTest, PlacesPositionIndependentElf) {
  const auto file = build_elf(
      {.address = 0x1000, .entry = 0x1004, .type = ET_DYN, .symbols = {{"loop", 0x1004}}}, kCode);
  const auto image = read(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->segments[0].address.value(), 0x8020'1000U);
  EXPECT_EQ(image->entry.value(), 0x8020'1004U);
  EXPECT_EQ(image->symbols.find("loop"), 0x8020'1004U) << "symbols move along";
}

TEST(ImageTest, ReadsBootImages) {
  auto file = boot_image(0x20'0000, 0x100'0000);
  put(file, 0, "MZ");
  const auto image = read(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->entry.value(), 0x8020'0000U);
  EXPECT_EQ(image->segments[0].memory_bytes, 0x100'0000U);
  EXPECT_EQ(image->segments[0].contents.size(), 4096U);
}

TEST(ImageTest, TakesOtherCodeAsItIs) {
  const auto file = file_of(100);
  const auto image = read(file);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->entry.value(), 0x8020'0000U);
}

TEST(ImageTest, NamesProgramsOfOtherMachines) {
  EXPECT_THAT(refusal(build_elf({.machine = EM_X86_64}, kCode)), HasSubstr("for x86-64"));
  EXPECT_THAT(refusal(build_elf({.machine = EM_AARCH64}, kCode)), HasSubstr("for AArch64"));
  EXPECT_THAT(refusal(build_elf({.width = ELFCLASS32}, kCode)), HasSubstr("32-bit RISC-V"));
  EXPECT_THAT(refusal(build_elf({.type = ET_REL}, kCode)), HasSubstr("linked"));
  auto arm = file_of(4096);
  put(arm, 0x38, "ARM\x64");
  EXPECT_THAT(refusal(arm), HasSubstr("AArch64"));
  auto bzimage = file_of(4096);
  put(bzimage, 0x202, "HdrS");
  EXPECT_THAT(refusal(bzimage), HasSubstr("x86"));
  auto efi = file_of(4096);
  put(efi, 0, "MZ");
  put(efi, 0x3C, 0x80);
  put(efi, 0x80, std::string_view("PE\0\0\x64\xAA", 6));
  EXPECT_THAT(refusal(efi), HasSubstr("AArch64"));
}

TEST(ImageTest, NamesWhatIsNoProgram) {
  auto gzip = file_of(100);
  put(gzip, 0, "\x1F\x8B");
  EXPECT_THAT(refusal(gzip), HasSubstr("gzip"));
  auto zboot = file_of(100);
  put(zboot, 0, std::string_view("MZ\0\0zimg", 8));
  EXPECT_THAT(refusal(zboot), HasSubstr("compressed EFI image"));
  std::vector<std::byte> text(100, std::byte{'a'});
  EXPECT_THAT(refusal(text), HasSubstr("text file"));
  EXPECT_THAT(refusal({}), HasSubstr("0 bytes"));
}

TEST(ImageTest, RefusesDamage) {
  EXPECT_THAT(refusal(boot_image(0x20'0001, 0)), HasSubstr("multiple of 4096"));
  EXPECT_THAT(refusal(boot_image(0, ~0ULL)), HasSubstr("boot image"));
  const auto whole = build_elf({}, kCode);
  EXPECT_NE(refusal(std::span(whole).first(60)), "");
  EXPECT_NE(refusal(std::span(whole).first(100)), "");
  EXPECT_NE(refusal(std::span(whole).first(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 4)), "");
  EXPECT_THAT(refusal(build_elf({.entry = 0x1234}, kCode)), HasSubstr("entry 0x1234"));
  EXPECT_NE(refusal(build_elf({.memory_bytes = 4}, kCode)), "");
}

TEST(ImageTest, AnyTruncationIsAnswered) {
  const auto whole = build_elf({.symbols = {{"a", 1}}}, kCode);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> part(whole.begin(),
                                      whole.begin() + static_cast<std::ptrdiff_t>(size));
    (void)read(part);
  }
}

}  // namespace
}  // namespace doppel::sysvm
