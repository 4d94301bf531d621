// SPDX-License-Identifier: Apache-2.0
// `doppel vm run`: a saved machine goes on, and reboots where it has what it was booted from.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tools/command_line.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status;
  std::string err;
};

class VmRun : public testing::Test {
 protected:
  VmRun() {
    std::filesystem::create_directory(folder_);
    // Counts from 2047 down, then asks the SBI for a reboot: a7 "SRST", a6 0, a0 1 (cold), a1 0.
    constexpr std::array<std::uint32_t, 9> kReboots{0x7ff00293, 0xfff28293, 0xfe029ee3,
                                                    0x535258b7, 0x3548889b, 0x00000813,
                                                    0x00100513, 0x00000593, 0x00000073};
    std::ofstream(kernel_, std::ios::binary)
        .write(reinterpret_cast<const char*>(kReboots.data()), sizeof(kReboots));
  }
  ~VmRun() override { std::filesystem::remove_all(folder_); }

  Outcome call(std::vector<std::string_view> more) {
    std::vector<std::string_view> words{"vm", "run", "--clock", "instructions", "--memory", "16M"};
    words.insert(words.end(), more.begin(), more.end());
    testing::internal::CaptureStderr();
    const int status = run_command_line(words);
    return {status, testing::internal::GetCapturedStderr()};
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

TEST_F(VmRun, OneThingIsRun) {
  EXPECT_THAT(call({"--bare", kernel_, "--kernel", kernel_}).err, HasSubstr("more than one thing"));
  EXPECT_THAT(call({}).err, HasSubstr("nothing to run"));
}

}  // namespace
}  // namespace doppel::tools
