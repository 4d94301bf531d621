// SPDX-License-Identifier: Apache-2.0
// Scripts with commands that run beside each other.
#include <gtest/gtest.h>

#include "bytecode/text/script_runner.h"

namespace doppel::bytecode::text {
namespace {

ScriptReport run(std::string_view text) {
  const auto script = parse_script({text, "threads.wast"});
  EXPECT_TRUE(script) << script.error().message;
  return run_script(*script, Features::all()).value();
}

constexpr const char* kPing = R"(
  (module $Memory (memory (export "shared") 1 1 shared))
  (thread $A (shared (module $Memory))
    (register "memory" $Memory)
    (module (memory (import "memory" "shared") 1 1 shared)
      (func (export "run") (result i32)
        (i32.atomic.store (i32.const 4) (i32.const 42))
        (i32.atomic.store (i32.const 0) (i32.const 1))
        (memory.atomic.notify (i32.const 0) (i32.const 1))))
    (assert_return (invoke "run") (either (i32.const 0) (i32.const 1))))
  (thread $B (shared (module $Memory))
    (register "memory" $Memory)
    (module (memory (import "memory" "shared") 1 1 shared)
      (func (export "run") (result i32)
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
        (i32.load (i32.const 4))))
    (assert_return (invoke "run") (i32.const 42)))
  (wait $A)
  (wait $B)
  (module (memory 1))
)";

TEST(ScriptThreads, ShareAMemory) {
  const ScriptReport report = run(kPing);
  EXPECT_EQ(report.passed, 12U);
  for (const ScriptFailure& failure : report.failures) ADD_FAILURE() << failure.message;
}

TEST(ScriptThreads, ReportTheirFailures) {
  const ScriptReport report = run(R"((module $m (memory 1))
    (thread $A (shared (module $m))
      (module (func (export "one") (result i32) (i32.const 1)))
      (assert_return (invoke "one") (i32.const 2)))
    (wait $A)
    (wait $A)
    (thread $B (shared (module $unknown))))");
  ASSERT_EQ(report.failures.size(), 3U);
  EXPECT_EQ(report.failures[0].line, 4U);
}

}  // namespace
}  // namespace doppel::bytecode::text
