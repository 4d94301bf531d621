// SPDX-License-Identifier: Apache-2.0
// Fuzzing of the loaders: any file is understood or refused, and nothing leaves RAM.
#include <cstddef>
#include <cstdint>
#include <span>

#include "sysvm/boot/loader.h"

using namespace doppel::sysvm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Bus bus = std::move(*Bus::create(16U << 20));
  const auto file = std::as_bytes(std::span(data, size));
  (void)load(bus, {.firmware = {}, .kernel = file, .initrd = {}},
             {.harts = 1, .ram_bytes = bus.ram_bytes()});
  (void)load(bus, {.firmware = file, .kernel = file, .initrd = file},
             {.harts = 1, .ram_bytes = bus.ram_bytes()});
  if (const auto bare = load_bare(bus, file)) (void)bare->symbols.describe(bare->pc.value());
  return 0;
}
