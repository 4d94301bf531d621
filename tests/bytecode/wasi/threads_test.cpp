// SPDX-License-Identifier: Apache-2.0
// Programs of several threads under the command: they share memory and descriptors, and end
// together.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "tests/bytecode/wasi/programs/threads.c";
constexpr const char* kFlags =
    "--target=wasm32-unknown-unknown -nostdlib -O1 -std=gnu17 -Wall -Wextra -Werror -matomics "
    "-mbulk-memory -Wl,--import-memory,--shared-memory,--max-memory=1048576,--no-entry";

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class WasiThreads : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("DOPPEL_COMMAND") == nullptr) GTEST_SKIP() << "DOPPEL_COMMAND is not set";
    if (shell("clang-19 --version >/dev/null 2>&1 && wasm-ld-19 --version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "clang-19 and lld-19 are needed";
  }

  /// What the program prints in this mode, and its exit code.
  std::string run(int mode, const std::string& options = "") {
    const fs::path folder = directory_.path();
    EXPECT_EQ(shell(fmt::format("clang-19 {} -DMODE={} {} -o {}/threads.wasm", kFlags, mode,
                                kProgram, folder.string())),
              0);
    const int status = shell(fmt::format(
        "cd {} && timeout 60 {} run {} threads.wasm > output 2> errors", folder.string(),
        fs::absolute(std::getenv("DOPPEL_COMMAND")).string(), options));
    errors_ = read_file(folder / "errors");
    return fmt::format("{}exit {}\n", read_file(folder / "output"), status);
  }

  TemporaryDirectory directory_;
  std::string errors_;
};

TEST_F(WasiThreads, CountTogether) {
  EXPECT_EQ(run(0), "a thread speaks\nplain 80000\natomic 80000\nexit 0\n") << errors_;
}

TEST_F(WasiThreads, EndWithTheTrapOfOne) {
  EXPECT_EQ(run(1), "exit 134\n");
  EXPECT_NE(errors_.find("unreachable"), std::string::npos) << errors_;
}

TEST_F(WasiThreads, EndWithTheExitOfOne) { EXPECT_EQ(run(2), "exit 7\n") << errors_; }

TEST_F(WasiThreads, EndWithTheTimeout) {
  EXPECT_EQ(run(4, "--timeout 0.3"), "exit 124\n") << errors_;
}

TEST_F(WasiThreads, MayBeManyOneAfterTheOther) {
  EXPECT_EQ(run(3), "plain 6000\natomic 6000\nexit 0\n") << errors_;
}

}  // namespace
}  // namespace doppel::bytecode::wasi
