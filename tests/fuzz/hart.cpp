// SPDX-License-Identifier: Apache-2.0
// Any bytes as a guest's memory: a hart executes them in M-mode, whatever they do to its registers,
// its tables and its protection. It never leaves its RAM, comes to the same with and without fused
// pairs, and its state is the same after restoring.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/state/stream.h"
#include "sysvm/hart/csrs.h"
#include "sysvm/hart/hart.h"

using namespace doppel;
using namespace doppel::sysvm;

namespace {

constexpr std::size_t kRam = 64 << 10;
constexpr std::uint64_t kSlice = 2'000;

struct StoppedClock final : MachineClock {
  [[nodiscard]] std::uint64_t ticks() const override { return 1000; }
  [[nodiscard]] std::uint64_t epoch_nanoseconds() const override { return 0; }
};

std::vector<std::byte> saved(const Hart& hart) {
  StateWriter writer;
  hart.save(writer);
  return std::move(writer).finish();
}

/// A guest with its memory.
class Guest {
 public:
  Guest(const std::uint8_t* data, std::size_t size, bool fuses_pairs)
      : hart_({.bus = &bus_, .clock = &clock_, .fuses_pairs = fuses_pairs}) {
    std::memcpy(ram(), data, std::min(size, kRam));
    hart_.reset(kRamBase);
    // Floats are on, registers point into RAM, traps lead back to its beginning.
    hart_.set_csr(static_cast<std::uint16_t>(Csr::kMstatus), status::kFs);
    hart_.set_csr(static_cast<std::uint16_t>(Csr::kMtvec), kRamBase.value());
    for (unsigned i = 1; i < 32; ++i) hart_.set_x(i, kRamBase.value() + 512 * i);
  }
  Hart& hart() { return hart_; }
  [[nodiscard]] std::byte* ram() const { return bus_.ram(kRamBase, kRam); }

 private:
  Bus bus_ = Bus::create(kRam).value();
  StoppedClock clock_;
  Hart hart_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Guest fused(data, size, true);
  Guest plain(data, size, false);
  for (int i = 0; i < 2; ++i) {
    fused.hart().run({kSlice});
    plain.hart().run({kSlice});
    const auto state = saved(fused.hart());
    if (state != saved(plain.hart())) std::abort();
    if (std::memcmp(fused.ram(), plain.ram(), kRam) != 0) std::abort();
    Guest other(data, size, true);
    StateReader reader(state);
    if (!other.hart().restore(reader) || saved(other.hart()) != state) std::abort();
  }
  return 0;
}
