// SPDX-License-Identifier: Apache-2.0
// Host programs get compiled code by both interfaces, with what it calls and how it ends.
#include "bytecode/embed/wasm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "bytecode/embed/tiered_load.h"
#include "tests/bytecode/capi/host.h"
#include "tests/bytecode/interp/program.h"

namespace doppel::wasm {
namespace {

/// Adds up what the host answers for 1, 2 …; traps with "unreachable" where that is 0.
constexpr std::string_view kSums = R"((module
  (import "host" "value" (func $value (param i64) (result i64)))
  (func $step (param i64) (result i64) (local $value i64)
    (if (i64.eqz (local.tee $value (call $value (local.get 0)))) (then (unreachable)))
    (local.get $value))
  (func (export "sum") (param $n i64) (result i64) (local $sum i64)
    (loop
      (local.set $sum (i64.add (local.get $sum) (call $step (local.get $n))))
      (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum))))";

class EmbedTiers : public testing::TestWithParam<Tier> {
 protected:
  EmbedTiers() : store_(std::move(*Store::create())) {
    store_.define("host", "value", [this](std::int64_t n) { return value_(n); });
    LoadOptions options;
    options.tier = GetParam();
    const auto module = Module::load(kSums, "sums", options);
    instance_ = store_.instantiate(module.value(), "").value();
    sum_ = instance_->function<std::int64_t(std::int64_t)>("sum").value();
  }

  Store store_;
  std::function<std::int64_t(std::int64_t)> value_ = [](std::int64_t n) { return n; };
  std::optional<Instance> instance_;
  std::optional<Function<std::int64_t(std::int64_t)>> sum_;
};

TEST_P(EmbedTiers, SumsAreTheSame) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ((*sum_)(100'000).value(), 5'000'050'000);
}

TEST_P(EmbedTiers, HostFunctionsCallBack) {
  value_ = [this](std::int64_t n) { return n % 1000 == 0 && n > 1000 ? (*sum_)(10).value() : n; };
  std::int64_t wanted = 0;
  for (std::int64_t n = 1; n <= 50'000; ++n) wanted += n % 1000 == 0 && n > 1000 ? 55 : n;
  for (int i = 0; i < 10; ++i) EXPECT_EQ((*sum_)(50'000).value(), wanted);
}

TEST_P(EmbedTiers, TrapsEndTheCall) {
  value_ = [](std::int64_t n) { return n == 1 ? 0 : n; };
  for (int i = 0; i < 10; ++i) {
    const auto ended = (*sum_)(50'000);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, TrapKind::kUnreachable);
    EXPECT_EQ(ended.error().backtrace.size(), 2U);
  }
}

INSTANTIATE_TEST_SUITE_P(Tiers, EmbedTiers,
                         testing::Values(Tier::kInterpreter, Tier::kAuto, Tier::kCompiled));

constexpr std::string_view kBusy = R"((module (func (export "run") (local i64)
  (local.set 0 (i64.const 3000000))
  (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))))";

TEST(SharedCompiler, CompilesWhatIsHot) {
  bytecode::Program program;
  const auto module = bytecode::load(bytecode::assemble(kBusy, "busy.wat").value()).value();
  bytecode::Instance& instance = *program.linker().instantiate(module).value().instance;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (module->code().compiled().functions == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing has been compiled";
    ASSERT_FALSE(program.call(instance, "run").trap);
  }
}

TEST(SharedCompiler, ServesModulesThatComeAndGoOnManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 10; ++round) {
        Store store = std::move(*Store::create());
        const Instance instance = store.instantiate(Module::load(kBusy).value(), "").value();
        const auto run = instance.function<void()>("run").value();
        EXPECT_TRUE(run());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SharedCompiler, ServesTheCInterface) {
  bytecode::capi::Host host;
  const auto value =
      host.function(wasm_functype_new_1_1(wasm_valtype_new_i64(), wasm_valtype_new_i64()),
                    [](const wasm_val_vec_t& args, wasm_val_vec_t& results) {
                      results.data[0] = args.data[0];
                      return nullptr;
                    });
  const auto instance = host.instance(kSums, {wasm_func_as_extern(value.get())});
  ASSERT_NE(instance, nullptr);
  const auto sum = bytecode::capi::Host::item(instance, 0);
  wasm_val_t most{};
  most.kind = WASM_I64;
  most.of.i64 = 100'000;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(host.call(sum.get(), {most}), nullptr);
    EXPECT_EQ(host.results.data[0].of.i64, 5'000'050'000);
  }
}

}  // namespace
}  // namespace doppel::wasm
