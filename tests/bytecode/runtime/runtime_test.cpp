// SPDX-License-Identifier: Apache-2.0
// Stores and threads: imports, start functions, host functions that call back, fuel, slices,
// termination.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "core/schedule/scheduler.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::bytecode {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kSum = R"((func $sum (export "sum") (param $n i32) (result i64)
  (local $sum i64)
  (loop
    (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n))))
    (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum))
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2))))))))";

constexpr std::string_view kEndless = R"((func (export "loop") (loop (br 0)))
  (func $a (export "calls") (return_call $b)) (func $b (return_call $a)))";

// Imports and instances.

std::string refusal(Program& program, std::string_view text) {
  const auto made = program.linker().instantiate(program.load(text));
  EXPECT_FALSE(made);
  if (made) return "";
  EXPECT_EQ(made.error().kind, ErrorKind::kUnlinkable);
  return made.error().message;
}

TEST(Linking, RefusalsSayWhatWasFoundAndExpected) {
  Program program;
  program.add(R"((module (func (export "f") (param i32)) (memory (export "m") 1 2)
    (table (export "t") 3 funcref) (global (export "g") (mut i32) (i32.const 0))))",
              "a");
  EXPECT_EQ(refusal(program, R"((import "a" "x" (func (param i64) (result f32))))"),
            "import \"a\" \"x\" is missing, expected a function of type [i64] -> [f32]");
  EXPECT_EQ(refusal(program, R"((import "a" "f" (func (param i64))))"),
            "import \"a\" \"f\": found a function of type [i32] -> [], expected a function of type "
            "[i64] -> []");
  EXPECT_THAT(refusal(program, R"((import "a" "m" (memory 2)))"),
              HasSubstr("found a memory of 1 to 2 pages, expected a memory of at least 2 pages"));
  EXPECT_THAT(refusal(program, R"((import "a" "m" (func)))"), HasSubstr("found a memory"));
  EXPECT_THAT(refusal(program, R"((import "a" "g" (global i32)))"),
              HasSubstr("found a mutable global of type i32, expected a constant global"));
  EXPECT_THAT(refusal(program, R"((import "a" "t" (table 4 funcref)))"),
              HasSubstr("found a table of at least 3 elements"));
}

TEST(Linking, InstancesShareMemoriesTablesAndGlobals) {
  Program program;
  const Instance& owner = program.add(R"((module
    (memory (export "m") 1 2) (global $g (export "g") (mut i64) (i64.const 5))
    (func (export "get") (result i64) (global.get $g))
    (func (export "load") (result i32) (i32.load (i32.const 65536)))))",
                                      "owner");
  const Instance& user = program.add(R"((module
    (import "owner" "m" (memory 1 2)) (import "owner" "g" (global $g (mut i64)))
    (func (export "change") (global.set $g (i64.add (global.get $g) (i64.const 1)))
      (drop (memory.grow (i32.const 1))) (i32.store (i32.const 65536) (i32.const 7)))))",
                                     "user");
  EXPECT_EQ(program.call(owner, "load").kind(), TrapKind::kMemoryOutOfBounds);
  EXPECT_EQ(program.call(user, "change").kind(), TrapKind::kNone);
  EXPECT_THAT(program.call(owner, "get").results, ElementsAre(6));
  EXPECT_THAT(program.call(owner, "load").results, ElementsAre(7));
}

TEST(Linking, AStartFunctionsTrapLeavesItsEffects) {
  Program program;
  const Instance& owner = program.add(R"((module (memory (export "m") 1)
    (func (export "load") (result i32) (i32.load8_u (i32.const 0)))))",
                                      "owner");
  const auto made = program.linker().instantiate(program.load(R"((module
    (import "owner" "m" (memory 1)) (start $start)
    (func $start (i32.store8 (i32.const 0) (i32.const 9)) unreachable)))"));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->trap);
  EXPECT_EQ(made->trap->kind, TrapKind::kUnreachable);
  EXPECT_EQ(made->trap->backtrace.at(0).name, "start");
  EXPECT_THAT(program.call(owner, "load").results, ElementsAre(9));
}

