// SPDX-License-Identifier: Apache-2.0
// The nodes of the virt board.
#include "sysvm/boot/device_tree.h"

#include <fmt/format.h>

#include "sysvm/boot/device_tree_writer.h"
#include "sysvm/platform/clock.h"
#include "sysvm/platform/memory_map.h"
#include "sysvm/platform/plic.h"
#include "sysvm/platform/syscon.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint32_t kPlicHandle = 1;
constexpr std::uint32_t kSysconHandle = 2;
constexpr std::uint32_t kFirstCpuHandle = 16;  // a cpu, then its interrupt controller

std::uint32_t cpu_handle(unsigned hart) { return kFirstCpuHandle + 2 * hart; }
std::uint32_t controller_handle(unsigned hart) { return cpu_handle(hart) + 1; }

constexpr std::uint32_t kCacheBlockBytes = 64;
constexpr std::uint32_t kSerialClockHertz = 3'686'400;

// Interrupt causes of a hart, as its interrupt controller numbers them.
constexpr std::uint32_t kMachineSoftwareCause = 3;
constexpr std::uint32_t kMachineTimerCause = 7;
constexpr std::uint32_t kSupervisorExternalCause = 9;
constexpr std::uint32_t kMachineExternalCause = 11;

std::string unit_name(std::string_view name, GuestPhys address) {
  return fmt::format("{}@{:x}", name, address.value());
}

void write_region(DeviceTreeWriter& tree, const Region& region) {
  tree.wide_cells("reg", {region.base.value(), region.size});
}

void write_interrupt(DeviceTreeWriter& tree, std::uint32_t source) {
  tree.cells("interrupt-parent", {kPlicHandle});
  tree.cells("interrupts", {source});
}

void write_chosen(DeviceTreeWriter& tree, const BoardDescription& board) {
  tree.begin("chosen");
  tree.text("stdout-path", "/soc/" + unit_name("serial", kUartRegion.base));
  if (!board.command_line.empty()) tree.text("bootargs", board.command_line);
  if (board.initrd) {
    tree.wide_cells("linux,initrd-start", {board.initrd->begin.value()});
    tree.wide_cells("linux,initrd-end", {board.initrd->end.value()});
  }
  tree.bytes("rng-seed", board.entropy);
  tree.end();
}

void write_cpu(DeviceTreeWriter& tree, unsigned hart) {
  tree.begin(fmt::format("cpu@{:x}", hart));
  tree.text("device_type", "cpu");
  tree.cells("reg", {hart});
  tree.cells("phandle", {cpu_handle(hart)});
  tree.text("status", "okay");
  tree.text("compatible", "riscv");
  tree.text("mmu-type", "riscv,sv48");
  tree.text("riscv,isa", isa_string());
  tree.text("riscv,isa-base", "rv64i");
  tree.texts("riscv,isa-extensions", isa_extensions());
  tree.cells("riscv,cbom-block-size", {kCacheBlockBytes});
  tree.cells("riscv,cboz-block-size", {kCacheBlockBytes});
  tree.begin("interrupt-controller");
  tree.cells("#interrupt-cells", {1});
  tree.empty("interrupt-controller");
  tree.text("compatible", "riscv,cpu-intc");
  tree.cells("phandle", {controller_handle(hart)});
  tree.end();
  tree.end();
}

void write_cpus(DeviceTreeWriter& tree, unsigned harts) {
  tree.begin("cpus");
  tree.cells("#address-cells", {1});
  tree.cells("#size-cells", {0});
  tree.cells("timebase-frequency", {static_cast<std::uint32_t>(kTicksPerSecond)});
  for (unsigned hart = 0; hart < harts; ++hart) write_cpu(tree, hart);
  tree.begin("cpu-map");
  tree.begin("cluster0");
  for (unsigned hart = 0; hart < harts; ++hart) {
    tree.begin(fmt::format("core{}", hart));
    tree.cells("cpu", {cpu_handle(hart)});
    tree.end();
  }
  tree.end();
  tree.end();
  tree.end();
}

/// What each hart's interrupt controller receives, as pairs of handle and cause.
void write_routes(DeviceTreeWriter& tree, unsigned harts, std::uint32_t first,
                  std::uint32_t second) {
  std::vector<std::uint32_t> routes;
  for (unsigned hart = 0; hart < harts; ++hart) {
    for (const std::uint32_t cause : {first, second}) {
      routes.push_back(controller_handle(hart));
      routes.push_back(cause);
    }
  }
  tree.cells("interrupts-extended", routes);
}

