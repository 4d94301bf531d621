// SPDX-License-Identifier: Apache-2.0
// Scripts: which instance a command means, and what counts as passed.
#include "bytecode/text/script_runner.h"

#include <gtest/gtest.h>

namespace doppel::bytecode::text {
namespace {

/// Runs `text` and gives each failure's message.
std::vector<std::string> failures_of(std::string_view text, Features features = Features::all()) {
  const auto script = parse_script({text, "test.wast"});
  EXPECT_TRUE(script) << script.error().message;
  const ScriptReport report = run_script(*script, features).value();
  std::vector<std::string> messages;
  for (const ScriptFailure& failure : report.failures) messages.push_back(failure.message);
  return messages;
}

using Failures = std::vector<std::string>;

TEST(ScriptRunner, ModulesAreImportedByIdentifierUnlessRegisteredOtherwise) {
  EXPECT_EQ(failures_of(R"(
    (module $a (func (export "f") (result i32) (i32.const 1)))
    (module $b (import "a" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
    (assert_return (invoke "g") (i32.const 1))
    (register "c" $b)
    (module $c (func (export "g") (result i32) (i32.const 2)))
    (module (import "c" "g" (func $g (result i32))) (func (export "h") (result i32) (call $g)))
    (assert_return (invoke "h") (i32.const 1))
  )"),
            Failures{});
}

TEST(ScriptRunner, AFailedModuleIsNotMistakenForAnEarlierOne) {
  const Failures failures = failures_of(R"(
    (module (func (export "f")))
    (module (import "no" "where" (func)))
    (invoke "f"))");
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[1], "found no instance, its module has failed");
}

TEST(ScriptRunner, InvalidModulesMayUseFeaturesOfOthers) {
  const char* script = R"((assert_invalid
    (module (func (drop (i32.atomic.load (i32.const 0))))) "unknown memory"))";
  EXPECT_EQ(failures_of(script, Features::wasm3()), Failures{});
}

TEST(ScriptRunner, MemoriesOf64BitsExceedFourGigabytes) {
  EXPECT_EQ(failures_of(R"(
    (module (memory i64 0x1_0001)
      (func (export "put") (param i64) (i64.store (local.get 0) (local.get 0)))
      (func (export "get") (param i64) (result i64) (i64.load (local.get 0))))
    (invoke "put" (i64.const 0x1_0000_0008))
    (assert_return (invoke "get" (i64.const 0x1_0000_0008)) (i64.const 0x1_0000_0008))
    (assert_return (invoke "get" (i64.const 8)) (i64.const 0))
    (assert_trap (invoke "get" (i64.const 0x1_0001_0000)) "out of bounds")
  )"),
            Failures{});
}

}  // namespace
}  // namespace doppel::bytecode::text