TEST(Linking, MemoriesKeepTheEmbeddersLimit) {
  StoreLimits limits;
  limits.max_memory_bytes = 128U << 10U;
  Program program(false, limits);
  const Instance& m = program.add(R"((module (memory 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
  EXPECT_THAT(program.call(m, "grow", {1}).results, ElementsAre(1));
  EXPECT_THAT(program.call(m, "grow", {1}).results, ElementsAre(0xffff'ffff));
  const auto made = program.linker().instantiate(program.load("(memory 3)"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kLimit);
}

// Host functions.

TEST(Linking, InstancesOfOneModuleShareTheInitialMemoryOnlyUntilTheyWrite) {
  Program program;
  const std::string data(300'000, 'x');
  const auto module = program.load(R"((module (memory (export "memory") 8)
      (data (i32.const 5000) ")" + data +
                                   R"(")
      (data (i32.const 305000) "end")
      (data (i32.const 5001) "overlay")
      (data $passive "later")
      (func (export "store") (i32.store8 (i32.const 5000) (i32.const 121)))
      (func (export "init") (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 5)))))");
  for (int i = 0; i < 4; ++i) {
    const auto made = program.linker().instantiate(module);
    ASSERT_TRUE(made && !made->trap);
    const Instance& instance = *made->instance;
    const auto* bytes = reinterpret_cast<const char*>(instance.memories[0]->base());
    EXPECT_EQ(std::string(bytes + 4999, 10), std::string(1, '\0') + "xoverlayx") << i;
    EXPECT_EQ(std::string(bytes + 304'999, 5), std::string("xend\0", 5)) << i;
    EXPECT_EQ(bytes[0], 0);
    EXPECT_FALSE(program.call(instance, "store").trap);
    EXPECT_EQ(bytes[5000], 'y');
    EXPECT_FALSE(program.call(instance, "init").trap) << "passive segments stay";
    EXPECT_EQ(std::string(bytes, 5), "later");
  }
}

TEST(HostFunctions, CallBackIntoTheCaller) {
  Program program;
  Instance* m = nullptr;
  program.linker().define_function("env", "down", FuncType{{kI32}, {kI32}}, [&](HostCall& call) {
    std::uint64_t slots[1] = {call.slots[0] - 1};
    if (const auto trap = call.thread.call(program.function(*m, "f"), slots))
      return HostOutcome{trap->kind, "", 0};
    call.slots[0] = slots[0] + 1;
    return HostOutcome{};
  });
  m = &program.add(R"((module (import "env" "down" (func $down (param i32) (result i32)))
    (func $f (export "f") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 100))
        (else (call $down (local.get 0)))))))");
  EXPECT_THAT(program.call(*m, "f", {20}).results, ElementsAre(120));
  EXPECT_EQ(program.call(*m, "f", {1'000'000}).kind(), TrapKind::kStackOverflow);
  EXPECT_THAT(program.call(*m, "f", {3}).results, ElementsAre(103)) << "it goes on afterwards";
}

TEST(HostFunctions, FailWithTheirMessage) {
  Program program;
  program.linker().define_function("env", "fail",
                                   [] { return HostOutcome{TrapKind::kHost, "no such thing", 0}; });
  program.linker().define_function("env", "throw", [] { throw std::runtime_error("thrown"); });
  const Instance& m = program.add(R"((module (import "env" "fail" (func $fail))
    (import "env" "throw" (func $throw))
    (func $f (export "fail") (call $fail)) (func (export "throw") (call $throw))))");
  const Program::Outcome failed = program.call(m, "fail");
  ASSERT_EQ(failed.kind(), TrapKind::kHost);
  EXPECT_EQ(failed.trap->message, "env.fail: no such thing");
  EXPECT_EQ(failed.functions(), "f");
  EXPECT_EQ(program.call(m, "throw").trap.value().message, "env.throw: thrown");
}

TEST(HostFunctions, MissingOnesMayBeStubs) {
  Program program;
  program.linker().stub_unknown_functions();
  const Instance& m = program.add(
      R"((module (import "env" "gone" (func $gone)) (func (export "f") (call $gone))))");
  const Program::Outcome outcome = program.call(m, "f");
  ASSERT_EQ(outcome.kind(), TrapKind::kStubCalled);
  EXPECT_THAT(outcome.trap->describe(), HasSubstr("env.gone"));
}

// Fuel.

