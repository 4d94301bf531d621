// SPDX-License-Identifier: Apache-2.0
// The embedding interface: modules in both formats, typed functions, host functions, memory, traps.
#include "bytecode/embed/wasm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <thread>

namespace doppel::wasm {
namespace {

using testing::HasSubstr;

Module load(std::string_view text) {
  auto module = Module::load(text);
  if (!module) throw std::runtime_error(module.error().message);
  return *module;
}

/// A store with one instance, or the reason why there is none.
struct Machine {
  explicit Machine(const Limits& limits = {}) : store(std::move(*Store::create(limits))) {}
  Instance add(std::string_view text, std::string_view name = "") {
    auto instance = store.instantiate(load(text), name);
    if (!instance) throw std::runtime_error(instance.error().message);
    return *instance;
  }
  Store store;
};

TEST(Embed, CallsATypedFunction) {
  Machine machine;
  const Instance instance = machine.add(R"(
    (func (export "mix") (param i32 i64 f32 f64) (result f64)
      (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
               (f64.add (f64.promote_f32 (local.get 2)) (local.get 3)))))");
  const auto mix = instance.function<double(int, std::int64_t, float, double)>("mix");
  ASSERT_TRUE(mix) << mix.error().message;
  EXPECT_EQ((*mix)(-1, -20'000'000'000, 0.5F, 0.25).value(), -20'000'000'000.25);
}

TEST(Embed, RefusesFunctionsOfAnotherTypeOrName) {
  Machine machine;
  const Instance instance = machine.add(R"((memory (export "m") 1)
                                           (func (export "f") (param i32)))");
  EXPECT_EQ(instance.function<void()>("f").error().kind, ErrorKind::kUnlinkable);
  EXPECT_THAT(instance.function<int(int)>("f").error().message, HasSubstr("export 'f': found one"));
  EXPECT_THAT(instance.function<void()>("g").error().message, HasSubstr("'g': found nothing"));
  EXPECT_THAT(instance.function<void()>("m").error().message, HasSubstr("'m': found memory"));
  EXPECT_THAT(instance.memory("f").error().message, HasSubstr("expected a memory"));
}

TEST(Embed, HostFunctionsSeeTheCallersMemory) {
  Machine machine;
  std::string seen;
  machine.store.define("host", "print",
                       [&](const Caller& caller, std::uint32_t at, std::uint32_t size) {
                         const auto memory = caller.memory();
                         seen.assign(reinterpret_cast<const char*>(memory.data()) + at, size);
                       });
  const Instance instance = machine.add(R"(
    (import "host" "print" (func $print (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "guest words")
    (func (export "run") (call $print (i32.const 16) (i32.const 5))))");
  EXPECT_TRUE((*instance.function<void()>("run"))());
  EXPECT_EQ(seen, "guest");
}

TEST(Embed, TheHostWritesWhatTheGuestReads) {
  Machine machine;
  const Instance instance = machine.add(R"((memory (export "memory") 1)
    (func (export "get") (result i64) (i64.load (i32.const 8))))");
  const std::int64_t secret = 0x0123456789abcdef;
  std::memcpy(instance.memory()->data() + 8, &secret, sizeof secret);
  EXPECT_EQ((*instance.function<std::int64_t()>("get"))().value(), secret);
}

TEST(Embed, AnErrorOfAHostFunctionTrapsWithItsMessage) {
  Machine machine;
  machine.store.define("host", "halve", [](int number) -> Result<int> {
    if (number % 2 != 0) return fail(ErrorKind::kUsage, "found an odd number");
    return number / 2;
  });
  const Instance instance = machine.add(R"(
    (import "host" "halve" (func $halve (param i32) (result i32)))
    (func (export "halve") (param i32) (result i32) (call $halve (local.get 0))))");
  const auto halve = *instance.function<int(int)>("halve");
  EXPECT_EQ(halve(8).value(), 4);
  const auto trapped = halve(7);
  ASSERT_FALSE(trapped);
  EXPECT_EQ(trapped.error().kind, TrapKind::kHost);
  EXPECT_THAT(trapped.error().describe(), HasSubstr("found an odd number"));
}

TEST(Embed, ATrapNamesTheFunctionsAndTheStoreGoesOn) {
  Machine machine;
  const Instance instance = machine.add(R"(
    (func $divide (export "divide") (param i32 i32) (result i32)
      (i32.div_s (local.get 0) (local.get 1))))");
  const auto divide = *instance.function<int(int, int)>("divide");
  const auto trapped = divide(1, 0);
  ASSERT_FALSE(trapped);
  EXPECT_EQ(trapped.error().kind, TrapKind::kIntegerDivideByZero);
  ASSERT_FALSE(trapped.error().backtrace.empty());
  EXPECT_EQ(trapped.error().backtrace[0].name, "divide");
  EXPECT_EQ(divide(6, 3).value(), 2);
}

TEST(Embed, ModulesImportFromEarlierOnes) {
  Machine machine;
  machine.add(R"((func (export "square") (param i32) (result i32)
                   (i32.mul (local.get 0) (local.get 0))))",
              "maths");
  const Instance user = machine.add(R"(
    (import "maths" "square" (func $square (param i32) (result i32)))
    (func (export "fourth") (param i32) (result i32) (call $square (call $square (local.get 0)))))");
  EXPECT_EQ((*user.function<int(int)>("fourth"))(3).value(), 81);
}

TEST(Embed, AMissingImportIsNamedWithItsType) {
  Machine machine;
  const auto refused =
      machine.store.instantiate(load(R"((import "env" "gone" (func (param i64))))"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnlinkable);
  EXPECT_THAT(refused.error().message, HasSubstr("env"));
  EXPECT_THAT(refused.error().message, HasSubstr("gone"));
  EXPECT_THAT(refused.error().message, HasSubstr("i64"));
}

TEST(Embed, ATrapWhileInitializingIsAnError) {
  Machine machine;
  const auto refused = machine.store.instantiate(load("(func $start unreachable) (start $start)"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnlinkable);
  EXPECT_THAT(refused.error().message, HasSubstr("unreachable"));
}

TEST(Embed, MemoriesGrowToTheLimitOnly) {
  Machine machine({.max_memory_bytes = 3 << 16});
  const Instance instance = machine.add(R"((memory (export "memory") 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))");
  const auto grow = *instance.function<int(int)>("grow");
  EXPECT_EQ(grow(2).value(), 1);
  EXPECT_EQ(grow(1).value(), -1);
  EXPECT_EQ(instance.memory()->size(), 3U << 16);
}

TEST(Embed, RecursionIsBoundedByTheStack) {
  Machine machine({.stack_bytes = 64 << 10});
  const Instance instance = machine.add(R"((func $f (export "f") (call $f)))");
  const auto trapped = (*instance.function<void()>("f"))();
  ASSERT_FALSE(trapped);
  EXPECT_EQ(trapped.error().kind, TrapKind::kStackOverflow);
}

TEST(Embed, AnotherThreadInterruptsAnEndlessLoop) {
  Machine machine;
  const Instance instance = machine.add(R"((func (export "spin") (loop (br 0))))");
  std::jthread watchdog([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    machine.store.interrupt();
  });
  const auto trapped = (*instance.function<void()>("spin"))();
  ASSERT_FALSE(trapped);
  EXPECT_EQ(trapped.error().kind, TrapKind::kTimeout);
}

TEST(Embed, BadModulesAreErrors) {
  EXPECT_EQ(Module::load(std::span<const std::byte>()).error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(Module::load("(module (func (result i32)))").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Module::load("(module").error().kind, ErrorKind::kMalformed);
  const auto missing = Module::load_file("no/such/module.wasm");
  EXPECT_EQ(missing.error().kind, ErrorKind::kSystem);
  EXPECT_EQ(missing.error().message, "cannot open no/such/module.wasm: No such file or directory");
  EXPECT_FALSE(Module::load_file("tests"));
}

TEST(Embed, FuelLimitsWhatRuns) {
  auto store = std::move(*Store::create());
  const auto module =
      Module::load(R"((func (export "spin") (loop (br 0))))", "spin", {.fuel = true});
  ASSERT_TRUE(module) << module.error().message;
  const auto spin = store.instantiate(*module)->function<void()>("spin");
  store.set_fuel(1000);
  EXPECT_EQ((*spin)().error().kind, TrapKind::kFuelExhausted);
  EXPECT_LT(store.fuel_left(), 10U);
}

TEST(Embed, ProgramsRunUnderWasi) {
  Machine machine;
  Wasi wasi;
  wasi.arguments = {"prog", "one"};
  wasi.directories = {{"/proc", "/"}};
  ASSERT_TRUE(machine.store.define_wasi(wasi));
  const Instance instance = machine.add(R"(
    (import "wasi_snapshot_preview1" "args_sizes_get"
      (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (drop (call $sizes (i32.const 0) (i32.const 4)))
      (call $exit (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 4)))))
  )");
  const auto outcome = (*instance.function<void()>("_start"))();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, TrapKind::kExit);
  EXPECT_EQ(outcome.error().exit_code, 2 + 5 + 4);  // two arguments, nine bytes with their NULs
}

TEST(Embed, WasiNamesTheDirectoryThatCannotBeOpened) {
  Machine machine;
  Wasi wasi;
  wasi.directories = {{"/no/such/folder", "/"}};
  const auto defined = machine.store.define_wasi(wasi);
  ASSERT_FALSE(defined);
  EXPECT_THAT(defined.error().message, HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace doppel::wasm
