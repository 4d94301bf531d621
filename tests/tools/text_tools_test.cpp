// SPDX-License-Identifier: Apache-2.0
// compile, wasm asm and wasm dis on files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/command_line.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TextTools : public testing::Test {
 protected:
  TextTools() : folder_(fs::temp_directory_path() / ("doppel-text-" + std::to_string(getpid()))) {
    fs::create_directory(folder_);
  }
  ~TextTools() override { fs::remove_all(folder_); }

  std::string write(const char* name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Runs the command; its complaints are in err_.
  int call(std::initializer_list<std::string_view> words) {
    testing::internal::CaptureStderr();
    const int status = run_command_line({words.begin(), words.size()});
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  fs::path folder_;
  std::string err_;
};

TEST_F(TextTools, AsmAndDisAreEachOthersInverse) {
  const std::string text = write("a.wat", "(module (func $one (result i32) (i32.const 1)))");
  EXPECT_EQ(call({"wasm", "asm", text}), kExitSuccess) << err_;
  const std::string binary = folder_ / "a.wasm";
  const std::string printed = folder_ / "b.wat";
  EXPECT_EQ(call({"wasm", "dis", "--folded", binary, "-o", printed}), kExitSuccess) << err_;
  EXPECT_THAT(read(printed), HasSubstr("(func $one (type 0) (result i32)\n    (i32.const 1))"));
  EXPECT_EQ(call({"compile", printed, "-o", folder_.string() + "/c.wasm"}), kExitSuccess) << err_;
  EXPECT_EQ(read(binary), read(folder_ / "c.wasm"));
}

TEST_F(TextTools, RunTracesCallsAndReturns) {
  const std::string text = write("trace.wat", R"((module
    (func $double (param i64) (result i64) (i64.shl (local.get 0) (i64.const 1)))
    (func $start (export "start") (drop (call $double (i64.const 21)))))
  )");
  EXPECT_EQ(call({"run", "--invoke", "start", "--trace", "double", text}), kExitSuccess);
  EXPECT_EQ(err_, "doppel: call double(21)\ndoppel: return double = 42\n");
  EXPECT_EQ(call({"run", "--invoke", "start", "--trace", "*", text}), kExitSuccess);
  EXPECT_EQ(err_,
            "doppel: call start()\ndoppel: call double(21)\ndoppel: return double = 42\n"
            "doppel: return start\n");
  EXPECT_EQ(call({"run", "--invoke", "start", "--trace", "triple", text}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--trace triple: found no function of that name"));
}

TEST_F(TextTools, RunBoundsTheHeapAndCountsCollections) {
  const std::string text = write("heap.wat", R"((module
    (type $cell (struct (field (ref null $cell))))
    (global $list (mut (ref null $cell)) (ref.null $cell))
    (func (export "fill") (loop (global.set $list (struct.new $cell (global.get $list))) (br 0)))
    (func (export "churn") (local $i i32)
      (loop (drop (struct.new_default $cell))
        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                           (i32.const 100000))))))
  )");
  EXPECT_EQ(call({"run", "--max-heap", "2M", "--invoke", "fill", text}), kExitTrap);
  EXPECT_THAT(err_, HasSubstr("doppel: trap: out of memory"));
  EXPECT_EQ(call({"run", "--stats=json", "--invoke", "churn", text}), kExitSuccess);
  EXPECT_THAT(err_, HasSubstr("\"minor collections\":"));
  EXPECT_THAT(err_, HasSubstr("\"minor pause p99 us\":"));
}

TEST_F(TextTools, ErrorsShowThePlace) {
  const std::string text = write("bad.wat", "(module\n  (func i32.cnst 1))");
  EXPECT_EQ(call({"wasm", "asm", text}), kExitError);
  EXPECT_EQ(err_, "doppel: " + text +
                      ":2:9: found \"i32.cnst\", expected an instruction\n"
                      "doppel:     (func i32.cnst 1))\n"
                      "doppel:           ^\n");
}

TEST_F(TextTools, OnlyCompileRefusesInvalidModules) {
  const std::string text = write("invalid.wat", "(func i32.add drop)");
  EXPECT_EQ(call({"wasm", "asm", text}), kExitSuccess);
  EXPECT_EQ(call({"compile", text}), kExitError);
  EXPECT_THAT(err_, HasSubstr("invalid module"));
}

TEST_F(TextTools, NothingIsOverwrittenByItself) {
  const std::string text = write("same.wasm", "(module)");
  EXPECT_EQ(call({"wasm", "asm", text}), kExitError);
  EXPECT_EQ(read(text), "(module)");
}

}  // namespace
}  // namespace doppel::tools