TEST(Fuel, IsExactAndDoesNotChangeResults) {
  Program plain;
  Program fuelled(true);
  const Instance& p = plain.add(kSum);
  const Instance& f = fuelled.add(kSum);
  fuelled.thread().set_fuel(1'000'000);
  EXPECT_EQ(fuelled.call(f, "fib", {15}).results, plain.call(p, "fib", {15}).results);
  const std::uint64_t used = 1'000'000 - fuelled.thread().fuel_left();
  EXPECT_GT(used, 10'000U);

  fuelled.thread().set_fuel(used);
  EXPECT_THAT(fuelled.call(f, "fib", {15}).results, ElementsAre(610));
  EXPECT_EQ(fuelled.thread().fuel_left(), 0U);
  fuelled.thread().set_fuel(used - 1);
  EXPECT_EQ(fuelled.call(f, "fib", {15}).kind(), TrapKind::kFuelExhausted);
}

TEST(Fuel, EndsAnEndlessLoop) {
  Program program(true);
  const Instance& m = program.add(kEndless);
  program.thread().set_fuel(100'000);
  EXPECT_EQ(program.call(m, "loop").kind(), TrapKind::kFuelExhausted);
  program.thread().set_fuel(100'000);
  EXPECT_EQ(program.call(m, "calls").kind(), TrapKind::kFuelExhausted);

  program.thread().set_fuel(0);
  const Program::Outcome outcome = program.call(m, "loop");
  ASSERT_EQ(outcome.kind(), TrapKind::kFuelExhausted);
  const Module& module = m.module->module();
  EXPECT_EQ(outcome.trap->backtrace.at(0).offset, module.bodies[0].code.begin);
}

// Slices.

/// Runs three threads by turns on the instruction clock; returns when each ended, and its result.
std::vector<std::uint64_t> by_turns() {
  Program program(true);
  const Instance& m = program.add(kSum);
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<std::uint64_t> seen;
  SchedulerOptions options;
  options.clock = ClockKind::kInstructions;
  options.instruction_slice = 1000;
  Scheduler scheduler(options);
  for (const std::uint64_t n : {3000U, 1000U, 2000U}) {
    Thread& thread = *threads.emplace_back(Thread::create(1U << 20U).value());
    const std::uint64_t arguments[] = {n};
    thread.start(program.function(m, "sum"), arguments);
    scheduler.add(thread, [&scheduler, &thread, &seen](const Exit&) {
      seen.push_back(scheduler.now().value());
      seen.push_back(thread.results()[0]);
      return Verdict::kRemove;
    });
  }
  EXPECT_EQ(scheduler.run().value(), Scheduler::Outcome::kAllGone);
  return seen;
}

TEST(Slices, ThreadsTakeTurnsAndItRepeats) {
  const std::vector<std::uint64_t> first = by_turns();
  ASSERT_EQ(first.size(), 6U);
  EXPECT_EQ(first[1], 500'500U) << "the shortest ends first";
  EXPECT_EQ(first[3], 2'001'000U);
  EXPECT_EQ(first[5], 4'501'500U);
  EXPECT_EQ(by_turns(), first);
}

TEST(Slices, ABudgetIsNeverExceededInSum) {
  Program program(true);
  const Instance& m = program.add(kSum);
  Thread& thread = program.thread();
  const std::uint64_t arguments[] = {20};
  thread.start(program.function(m, "fib"), arguments);
  std::uint64_t instructions = 0;
  Exit exit;
  do {
    exit = thread.run({100});
    EXPECT_LE(exit.instructions, 200U);
    instructions += exit.instructions;
  } while (exit.reason == ExitReason::kBudget);
  ASSERT_EQ(exit.reason, ExitReason::kFinished);
  EXPECT_FALSE(thread.trapped());
  EXPECT_THAT(thread.results(), ElementsAre(6765));
  EXPECT_GT(instructions, 100'000U);
}

// Termination.

void expect_terminated(std::string_view function, bool nested) {
  Program program;
  Instance* m = nullptr;
  program.linker().define_function("env", "again", FuncType{}, [&](HostCall& call) {
    const auto trap = call.thread.call(program.function(*m, function), {});
    return trap ? HostOutcome{trap->kind, "", 0} : HostOutcome{};
  });
  m = &program.add(R"((module (import "env" "again" (func $again))
    (func (export "loop") (loop (br 0)))
    (func $a (export "calls") (return_call $b)) (func $b (return_call $a))
    (func (export "nested") (call $again))))");
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    program.thread().terminate(TrapKind::kTimeout);
  });
  const Program::Outcome outcome = program.call(*m, nested ? "nested" : function);
  other.join();
  EXPECT_EQ(outcome.kind(), TrapKind::kTimeout);
  EXPECT_FALSE(program.thread().terminating()) << "a termination ends one call";
}

TEST(Termination, EndsALoop) { expect_terminated("loop", false); }
TEST(Termination, EndsCallsWithoutLoops) { expect_terminated("calls", false); }
TEST(Termination, EndsACallFromAHostFunction) { expect_terminated("loop", true); }

TEST(Termination, BeforeTheCallEndsTheCall) {
  Program program;
  const Instance& m = program.add(kEndless);
  program.thread().terminate(TrapKind::kTimeout);
  EXPECT_EQ(program.call(m, "loop").kind(), TrapKind::kTimeout);
}

}  // namespace
}  // namespace doppel::bytecode
