// SPDX-License-Identifier: Apache-2.0
// Probes of bytecode: what they see, what they change, and that code without them is as before.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/bytecode/interp/program.h"

using namespace doppel;
using namespace doppel::bytecode;

namespace {

constexpr std::string_view kText = R"(
  (module
    (func $square (export "square") (param i32) (result i32)
      (i32.mul (local.get 0) (local.get 0)))
    (func $swap (export "swap") (param i32 f64) (result f64 i32)
      (local.get 1) (local.get 0))
    (func (export "sum") (param i32) (result i32)
      (local i32)
      (block
        (loop
          (br_if 1 (i32.eqz (local.get 0)))
          (local.set 1 (i32.add (local.get 1) (call $square (local.get 0))))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br 0)))
      (local.get 1))
    (func (export "early") (param i32) (result i32)
      (if (local.get 0) (then (return (i32.const 7))))
      (i32.const 8))
    (func (export "fail") (param i32) unreachable)))";

constexpr std::uint64_t kSquare = 0;
constexpr std::uint64_t kSwap = 1;
constexpr std::uint64_t kSum = 2;
constexpr std::uint64_t kEarly = 3;

const ProbedState& probed(const ProbeHit& hit) {
  return static_cast<Thread&>(hit.processor).probed();
}

}  // namespace

TEST(BytecodeProbes, SeeArgumentsAndResultsOfCalls) {
  Program program;
  Instance& instance = program.add(kText);
  std::vector<std::uint64_t> arguments;
  std::vector<std::uint64_t> results;
  Probes& probes = instance.module->probes();
  // Code that has run already gets its probes, too.
  EXPECT_EQ(program.call(instance, "sum", {2}).results, std::vector<std::uint64_t>{5});
  const ProbeId entry = probes.attach({ProbeEvent::kCall, kSquare}, [&](const ProbeHit& hit) {
    arguments.push_back(probed(hit).parameters[0]);
    EXPECT_EQ(probed(hit).function, FuncIndex{kSquare});
    return ProbeAction::kContinue;
  });
  const ProbeId leave = probes.attach({ProbeEvent::kReturn, kSquare}, [&](const ProbeHit& hit) {
    results.push_back(probed(hit).results[0]);
    return ProbeAction::kContinue;
  });
  EXPECT_EQ(program.call(instance, "sum", {3}).results, std::vector<std::uint64_t>{14});
  EXPECT_EQ(arguments, (std::vector<std::uint64_t>{3, 2, 1}));
  EXPECT_EQ(results, (std::vector<std::uint64_t>{9, 4, 1}));
  EXPECT_TRUE(probes.detach(entry));
  EXPECT_TRUE(probes.detach(leave));
  EXPECT_EQ(program.call(instance, "sum", {3}).results, std::vector<std::uint64_t>{14});
  EXPECT_EQ(arguments.size(), 3U);
}

TEST(BytecodeProbes, SeeEveryWayToReturn) {
  Program program;
  Instance& instance = program.add(kText);
  std::vector<std::uint64_t> results;
  const auto note = [&](const ProbeHit& hit) {
    for (const std::uint64_t slot : probed(hit).results) results.push_back(slot);
    return ProbeAction::kContinue;
  };
  instance.module->probes().attach({ProbeEvent::kReturn, kEarly}, note);
  instance.module->probes().attach({ProbeEvent::kReturn, kSwap}, note);
  EXPECT_EQ(program.call(instance, "early", {1}).results, std::vector<std::uint64_t>{7});
  EXPECT_EQ(program.call(instance, "early", {0}).results, std::vector<std::uint64_t>{8});
  program.call(instance, "swap", {5, 6});
  EXPECT_EQ(results, (std::vector<std::uint64_t>{7, 8, 6, 5}));
}

