// SPDX-License-Identifier: Apache-2.0
// C programs compiled to WASI and run by the command, against the same programs compiled for the
// host: same output, same exit code.
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

const fs::path kPrograms = "tests/bytecode/wasi/programs";
constexpr const char* kFlags = "-std=gnu17 -O1 -Wall -Wextra -Werror";

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool compiles_to_wasi() {
  static const bool kWorks = [] {
    const TemporaryDirectory directory;
    write_file(directory.path() / "trial.c",
               "#include <stdio.h>\nint main(void) { puts(\"\"); }\n");
    return shell(fmt::format(
               "cd {} && clang-19 --target=wasm32-wasi trial.c -o trial.wasm 2>/dev/null",
               directory.path().string())) == 0;
  }();
  return kWorks;
}

class WasiProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("DOPPEL_COMMAND") == nullptr) GTEST_SKIP() << "DOPPEL_COMMAND is not set";
    if (!compiles_to_wasi()) {
      GTEST_SKIP() << "clang-19, lld-19, wasi-libc and libclang-rt-19-dev-wasm32 are needed";
    }
  }

  /// Runs `name` for the host or under doppel, in a fresh directory.
  std::string run(const std::string& name, bool native, const std::string& arguments,
                  const std::string& input) {
    const fs::path folder = directory_.path() / (native ? "native" : "guest");
    fs::create_directories(folder / "world");
    const std::string source = fs::absolute(kPrograms / (name + ".c")).string();
    const std::string binary = (folder / name).string();
    const std::string compiler = native ? "clang-19" : "clang-19 --target=wasm32-wasi";
    EXPECT_EQ(shell(fmt::format("{} {} {} -o {}", compiler, kFlags, source, binary)), 0);
    const std::string command =
        native ? "env NAME=value " + binary
               : fmt::format("{} run --dir .::/ --env NAME=value {}",
                             fs::absolute(std::getenv("DOPPEL_COMMAND")).string(), binary);
    // Both ends are pipes; the exit code is the last line.
    write_file(folder / "input", input);
    const int status = shell(fmt::format(
        "cd {0}/world && cat ../input | {{ {1} {2} 2>&1; echo exit $?; }} | cat > ../output",
        folder.string(), command, arguments));
    EXPECT_EQ(status, 0);
    return read_file(folder / "output");
  }

  void compare(const std::string& name, const std::string& arguments = "",
               const std::string& input = "") {
    const std::string native = run(name, true, arguments, input);
    EXPECT_EQ(run(name, false, arguments, input), native);
    EXPECT_GT(native.size(), 100u) << "the program said nothing";
  }

  TemporaryDirectory directory_;
};

TEST_F(WasiProgram, Files) { compare("files"); }
TEST_F(WasiProgram, Directories) { compare("directories"); }
TEST_F(WasiProgram, Program) {
  compare("program", "one 'two words' '' --flag", "first line\nsecond\nno end");
}
TEST_F(WasiProgram, Streams) { compare("streams", "", "input"); }

}  // namespace
}  // namespace doppel::bytecode::wasi
