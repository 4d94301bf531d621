// SPDX-License-Identifier: Apache-2.0
// Assembling and running of guest programs.
#include "tests/sysvm/hart/guest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/read_file.h"

namespace doppel::sysvm::test {

namespace fs = std::filesystem;

bool can_assemble() {
  static const bool can =
      std::system("clang-19 --version >/dev/null 2>&1 && ld.lld-19 --version >/dev/null 2>&1") == 0;
  return can;
}

std::vector<std::byte> assemble(const fs::path& source) {
  const fs::path object = fs::temp_directory_path() /
                          fmt::format("doppel-guest-{}-{}", getpid(), source.stem().string());
  const std::string command = fmt::format(
      "clang-19 --target=riscv64 -march=rv64gc_zba_zbb_zbc_zbs_zicond_zfa_zicbom_zicboz_zawrs_"
      "svinval_zihintpause -Itests/sysvm/guests -nostdlib -static -fuse-ld=lld-19 -mno-relax "
      "-Wl,--image-base=0x80000000,-Ttext=0x80000000,-N,--no-warnings -o '{}' '{}'",
      object.string(), source.string());
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  auto file = read_file(object);
  fs::remove(object);
  EXPECT_TRUE(file) << file.error().message;
  if (!file) return {};
  const auto bytes = std::as_bytes(std::span(*file));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> assemble_text(const std::string& text) {
  const fs::path source =
      fs::temp_directory_path() / fmt::format("doppel-guest-{}-text.S", getpid());
  std::ofstream(source) << text;
  auto program = assemble(source);
  fs::remove(source);
  return program;
}

Board::Board(std::span<const std::byte> program, std::uint64_t ram_bytes)
    : bus(Bus::create(ram_bytes).value()),
      boot(load_bare(bus, program).value()),
      hart(std::make_unique<Hart>(Hart::Config{.bus = &bus, .clock = &clock})) {
  hart->reset(boot.pc);
}

std::uint64_t Board::read(GuestPhys address) const {
  std::uint64_t value;
  std::memcpy(&value, bus.ram(address, 8), 8);
  return value;
}

std::optional<std::uint64_t> Board::run(std::uint64_t slice, std::uint64_t most) {
  const GuestPhys tohost{boot.symbols.find("tohost").value()};
  for (std::uint64_t done = 0; done < most;) {
    exit = hart->run({slice});
    done += slice;
    if (const std::uint64_t value = read(tohost); value != 0) return value;
    if (exit.reason != ExitReason::kBudget) return std::nullopt;
    EXPECT_EQ(exit.instructions, slice);
  }
  return std::nullopt;
}

}  // namespace doppel::sysvm::test
