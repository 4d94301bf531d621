// SPDX-License-Identifier: Apache-2.0
// What a host program pays, by tier: an instance, a call into the guest, a call back, an exception.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bytecode/embed/wasm.h"

namespace doppel::wasm {
namespace {

constexpr std::string_view kSmall = R"((module
  (memory (export "memory") 1)
  (table 4 funcref)
  (global (mut i32) (i32.const 1))
  (data (i32.const 16) "a few bytes")
  (elem (i32.const 0) $add)
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))))";

constexpr std::string_view kCalls = R"((module
  (import "host" "next" (func $next (param i32) (result i32)))
  (tag $odd (param i32))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "ask") (param $n i32) (result i32)
    (loop (br_if 0 (local.tee $n (call $next (local.get $n)))))
    (local.get $n))
  (func $deep (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $odd (i32.const 7))))
    (call $deep (i32.sub (local.get 0) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then (unreachable))))
  (func (export "catch") (param $n i32) (result i32) (local $sum i32)
    (loop
      (block $caught (result i32)
        (try_table (catch $odd $caught) (call $deep (i32.const 9)))
        (i32.const 0))
      (local.set $sum (i32.add (local.get $sum)))
      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))))";

constexpr std::int32_t kMany = 1000;  ///< of what is too short to be called for each

template <class T>
T value_or_end(Result<T> result) {
  if (!result) std::abort();
  return *std::move(result);
}

Module load(std::string_view text, Tier tier) {
  LoadOptions options;
  options.tier = tier;
  return value_or_end(Module::load(text, "bench.wat", options));
}

/// A module with its store, whose host functions count down.
struct Machine {
  explicit Machine(Tier tier) : store(value_or_end(Store::create())) {
    store.define("host", "next", [](std::int32_t n) { return n - 1; });
    instance.emplace(value_or_end(store.instantiate(load(kCalls, tier))));
  }
  Store store;
  std::optional<Instance> instance;
};

/// A store, an instance of a small module in it, and their end.
void instantiate(benchmark::State& state) {
  const Module module = load(kSmall, Tier::kInterpreter);
  for (auto _ : state) {
    Store store = value_or_end(Store::create());
    benchmark::DoNotOptimize(value_or_end(store.instantiate(module)));
  }
}
BENCHMARK(instantiate)->Name("embed/store and instance");

/// The same of a module with 1 MiB of data.
void instantiate_image(benchmark::State& state) {
  const std::string text = "(module (memory 32) (data (i32.const 0) \"" +
                           std::string(std::size_t{1} << 20U, 'x') + "\"))";
  const Module module = load(text, Tier::kInterpreter);
  for (auto _ : state) {
    Store store = value_or_end(Store::create());
    benchmark::DoNotOptimize(value_or_end(store.instantiate(module)));
  }
}
BENCHMARK(instantiate_image)->Name("embed/store and instance with 1 MiB of data");

void call_guest(benchmark::State& state, Tier tier) {
  Machine machine(tier);
  const auto add =
      value_or_end(machine.instance->function<std::int32_t(std::int32_t, std::int32_t)>("add"));
  std::int32_t sum = 0;
  for (auto _ : state) sum = add(sum, 3).value();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK_CAPTURE(call_guest, interpreted, Tier::kInterpreter);
BENCHMARK_CAPTURE(call_guest, compiled, Tier::kCompiled);

/// Calls an export with kMany; the time is that of one of what it does.
void repeat(benchmark::State& state, Tier tier, std::string_view name) {
  Machine machine(tier);
  const auto run = value_or_end(machine.instance->function<std::int32_t(std::int32_t)>(name));
  for (auto _ : state) benchmark::DoNotOptimize(run(kMany).value());
  state.counters["each"] = benchmark::Counter(
      kMany, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(repeat, call_host interpreted, Tier::kInterpreter, "ask");
BENCHMARK_CAPTURE(repeat, call_host compiled, Tier::kCompiled, "ask");
BENCHMARK_CAPTURE(repeat, throw_across_10_frames interpreted, Tier::kInterpreter, "catch");
BENCHMARK_CAPTURE(repeat, throw_across_10_frames compiled, Tier::kCompiled, "catch");

}  // namespace
}  // namespace doppel::wasm
