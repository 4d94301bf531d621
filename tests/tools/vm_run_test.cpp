// SPDX-License-Identifier: Apache-2.0
// `doppel vm run`: how it ends and with which status, what it prints, what it refuses; a saved
// machine goes on, and reboots where it has what it was booted from.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tools/command_line.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

using testing::HasSubstr;

// Kernels, by their instructions; raw code begins at 0x80200000.

/// Counts from 2047 down, then asks the SBI for a reboot: a7 "SRST", a6 0, a0 1 (cold), a1 0.
constexpr std::uint32_t kReboots[] = {0x7ff00293, 0xfff28293, 0xfe029ee3, 0x535258b7, 0x3548889b,
                                      0x00000813, 0x00100513, 0x00000593, 0x00000073};
/// Asks for a power-off because of a failure.
constexpr std::uint32_t kFails[] = {0x535258b7, 0x3548889b, 0x00000813,
                                    0x00000513, 0x00100593, 0x00000073};
/// Powers off by the board's register: lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, (t0).
constexpr std::uint32_t kPowersOff[] = {0x001002b7, 0x00005337, 0x55530313, 0x0062a023, 0x0000006f};
constexpr std::uint32_t kSpins[] = {0x00000013, 0x0000006f};
constexpr std::uint32_t kWaits[] = {0x10500073, 0xffdff06f};
/// Prints a new line by the SBI's debug console (a7 "DBCN", a6 2), then powers off as above.
constexpr std::uint32_t kPrints[] = {0x444248b7, 0x34e8889b, 0x00200813, 0x00a00513, 0x00000073,
                                     0x001002b7, 0x00005337, 0x55530313, 0x0062a023, 0x0000006f};
/// lui t0, 1; jr t0: there is nothing.
constexpr std::uint32_t kJumpsNowhere[] = {0x000012b7, 0x00028067};

struct Outcome {
  int status;
  std::string err;
};

