// SPDX-License-Identifier: Apache-2.0
// Random bytes for guests: the host's, or from a seed where a run must repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sysvm/platform/saved.h"

namespace doppel::sysvm {

/// A source of random bytes. One thread at a time.
class Entropy final : public Saved {
 public:
  /// The host's generator.
  Entropy() = default;
  /// A sequence that repeats; not fit to be secret.
  explicit Entropy(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> bytes);

  void save(StateWriter& writer) const override;
  /// A source from the host's generator stays one.
  void restore(StateReader& reader) override;

 private:
  std::uint64_t next();

  std::optional<std::uint64_t> state_;
};

}  // namespace doppel::sysvm
