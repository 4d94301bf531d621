// SPDX-License-Identifier: Apache-2.0
// The device tree, read back with libfdt as guests read it.
#include "sysvm/boot/device_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libfdt.h>

namespace doppel::sysvm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DeviceTreeTest : public testing::Test {
 protected:
  void build() {
    auto built = build_device_tree(board);
    ASSERT_TRUE(built) << built.error().message;
    blob = std::move(*built);
    ASSERT_EQ(fdt_check_full(blob.data(), blob.size()), 0);
  }
  std::vector<std::uint32_t> cells(const char* path, const char* name) {
    int length = 0;
    const void* value = fdt_getprop(blob.data(), fdt_path_offset(blob.data(), path), name, &length);
    std::vector<std::uint32_t> cells;
    for (int i = 0; value != nullptr && i + 4 <= length; i += 4)
      cells.push_back(
          fdt32_ld(reinterpret_cast<const fdt32_t*>(static_cast<const char*>(value) + i)));
    return cells;
  }
  std::string text(const char* path, const char* name) {
    const void* value = fdt_getprop(blob.data(), fdt_path_offset(blob.data(), path), name, nullptr);
    return value == nullptr ? "(none)" : static_cast<const char*>(value);
  }

  BoardDescription board{.harts = 2, .ram_bytes = 0x1'4000'0000, .command_line = "console=ttyS0"};
  std::vector<std::byte> blob;
};

TEST_F(DeviceTreeTest, DescribesMemoryAndHarts) {
  build();
  EXPECT_EQ(text("/", "compatible"), "riscv-virtio");
  EXPECT_THAT(cells("/memory@80000000", "reg"), ElementsAre(0, 0x8000'0000, 1, 0x4000'0000));
  EXPECT_THAT(cells("/cpus", "timebase-frequency"), ElementsAre(10'000'000));
  EXPECT_THAT(cells("/cpus/cpu@1", "reg"), ElementsAre(1));
  EXPECT_EQ(text("/cpus/cpu@1", "mmu-type"), "riscv,sv48");
  EXPECT_LT(fdt_path_offset(blob.data(), "/cpus/cpu@2"), 0);
  EXPECT_EQ(text("/cpus/cpu@0", "riscv,isa-base"), "rv64i");
  const auto is_listed = [&](const char* extension) {
    return fdt_stringlist_search(blob.data(), fdt_path_offset(blob.data(), "/cpus/cpu@0"),
                                 "riscv,isa-extensions", extension) >= 0;
  };
  EXPECT_TRUE(is_listed("svadu"));
  EXPECT_FALSE(is_listed("svade")) << "with both, a kernel asks its firmware for A and D";
}

TEST_F(DeviceTreeTest, IsaStringHasSingleLettersFirst) {
  EXPECT_EQ(isa_string().substr(0, 17), "rv64imafdc_zicbom");
  EXPECT_THAT(isa_string(), HasSubstr("_svpbmt"));
}

TEST_F(DeviceTreeTest, RoutesInterruptsToEachHart) {
  build();
  const auto controller = [&](const char* cpu) {
    return cells((std::string("/cpus/") + cpu + "/interrupt-controller").c_str(), "phandle")[0];
  };
  const std::uint32_t first = controller("cpu@0");
  const std::uint32_t second = controller("cpu@1");
  EXPECT_NE(first, second);
  EXPECT_THAT(cells("/soc/plic@c000000", "interrupts-extended"),
              ElementsAre(first, 11, first, 9, second, 11, second, 9));
  EXPECT_THAT(cells("/soc/clint@2000000", "interrupts-extended"),
              ElementsAre(first, 3, first, 7, second, 3, second, 7));
  EXPECT_EQ(cells("/soc/serial@10000000", "interrupt-parent"),
            cells("/soc/plic@c000000", "phandle"));
}

TEST_F(DeviceTreeTest, HasEightVirtioSlots) {
  build();
  EXPECT_THAT(cells("/soc/virtio_mmio@10001000", "interrupts"), ElementsAre(1));
  EXPECT_THAT(cells("/soc/virtio_mmio@10008000", "interrupts"), ElementsAre(8));
  EXPECT_THAT(cells("/soc/virtio_mmio@10008000", "reg"), ElementsAre(0, 0x1000'8000, 0, 0x1000));
}

TEST_F(DeviceTreeTest, CarriesWhatTheKernelIsTold) {
  board.initrd = InitrdRange{GuestPhys(0x8400'0000), GuestPhys(0x8400'1234)};
  board.entropy[0] = 0xAB;
  build();
  EXPECT_EQ(text("/chosen", "bootargs"), "console=ttyS0");
  EXPECT_EQ(text("/chosen", "stdout-path"), "/soc/serial@10000000");
  EXPECT_THAT(cells("/chosen", "linux,initrd-end"), ElementsAre(0, 0x8400'1234));
  EXPECT_EQ(cells("/chosen", "rng-seed").at(0), 0xAB00'0000U);
  EXPECT_EQ(cells("/poweroff", "regmap"), cells("/soc/test@100000", "phandle"));
  EXPECT_THAT(cells("/poweroff", "value"), ElementsAre(0x5555));
}

TEST_F(DeviceTreeTest, GrowsForManyHarts) {
  board.harts = 64;
  build();
  EXPECT_THAT(cells("/cpus/cpu@3f", "reg"), ElementsAre(63));
}

TEST_F(DeviceTreeTest, RefusesACommandLineWithoutEnd) {
  board.command_line.assign(2U << 20, 'x');
  const auto built = build_device_tree(board);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace doppel::sysvm
