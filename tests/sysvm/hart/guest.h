// SPDX-License-Identifier: Apache-2.0
// Guest programs for tests: assembled by clang when a test needs them, and a board with a hart, RAM
// and nothing else to run them on.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sysvm/boot/loader.h"
#include "sysvm/hart/hart.h"

namespace doppel::sysvm::test {

/// Whether clang and lld for RISC-V are here; else tests are skipped.
bool can_assemble();

/// The ELF file of an assembly source, placed at the beginning of RAM. Fails the test on errors.
std::vector<std::byte> assemble(const std::filesystem::path& source);
std::vector<std::byte> assemble_text(const std::string& text);

/// A clock that tests turn.
struct ManualClock final : MachineClock {
  std::uint64_t now = 0;
  [[nodiscard]] std::uint64_t ticks() const override { return now; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return 0; }
};

/// See the file comment.
struct Board {
  explicit Board(std::span<const std::byte> program, std::uint64_t ram_bytes = 16 << 20);

  /// Runs in slices until the program writes tohost, at most `most` instructions; its value.
  std::optional<std::uint64_t> run(std::uint64_t slice, std::uint64_t most = 10'000'000);
  [[nodiscard]] std::uint64_t read(GuestPhys address) const;

  ManualClock clock;
  Bus bus;
  BootState boot;
  std::unique_ptr<Hart> hart;
  Exit exit;  ///< the last one
};

}  // namespace doppel::sysvm::test
