// SPDX-License-Identifier: Apache-2.0
// Pages by number, in ascending order, each with its bytes; then a number that no page has.
#include "sysvm/machine/saved_ram.h"

#include <algorithm>
#include <cstring>

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kEnd = UINT64_MAX;

bool is_zero(const std::byte* page) {
  // A page is zero when its first byte is, and each byte equals the one before it.
  return page[0] == std::byte{0} && std::memcmp(page, page + 1, kPage - 1) == 0;
}

}  // namespace

void save_ram(const Bus& bus, StateWriter& writer) {
  writer.begin("ram", 1);
  const std::byte* ram = bus.ram(kRamBase, bus.ram_bytes());
  for (std::uint64_t number = 0; number < bus.ram_bytes() / kPage; ++number) {
    const std::byte* page = ram + number * kPage;
    if (is_zero(page)) continue;
    writer.u64(number);
    writer.bytes({page, kPage});
  }
  writer.u64(kEnd);
}

void restore_ram(Bus& bus, StateReader& reader) {
  reader.begin("ram", 1);
  std::byte* ram = bus.ram(kRamBase, bus.ram_bytes());
  while (!reader.failed()) {
    const std::uint64_t number = reader.u64();
    if (number == kEnd) return;
    if (number >= bus.ram_bytes() / kPage) return reader.reject("found a page beyond RAM");
    const auto bytes = reader.bytes(kPage);
    if (!reader.failed()) std::memcpy(ram + number * kPage, bytes.data(), kPage);
  }
}

}  // namespace doppel::sysvm
