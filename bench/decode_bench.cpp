// SPDX-License-Identifier: Apache-2.0
// Decoding and validation of a large module, in bytes a second on one core. The module is the one
// that DOPPEL_BENCH_MODULE names, or an example program; where it is small, its functions are
// repeated until the module has 16 MiB of code, so that its mix of instructions stays a compiler's.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bytecode/binary/decoder.h"
#include "bytecode/binary/encoder.h"
#include "bytecode/binary/instruction.h"
#include "bytecode/validate/validator.h"

namespace doppel::bytecode {
namespace {

constexpr std::uint32_t kCodeBytes = 16U << 20U;

std::vector<std::byte> read_module() {
  const char* path = std::getenv("DOPPEL_BENCH_MODULE");
  if (path == nullptr) path = "build/release/examples/bytecode/files.wasm";
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

/// The same module with its functions `times` times over, and without custom sections.
std::vector<std::byte> repeat_functions(const Module& module, std::uint32_t times) {
  Encoder out;
  out.raw(std::string_view("\0asm\1\0\0\0", 8));
  for (const SectionRange& section : module.sections) {
    Encoder contents;
    if (section.id == 3 || section.id == 10) {
      contents.unsigned_leb(module.bodies.size() * times);
      CodeReader reader(module.bytes, section.contents, Features::wasm3());
      reader.read_u32();
      const auto items = module.view({reader.offset(), reader.end()});
      for (std::uint32_t i = 0; i < times; ++i) contents.raw(items);
    } else {
      contents.raw(module.view(section.contents));
    }
    if (section.id == 0) continue;
    out.byte(section.id);
    out.sized(contents);
  }
  return std::move(out).take();
}

const std::vector<std::byte>& large_module() {
  static const std::vector<std::byte> module_bytes = [] {
    auto module = decode(read_module());
    if (!module) {
      std::fprintf(stderr, "decode_bench: %s\n", module.error().message.c_str());
      std::exit(1);
    }
    std::uint32_t code = 0;
    for (const FuncBody& body : module->bodies) code += body.code.size();
    return repeat_functions(*module, kCodeBytes / (code + 1) + 1);
  }();
  return module_bytes;
}

void decode_only(benchmark::State& state) {
  const auto& bytes = large_module();
  for (auto _ : state) benchmark::DoNotOptimize(decode(bytes));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(decode_only)->Unit(benchmark::kMillisecond);

void decode_and_validate(benchmark::State& state) {
  const auto& bytes = large_module();
  for (auto _ : state) {
    const auto module = decode(bytes);
    const auto result = validate(*module);
    if (!result) state.SkipWithError(result.error().message.c_str());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(decode_and_validate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace doppel::bytecode