void write_interrupt_controllers(DeviceTreeWriter& tree, unsigned harts) {
  tree.begin(unit_name("plic", kPlicRegion.base));
  tree.texts("compatible", {"sifive,plic-1.0.0", "riscv,plic0"});
  write_region(tree, kPlicRegion);
  tree.cells("phandle", {kPlicHandle});
  tree.cells("riscv,ndev", {Plic::kSources - 1});
  tree.cells("#interrupt-cells", {1});
  tree.cells("#address-cells", {0});
  tree.empty("interrupt-controller");
  write_routes(tree, harts, kMachineExternalCause, kSupervisorExternalCause);
  tree.end();

  tree.begin(unit_name("clint", kClintRegion.base));
  tree.texts("compatible", {"sifive,clint0", "riscv,clint0"});
  write_region(tree, kClintRegion);
  write_routes(tree, harts, kMachineSoftwareCause, kMachineTimerCause);
  tree.end();
}

void write_devices(DeviceTreeWriter& tree) {
  tree.begin(unit_name("rtc", kRtcRegion.base));
  tree.text("compatible", "google,goldfish-rtc");
  write_region(tree, kRtcRegion);
  write_interrupt(tree, kRtcInterrupt);
  tree.end();

  tree.begin(unit_name("serial", kUartRegion.base));
  tree.text("compatible", "ns16550a");
  write_region(tree, kUartRegion);
  tree.cells("clock-frequency", {kSerialClockHertz});
  write_interrupt(tree, kUartInterrupt);
  tree.end();

  tree.begin(unit_name("test", kSysconRegion.base));
  tree.texts("compatible", {"sifive,test1", "sifive,test0", "syscon"});
  write_region(tree, kSysconRegion);
  tree.cells("phandle", {kSysconHandle});
  tree.end();

  for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
    const GuestPhys base = kVirtioRegion.base + slot * kVirtioRegion.size;
    tree.begin(unit_name("virtio_mmio", base));
    tree.text("compatible", "virtio,mmio");
    write_region(tree, {base, kVirtioRegion.size});
    write_interrupt(tree, kVirtioInterrupt + slot);
    tree.end();
  }
}

void write_power(DeviceTreeWriter& tree, const char* name, std::uint32_t value) {
  tree.begin(name);
  tree.text("compatible", fmt::format("syscon-{}", name));
  tree.cells("regmap", {kSysconHandle});
  tree.cells("offset", {0});
  tree.cells("value", {value});
  tree.end();
}

}  // namespace

const std::vector<std::string>& isa_extensions() {
  static const std::vector<std::string> extensions = {
      "i",      "m",      "a",     "f",        "d",           "c",       "zicbom",  "zicboz",
      "zicntr", "zicond", "zicsr", "zifencei", "zihintpause", "zawrs",   "zfa",     "zba",
      "zbb",    "zbc",    "zbs",   "sstc",     "svadu",       "svinval", "svnapot", "svpbmt"};
  return extensions;
}

std::string isa_string() {
  std::string text = "rv64";
  for (const std::string& extension : isa_extensions())
    text += extension.size() == 1 ? extension : "_" + extension;
  return text;
}

Result<std::vector<std::byte>> build_device_tree(const BoardDescription& board) {
  DeviceTreeWriter tree;
  tree.begin("");
  tree.cells("#address-cells", {2});
  tree.cells("#size-cells", {2});
  tree.text("compatible", "riscv-virtio");
  tree.text("model", "riscv-virtio,doppel");
  write_chosen(tree, board);
  tree.begin(unit_name("memory", kRamBase));
  tree.text("device_type", "memory");
  write_region(tree, {kRamBase, board.ram_bytes});
  tree.end();
  write_cpus(tree, board.harts);
  write_power(tree, "poweroff", Syscon::kPowerOff);
  write_power(tree, "reboot", Syscon::kReboot);
  tree.begin("soc");
  tree.cells("#address-cells", {2});
  tree.cells("#size-cells", {2});
  tree.text("compatible", "simple-bus");
  tree.empty("ranges");
  write_devices(tree);
  write_interrupt_controllers(tree, board.harts);
  tree.end();
  tree.end();
  return tree.finish();
}

}  // namespace doppel::sysvm
