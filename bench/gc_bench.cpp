// SPDX-License-Identifier: Apache-2.0
// The heap in use: array.copy against memmove, binary trees, and how long collections pause code
// that keeps 64 MB alive.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "bytecode/gc/heap.h"
#include "bytecode/runtime/linker.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {
namespace {

constexpr std::uint32_t kCopiedBytes = 64U << 20U;

/// A program in a store of its own.
class Program {
 public:
  explicit Program(std::string_view text)
      : store_(Store::create().value()),
        instance_(Linker(*store_)
                      .instantiate(LoadedModule::load(assemble(text, "bench.wat").value()).value())
                      .value()
                      .instance) {}

  std::uint64_t call(std::string_view name, std::vector<std::uint64_t> slots = {}) {
    slots.resize(4);
    if (auto trap = store_->thread().call(*instance_->find_export(name)->function, slots))
      std::abort();
    return slots[0];
  }
  [[nodiscard]] const gc::HeapStatistics& statistics() { return store_->heap().statistics(); }

 private:
  std::unique_ptr<Store> store_;
  Instance* instance_;
};

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * std::int64_t{kCopiedBytes});
}

void memmove_64_mb(benchmark::State& state) {
  std::vector<std::byte> from(kCopiedBytes);
  std::vector<std::byte> to(kCopiedBytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(std::memmove(to.data(), from.data(), kCopiedBytes));
    benchmark::ClobberMemory();
  }
  set_bytes(state);
}
BENCHMARK(memmove_64_mb);

constexpr std::string_view kCopy = R"((module
  (type $bytes (array (mut i8)))
  (type $refs (array (mut anyref)))
  (global $from (mut (ref null $bytes)) (ref.null $bytes))
  (global $to (mut (ref null $bytes)) (ref.null $bytes))
  (global $some (mut (ref null $refs)) (ref.null $refs))
  (global $others (mut (ref null $refs)) (ref.null $refs))
  (func (export "prepare") (param i32)
    (global.set $from (array.new $bytes (i32.const 1) (local.get 0)))
    (global.set $to (array.new $bytes (i32.const 2) (local.get 0)))
    (global.set $some (array.new $refs (ref.i31 (i32.const 1)) (i32.shr_u (local.get 0) (i32.const 3))))
    (global.set $others (array.new $refs (ref.i31 (i32.const 2)) (i32.shr_u (local.get 0) (i32.const 3)))))
  (func (export "bytes") (param i32)
    (array.copy $bytes $bytes (global.get $to) (i32.const 0)
                              (global.get $from) (i32.const 0) (local.get 0)))
  (func (export "refs") (param i32)
    (array.copy $refs $refs (global.get $others) (i32.const 0)
                            (global.get $some) (i32.const 0) (i32.shr_u (local.get 0) (i32.const 3))))))";

void array_copy(benchmark::State& state, std::string_view what) {
  Program program(kCopy);
  program.call("prepare", {kCopiedBytes});
  for (auto _ : state) program.call(what, {kCopiedBytes});
  set_bytes(state);
}
BENCHMARK_CAPTURE(array_copy, bytes, "bytes");
BENCHMARK_CAPTURE(array_copy, references, "refs");

constexpr std::string_view kTrees = R"((module
  (type $tree (struct (field (mut (ref null $tree))) (field (mut (ref null $tree)))))
  (type $forest (array (mut (ref null $tree))))
  (global $forest (mut (ref null $forest)) (ref.null $forest))
  (func $make (export "make") (param i32) (result (ref $tree))
    (if (result (ref $tree)) (i32.eqz (local.get 0))
      (then (struct.new_default $tree))
      (else (struct.new $tree (call $make (i32.sub (local.get 0) (i32.const 1)))
                              (call $make (i32.sub (local.get 0) (i32.const 1)))))))
  (func $count (param (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (i32.add
        (call $count (struct.get $tree 0 (local.get 0)))
        (call $count (struct.get $tree 1 (local.get 0))))))))
  (func (export "trees") (param i32) (result i32) (call $count (call $make (local.get 0))))
  ;; A forest of trees of depth 10, 2047 nodes of 32 bytes each, of which one a step is replaced.
  (func (export "plant") (param $trees i32) (local $i i32)
    (global.set $forest (array.new_default $forest (local.get $trees)))
    (loop $next
      (array.set $forest (global.get $forest) (local.get $i) (call $make (i32.const 10)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                             (local.get $trees)))))
  (func (export "replace") (param $at i32) (param $garbage i32)
    (loop $more
      (drop (call $make (i32.const 10)))
      (br_if $more (local.tee $garbage (i32.sub (local.get $garbage) (i32.const 1)))))
    (array.set $forest (global.get $forest) (local.get $at) (call $make (i32.const 10))))))";

void binary_trees(benchmark::State& state) {
  Program program(kTrees);
  const auto depth = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(program.call("trees", {depth}));
  state.SetItemsProcessed(state.iterations() * ((std::int64_t{2} << depth) - 1));
}
BENCHMARK(binary_trees)->Arg(10)->Arg(18)->Unit(benchmark::kMillisecond);

/// Keeps 64 MB of trees; nine of ten new ones are garbage at once.
void pauses_at_64_mb(benchmark::State& state) {
  constexpr std::uint64_t kTreesAlive = 1024;
  Program program(kTrees);
  program.call("plant", {kTreesAlive});
  std::uint64_t step = 0;
  for (auto _ : state) program.call("replace", {step++ % kTreesAlive, 9});
  const auto micros = [](gc::Pauses::Duration pause) {
    return static_cast<double>(pause.count()) / 1000;
  };
  const gc::HeapStatistics& heap = program.statistics();
  state.counters["minor"] = static_cast<double>(heap.minor_pauses.count());
  state.counters["minor_p50_us"] = micros(heap.minor_pauses.percentile(50));
  state.counters["minor_p99_us"] = micros(heap.minor_pauses.percentile(99));
  state.counters["minor_max_us"] = micros(heap.minor_pauses.longest());
  state.counters["cycles"] = static_cast<double>(heap.cycles);
  state.counters["major"] = static_cast<double>(heap.major_pauses.count());
}
BENCHMARK(pauses_at_64_mb)->Unit(benchmark::kMillisecond)->MinTime(3);

}  // namespace
}  // namespace doppel::bytecode
