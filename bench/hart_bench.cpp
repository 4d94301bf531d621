// SPDX-License-Identifier: Apache-2.0
// The hart's interpreter: a bare loop, programs in compressed code, and working sets of many pages,
// without paging and in U-mode under Sv39. `items_per_second` is guest instructions per second of
// CPU time. Guests are compiled by clang-19 when the benchmark starts.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/read_file.h"
#include "sysvm/boot/loader.h"
#include "sysvm/hart/hart.h"

namespace doppel::sysvm {
namespace {

struct StoppedClock final : MachineClock {
  [[nodiscard]] std::uint64_t ticks() const override { return 0; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return 0; }
};

std::vector<std::byte> compile(const std::string& name, const std::string& options) {
  const std::string folder = std::string(DOPPEL_BENCH_FOLDER) + "/guests/";
  const std::string out =
      (std::filesystem::temp_directory_path() / fmt::format("doppel-bench-{}", getpid())).string();
  const std::string command = fmt::format(
      "clang-19 --target=riscv64 -march=rv64gc_zba_zbb_zbs -mabi=lp64d -mcmodel=medany -O2 "
      "-ffreestanding -nostdlib -static -fuse-ld=lld-19 -mno-relax "
      "-Wl,--image-base=0x80000000,-Ttext=0x80000000,-N,--no-warnings {} {}start.S {}{}.c -o {}",
      options, folder, folder, name, out);
  if (std::system(command.c_str()) != 0) return {};
  const auto file = read_file(out);
  std::filesystem::remove(out);
  return file ? *file : std::vector<std::byte>();
}

void run(benchmark::State& state, const std::string& name, const std::string& options,
         bool fuses_pairs = true) {
  const auto program = compile(name, options);
  if (program.empty()) {
    state.SkipWithError("clang-19 or lld-19 is missing");
    return;
  }
  std::uint64_t instructions = 0;
  std::uint64_t walks = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Bus bus = Bus::create(64 << 20).value();
    const auto boot = load_bare(bus, program).value();
    const StoppedClock clock;
    Hart hart({.bus = &bus, .clock = &clock, .fuses_pairs = fuses_pairs});
    hart.reset(boot.pc);
    const std::byte* const tohost = bus.ram(GuestPhys{boot.symbols.find("tohost").value()}, 8);
    state.ResumeTiming();
    std::uint64_t value = 0;
    while (value == 0) {
      hart.run({1'000'000});
      std::memcpy(&value, tohost, 8);
    }
    instructions += hart.retired();
    walks += hart.statistics().walks;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(instructions));
  state.counters["walks_per_1000"] =
      static_cast<double>(walks) * 1000 / static_cast<double>(instructions);
}

void bare_loop(benchmark::State& state) { run(state, "loop", "-march=rv64g"); }
void bare_programs(benchmark::State& state) { run(state, "programs", ""); }
void user_programs(benchmark::State& state) { run(state, "programs", "-DPAGED"); }
void user_programs_unfused(benchmark::State& state) { run(state, "programs", "-DPAGED", false); }
void user_pages(benchmark::State& state) {
  run(state, "pages", fmt::format("-DPAGED -DPAGES={}", state.range(0)));
}

BENCHMARK(bare_loop)->Unit(benchmark::kMillisecond);
BENCHMARK(bare_programs)->Unit(benchmark::kMillisecond);
BENCHMARK(user_programs)->Unit(benchmark::kMillisecond);
BENCHMARK(user_programs_unfused)->Unit(benchmark::kMillisecond);
BENCHMARK(user_pages)->Arg(256)->Arg(1024)->Arg(2048)->Arg(4096)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace doppel::sysvm