/// Whether a handler of the process takes a signal.
bool is_taken(int signal) {
  struct sigaction action = {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler != SIG_DFL;
}

class VmRun : public testing::Test {
 protected:
  VmRun() {
    std::filesystem::create_directory(folder_);
    write_kernel(kReboots);
  }
  ~VmRun() override { std::filesystem::remove_all(folder_); }

  void write_kernel(std::span<const std::uint32_t> code) const {
    std::ofstream(kernel_, std::ios::binary)
        .write(reinterpret_cast<const char*>(code.data()),
               static_cast<std::streamsize>(code.size_bytes()));
  }
  static Outcome call(std::vector<std::string_view> more, std::string_view clock = "instructions") {
    std::vector<std::string_view> words{"vm", "run", "--clock", clock};
    const auto is_memory = [](std::string_view word) { return word == "--memory"; };
    if (std::ranges::none_of(more, is_memory)) words.insert(words.end(), {"--memory", "16M"});
    words.insert(words.end(), more.begin(), more.end());
    testing::internal::CaptureStderr();
    const int status = run_command_line(words);
    return {status, testing::internal::GetCapturedStderr()};
  }
  /// Runs code as a kernel.
  [[nodiscard]] Outcome run(std::span<const std::uint32_t> code, std::string_view clock,
                            std::vector<std::string_view> more = {}) const {
    write_kernel(code);
    more.insert(more.end(), {"--kernel", kernel_});
    return call(std::move(more), clock);
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("doppel-vm-run-{}", getpid());
  const std::string kernel_ = folder_ / "kernel";
  const std::string state_ = folder_ / "state";
};

TEST_F(VmRun, ARestoredMachineRebootsFromWhatItWasBootedFrom) {
  EXPECT_EQ(call({"--kernel", kernel_, "--until", "1000", "--save", state_}).status, kExitSuccess);
  EXPECT_EQ(call({"--restore", state_, "--no-reboot"}).status, kExitSuccess);
  EXPECT_EQ(call({"--restore", state_, "--kernel", kernel_, "--timeout", "0.2"}).status,
            kExitTimeout)
      << "it reboots for ever";
  const Outcome without = call({"--restore", state_});
  EXPECT_EQ(without.status, kExitUsage);
  EXPECT_THAT(without.err, HasSubstr("the restored guest reboots, and nothing is there to boot"));
}

TEST_F(VmRun, TheStatusTellsHowTheGuestEnded) {
  for (const std::string_view clock : {"host", "instructions"}) {
    SCOPED_TRACE(clock);
    Outcome end = run(kPowersOff, clock);
    EXPECT_EQ(end.status, kExitSuccess);
    EXPECT_EQ(end.err, "");
    end = run(kFails, clock);
    EXPECT_EQ(end.status, kExitError);
    EXPECT_EQ(end.err, "doppel: the guest powered off with status 1\n");
    EXPECT_EQ(run(kReboots, clock, {"--no-reboot"}).status, kExitSuccess);
    end = run(kJumpsNowhere, clock);
    EXPECT_EQ(end.status, kExitTrap);
    EXPECT_THAT(end.err, HasSubstr("doppel: hart 0 cannot go on: fetch access fault at pc 0x1000"));
    EXPECT_THAT(end.err, HasSubstr("\ndoppel: hint: "));
    end = run(kWaits, clock);
    EXPECT_EQ(end.status, kExitTrap);
    EXPECT_THAT(end.err, HasSubstr("doppel: all harts wait for interrupts, and none can come\n"
                                   "doppel: hart 0 in S-mode waits at pc 0x80200000, mie 0x0\n"
                                   "doppel: hint: "));
    end = run(kSpins, clock, {"--timeout", "0.1"});
    EXPECT_EQ(end.status, kExitTimeout);
    EXPECT_EQ(end.err,
              "doppel: timeout: the guest was still running\n"
              "doppel: hart 0 in S-mode at pc 0x80200004\n");
  }
}

TEST_F(VmRun, WhatWasCountedIsPrintedAsTextAndAsJson) {
  const Outcome text = run(kPowersOff, "host", {"--stats"});
  for (const char* name : {"instructions", "MIPS", "page table walks", "exceptions", "exit.halted"})
    EXPECT_THAT(text.err, HasSubstr(std::string("doppel: ") + name));
  const Outcome json = run(kReboots, "instructions", {"--stats=json", "--no-reboot"});
  const auto figures = nlohmann::json::parse(json.err);
  EXPECT_EQ(figures["instructions"], 1U + 2 * 2047 + 6);
  EXPECT_EQ(figures["exit.hypercall"], 1);
  EXPECT_EQ(figures["exceptions"], 0);
  EXPECT_EQ(figures["state hash"].get<std::string>().size(), 16U);
}

TEST_F(VmRun, ExceptionsAreTracedOnStderr) {
  const Outcome traced = run(kJumpsNowhere, "host", {"--trace", "exceptions"});
  EXPECT_THAT(traced.err, HasSubstr("doppel: hart 0 in S-mode: fetch access fault at pc 0x1000"));
}

TEST_F(VmRun, AFileThatCannotBeUsedIsNamed) {
  const std::string missing = folder_ / "missing";
  const std::string folder = folder_;
  for (const std::string_view option :
       {"--kernel", "--bios", "--bare", "--initrd", "--disk", "--restore"}) {
    SCOPED_TRACE(option);
    std::vector<std::string_view> words{option, missing};
    if (option == "--initrd" || option == "--disk")
      words.insert(words.end(), {"--kernel", kernel_});
    Outcome refused = call(words);
    EXPECT_EQ(refused.status, kExitError);
    EXPECT_THAT(refused.err, HasSubstr(missing + ": No such file or directory"));
    words[1] = folder;
    refused = call(words);
    EXPECT_NE(refused.status, kExitSuccess);
    EXPECT_THAT(refused.err, HasSubstr(folder + ": "));
  }
  const Outcome foreign = call({"--kernel", "/proc/self/exe"});
  EXPECT_EQ(foreign.status, kExitError);
  EXPECT_THAT(foreign.err, HasSubstr("kernel: an ELF file for "));
  EXPECT_THAT(foreign.err, HasSubstr(", expected one for 64-bit RISC-V"));
  const Outcome state = call({"--restore", kernel_});
  EXPECT_EQ(state.status, kExitError);
}

TEST_F(VmRun, AStateThatWasNotReachedIsNotSavedSilently) {
  const Outcome end = run(kPowersOff, "instructions", {"--save", state_, "--save-at", "1000000"});
  EXPECT_EQ(end.status, kExitError);
  EXPECT_THAT(end.err, HasSubstr("was not written: the run ended before 1000000 instructions"));
  EXPECT_FALSE(std::filesystem::exists(state_));
}

TEST_F(VmRun, SizesOfMemoryThatCannotBeAreRefused) {
  for (const std::string_view size : {"0", "1", "5000", "4K", "1M"}) {
    SCOPED_TRACE(size);
    const Outcome refused = call({"--kernel", kernel_, "--memory", size});
    EXPECT_NE(refused.status, kExitSuccess);
    EXPECT_THAT(refused.err, HasSubstr("expected"));
  }
  EXPECT_THAT(call({"--kernel", kernel_, "--memory", "16000000G"}).err, HasSubstr("doppel: "));
}

TEST_F(VmRun, ASignalEndsTheMachineAndThenTheProcess) {
  write_kernel(kSpins);
  const auto run_and_end = [this] {
    std::thread([] {
      while (!is_taken(SIGTERM)) std::this_thread::yield();
      ::kill(::getpid(), SIGTERM);
    }).detach();
    const std::string_view words[] = {"vm", "run", "--timeout", "100", "--kernel", kernel_};
    std::exit(run_command_line(words));
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_and_end(), testing::KilledBySignal(SIGTERM), "doppel: ended by SIGTERM");
}

TEST_F(VmRun, AClosedOutputDoesNotMakeADiskTheConsole) {
  write_kernel(kPrints);
  const std::string disk = folder_ / "disk";
  std::ofstream(disk, std::ios::binary) << std::string(4096, 'd');
  const auto run_without_console = [&] {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO}) ::close(descriptor);
    const std::string_view words[] = {"vm", "run", "--kernel", kernel_, "--disk", disk};
    const int status = run_command_line(words);
    std::exit(std::filesystem::file_size(disk) == 4096 ? status : kExitTrap);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_without_console(), testing::ExitedWithCode(kExitSuccess), "");
}

TEST_F(VmRun, OneThingIsRun) {
  EXPECT_THAT(call({"--bare", kernel_, "--initrd", kernel_}).err,
              HasSubstr("--initrd with --bare"));

  EXPECT_THAT(call({"--bare", kernel_, "--kernel", kernel_}).err, HasSubstr("more than one thing"));
  EXPECT_THAT(call({}).err, HasSubstr("nothing to run"));
}

}  // namespace
}  // namespace doppel::tools