TEST(BytecodeProbes, ActInAFunctionsPlace) {
  Program program;
  Instance& instance = program.add(kText);
  instance.module->probes().attach({ProbeEvent::kCall, kSquare}, [](const ProbeHit& hit) {
    probed(hit).results[0] = probed(hit).parameters[0] + 100;
    return ProbeAction::kSkip;
  });
  instance.module->probes().attach({ProbeEvent::kCall, kSwap}, [](const ProbeHit& hit) {
    probed(hit).results[0] = 1;
    probed(hit).results[1] = 2;
    return ProbeAction::kSkip;
  });
  EXPECT_EQ(program.call(instance, "square", {4}).results, std::vector<std::uint64_t>{104});
  EXPECT_EQ(program.call(instance, "sum", {2}).results, std::vector<std::uint64_t>{203});
  EXPECT_EQ(program.call(instance, "swap", {5, 6}).results, (std::vector<std::uint64_t>{1, 2}));
}

TEST(BytecodeProbes, ChangeArguments) {
  Program program;
  Instance& instance = program.add(kText);
  instance.module->probes().attach({ProbeEvent::kCall, kSquare}, [](const ProbeHit& hit) {
    probed(hit).parameters[0] = 10;
    return ProbeAction::kContinue;
  });
  EXPECT_EQ(program.call(instance, "square", {4}).results, std::vector<std::uint64_t>{100});
}

TEST(BytecodeProbes, StandBeforeAnyInstruction) {
  // One instruction at a time, every one of them: none changes what the code computes.
  Program program(true);
  Instance& instance = program.add(kText);
  const Module& module = instance.module->module();
  const ByteRange code = module.body(FuncIndex{kSum}).code;
  std::vector<std::size_t> hits(code.size());
  for (std::uint32_t i = 0; i < code.size(); ++i) {
    instance.module->probes().attach({ProbeEvent::kInstruction, code.begin.value() + i},
                                     [&hits, i](const ProbeHit&) {
                                       ++hits[i];
                                       return ProbeAction::kContinue;
                                     });
    EXPECT_EQ(program.call(instance, "sum", {3}).results, std::vector<std::uint64_t>{14});
  }
  EXPECT_EQ(hits[0], code.size());            // the block: once a call
  EXPECT_EQ(hits[4], 4 * (code.size() - 4));  // the loop's first instruction: once a round
}

TEST(BytecodeProbes, NestCallsOnTheSameThread) {
  Program program;
  Instance& instance = program.add(kText);
  std::uint64_t nested = 0;
  instance.module->probes().attach({ProbeEvent::kCall, kSum}, [&](const ProbeHit&) {
    nested = program.call(instance, "square", {9}).results.at(0);
    return ProbeAction::kContinue;
  });
  EXPECT_EQ(program.call(instance, "sum", {3}).results, std::vector<std::uint64_t>{14});
  EXPECT_EQ(nested, 81U);
}

TEST(BytecodeProbes, BreakARunThatGoesOn) {
  Program program;
  Instance& instance = program.add(kText);
  instance.module->probes().attach({ProbeEvent::kCall, kSquare},
                                   [](const ProbeHit&) { return ProbeAction::kExit; });
  const std::uint64_t three = 3;
  program.thread().start(program.function(instance, "sum"), {&three, 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(program.thread().run({}).reason, ExitReason::kBreakpoint);
  EXPECT_EQ(program.thread().run({}).reason, ExitReason::kFinished);
  EXPECT_EQ(program.thread().results()[0], 14U);
  // A plain call does not stop.
  EXPECT_EQ(program.call(instance, "sum", {3}).results, std::vector<std::uint64_t>{14});
}

TEST(BytecodeProbes, HearOfTrapsFirst) {
  Program program;
  Instance& instance = program.add(kText);
  std::vector<std::uint64_t> seen;
  instance.module->probes().attach(
      {ProbeEvent::kTrap, static_cast<std::uint64_t>(TrapKind::kUnreachable)},
      [&](const ProbeHit& hit) {
        seen.push_back(probed(hit).parameters[0]);
        return ProbeAction::kContinue;
      });
  const Program::Outcome outcome = program.call(instance, "fail", {42});
  EXPECT_EQ(outcome.kind(), TrapKind::kUnreachable);
  EXPECT_EQ(outcome.functions(), "fail");
  EXPECT_EQ(seen, std::vector<std::uint64_t>{42});
}
