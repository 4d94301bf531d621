// SPDX-License-Identifier: Apache-2.0
// Where the loader puts things, and what it says when they do not fit.
#include "sysvm/boot/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libfdt.h>

#include "tests/sysvm/boot/elf_builder.h"

namespace doppel::sysvm {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kCode[] = {0x0000'0513, 0x0000'006F};

class LoaderTest : public testing::Test {
 protected:
  Result<BootState> load_files() {
    return load(bus, files, {.harts = 1, .ram_bytes = bus.ram_bytes()});
  }
  template <class T>
  T at(GuestPhys address) {
    T value = 0;
    std::memcpy(&value, bus.ram(address, sizeof value), sizeof value);
    return value;
  }

  Bus bus = std::move(*Bus::create(64U << 20));
  std::vector<std::byte> kernel = build_elf({.address = 0x8020'0000, .entry = 0x8020'0004}, kCode);
  std::vector<std::byte> firmware = build_elf({.symbols = {{"_start", 0x8000'0000}}}, kCode);
  BootFiles files{.firmware = {}, .kernel = kernel, .initrd = {}};
};

TEST_F(LoaderTest, StartsAKernelInSupervisorMode) {
  const auto state = load_files();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->pc.value(), 0x8020'0004U);
  EXPECT_FALSE(state->in_machine_mode);
  EXPECT_EQ(state->firmware_info.value(), 0U);
  EXPECT_EQ(at<std::uint32_t>(GuestPhys(0x8020'0004)), kCode[1]);
  EXPECT_EQ(fdt_check_header(bus.ram(state->device_tree, 1)), 0);
}

TEST_F(LoaderTest, TellsFirmwareOfTheKernel) {
  files.firmware = firmware;
  const auto state = load_files();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->pc, kRamBase);
  EXPECT_TRUE(state->in_machine_mode);
  EXPECT_EQ(at<std::uint64_t>(state->firmware_info), 0x4942'534FU);
  EXPECT_EQ(at<std::uint64_t>(state->firmware_info + 16), 0x8020'0004U);
  EXPECT_EQ(state->symbols.describe(0x8000'0000), "_start");
}

TEST_F(LoaderTest, PutsTheRamDiskAboveTheKernel) {
  const std::vector<std::byte> initrd(5000, std::byte{0x5A});
  files.initrd = initrd;
  const auto state = load_files();
  ASSERT_TRUE(state);
  EXPECT_EQ(at<std::uint8_t>(GuestPhys(0x8040'0000 + 4999)), 0x5A);
  EXPECT_EQ(at<std::uint8_t>(GuestPhys(0x8040'0000 + 5000)), 0);
  const void* tree = bus.ram(state->device_tree, 1);
  const auto* end = static_cast<const fdt64_t*>(
      fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end", nullptr));
  EXPECT_EQ(fdt64_ld(end), 0x8040'0000U + 5000);
}

TEST_F(LoaderTest, SaysWhatDoesNotFit) {
  const std::vector<std::byte> initrd(100U << 20);
  files.initrd = initrd;
  auto state = load_files();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("initrd needs 0x6400000 bytes at 0x80400000"));

  files.initrd = std::span(initrd).first(60U << 20);
  state = load_files();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("device tree"));

  files.initrd = {};
  kernel = build_elf({.address = 0x1000, .entry = 0x1000}, kCode);
  files.kernel = kernel;
  state = load_files();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("kernel needs"));
}

TEST_F(LoaderTest, RefusesOverlaps) {
  firmware = build_elf({.memory_bytes = 0x40'0000}, kCode);
  files.firmware = firmware;
  const auto state = load_files();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("overlaps firmware"));
}

TEST_F(LoaderTest, NamesTheFileThatIsWrong) {
  const std::vector<std::byte> text(100, std::byte{'x'});
  files.kernel = text;
  const auto state = load_files();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().message, "kernel: a text file, expected a program");
}

TEST_F(LoaderTest, RamOfOnePageIsTooSmall) {
  bus = std::move(*Bus::create(4096));
  EXPECT_FALSE(load_files());
}

TEST_F(LoaderTest, StartsBareProgramsInMachineMode) {
  const auto state = load_bare(bus, firmware);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->in_machine_mode);
  EXPECT_EQ(state->pc, kRamBase);
}

}  // namespace
}  // namespace doppel::sysvm
