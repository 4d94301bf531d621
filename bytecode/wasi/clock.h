// SPDX-License-Identifier: Apache-2.0
// Where a guest's time and entropy come from: two small interfaces, so that an instruction clock
// and a seeded source can take the host's place and a run repeats bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bytecode/wasi/outcome.h"

namespace doppel::bytecode::wasi {

/// The four clocks of a guest.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds on clock `id`.
  [[nodiscard]] virtual Attempt<Timestamp> now(ClockId id) = 0;
  /// Nanoseconds between two readings of clock `id` that differ; not 0.
  [[nodiscard]] virtual Attempt<Timestamp> resolution(ClockId id) = 0;
  /// A guest has nothing to do before `deadline` on clock `id` (realtime or monotonic). Answers how
  /// many nanoseconds the host is to wait before looking again; a virtual clock moves on to the
  /// deadline by itself and answers 0.
  [[nodiscard]] virtual Attempt<Timestamp> wait_for(ClockId id, Timestamp deadline) = 0;
};

/// A source of random bytes.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Fills `bytes`; slices stay small enough that a call never takes long.
  [[nodiscard]] virtual Attempt<void> fill(std::span<std::byte> bytes) = 0;
};

/// The host's clocks; CPU times are those of the host process and thread.
[[nodiscard]] std::unique_ptr<Clock> host_clock();
/// The host kernel's generator.
[[nodiscard]] std::unique_ptr<RandomSource> host_random();

}  // namespace doppel::bytecode::wasi
