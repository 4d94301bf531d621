// SPDX-License-Identifier: Apache-2.0
// `doppel wasm validate` and `doppel wasm objdump` on files, good and bad.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "bytecode/text/assemble.h"
#include "tools/command_line.h"
#include "tools/exit_status.h"

namespace doppel::tools {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

struct Outcome {
  int status;
  std::string out, err;
};

Outcome call(std::initializer_list<std::string_view> words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_command_line({words.begin(), words.size()});
  std::fflush(stdout);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

class WasmTools : public testing::Test {
 protected:
  WasmTools() {
    std::string path = (std::filesystem::temp_directory_path() / "doppel-tools-XXXXXX").string();
    folder_ = mkdtemp(path.data());
  }
  ~WasmTools() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

  std::string write(const char* name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string assemble(const char* name, std::string_view text) const {
    const auto module = bytecode::assemble(text, name).value();
    return write(name, {reinterpret_cast<const char*>(module.data()), module.size()});
  }

  std::filesystem::path folder_;
};

constexpr std::string_view kProgram = R"((module
  (import "env" "log" (func $log (param i32)))
  (memory (export "memory") 1 2)
  (global $count (mut i32) (i32.const 0))
  (data (i32.const 8) "hello")
  (func $twice (export "twice") (param $x i32) (result i32)
    (if (result i32) (local.get $x)
      (then (i32.mul (local.get $x) (i32.const 2)))
      (else (i32.load offset=4 (i32.const -1)))))
  (func $other (call $log (call $twice (i32.const 3))))))";

TEST_F(WasmTools, ValidateIsSilentAboutValidModules) {
  const Outcome outcome = call({"wasm", "validate", assemble("good.wasm", kProgram)});
  EXPECT_EQ(outcome.status, kExitSuccess);
  EXPECT_THAT(outcome.out + outcome.err, IsEmpty());
}

TEST_F(WasmTools, ValidateNamesEveryBadFile) {
  const std::string good = assemble("good.wasm", kProgram);
  const std::string invalid =
      assemble("invalid.wasm", "(module (func (result i32) (f32.const 0)))");
  const std::string garbage = write("garbage.wasm", "garbage");
  const Outcome outcome =
      call({"wasm", "validate", good, invalid, garbage, path("absent.wasm"), folder_.string()});
  EXPECT_EQ(outcome.status, kExitError);
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("doppel: " + invalid +
                      ": invalid module at offset 0x1d in function 0: found an "
                      "operand of type f32, expected i32\n"),
            HasSubstr("doppel: " + garbage + ": malformed module at offset 0x0"),
            HasSubstr("absent.wasm: No such file or directory"), HasSubstr("Is a directory")));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("good.wasm")));
}

TEST_F(WasmTools, ValidateReadsPipes) {
  const std::string good = assemble("good.wasm", kProgram);
  const std::string pipe = path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream(pipe, std::ios::binary) << std::ifstream(good, std::ios::binary).rdbuf();
  });
  EXPECT_EQ(call({"wasm", "validate", pipe}).status, kExitSuccess);
  writer.join();
}

TEST_F(WasmTools, ObjdumpListsSectionsAndContents) {
  const Outcome outcome = call({"wasm", "objdump", assemble("good.wasm", kProgram)});
  EXPECT_EQ(outcome.status, kExitSuccess);
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("section          offset      bytes    items\n"
                      "type                0x8 "),
            HasSubstr("import \"env\" \"log\": function 0 \"log\", [i32] -> []\n"),
            HasSubstr("function 1 \"twice\": [i32] -> [i32], 0 locals, "),
            HasSubstr("memory 0: 1 to 2 pages\n"), HasSubstr("global 0 \"count\": mut i32\n"),
            HasSubstr("export \"memory\": memory 0\n"),
            HasSubstr("data segment 0: for memory 0, 5 bytes at 0x")));
}

TEST_F(WasmTools, ObjdumpDisassemblesOneFunction) {
  const std::string module = assemble("good.wasm", kProgram);
  for (const char* function : {"twice", "1"}) {
    const Outcome outcome = call({"wasm", "objdump", "--function", function, module});
    EXPECT_EQ(outcome.status, kExitSuccess);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("function 1 \"twice\": [i32] -> [i32]\n"),
                                   HasSubstr("|   local.get 0 <x>\n"), HasSubstr("|   if i32\n"),
                                   HasSubstr("|     i32.mul\n"), HasSubstr("|   else\n"),
                                   HasSubstr("|     i32.load offset=4\n"),
                                   HasSubstr("0b                       | end\n")));
    EXPECT_THAT(outcome.out, testing::Not(HasSubstr("other")));
  }
  const Outcome all = call({"wasm", "objdump", "--disassemble", module});
  EXPECT_THAT(all.out, HasSubstr("call 1 <twice>\n"));
  EXPECT_THAT(call({"wasm", "objdump", "--function", "none", module}).err,
              HasSubstr("no function none is defined there"));
}

TEST_F(WasmTools, ObjdumpListsForPrograms) {
  const Outcome outcome = call({"wasm", "objdump", "--json", assemble("good.wasm", kProgram)});
  const auto listing = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(listing["sections"][0]["section"], "type");
  EXPECT_EQ(listing["imports"][0]["name"], "log");
  EXPECT_EQ(listing["exports"][1]["kind"], "func");
  EXPECT_EQ(listing["functions"][0]["name"], "twice");
  EXPECT_EQ(listing["functions"][0]["type"], "[i32] -> [i32]");
}

TEST_F(WasmTools, ObjdumpShowsModulesThatAreNotValid) {
  const std::string module = assemble("invalid.wasm", "(module (func (call 7) (local.get 9)))");
  const Outcome outcome = call({"wasm", "objdump", "--details", "--disassemble", module});
  EXPECT_EQ(outcome.status, kExitSuccess);
  EXPECT_THAT(outcome.out, HasSubstr("call 7\n"));
}

}  // namespace
}  // namespace doppel::tools
