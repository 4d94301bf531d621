// SPDX-License-Identifier: Apache-2.0
// Reservations of LR/SC among harts that run at the same time. A line of memory has a version,
// which every atomic write changes; a store-conditional succeeds only on the version and the value
// that the load-reserved saw, so that a value that came back by atomic writes is noticed. Plain
// stores do not change versions: they are noticed by the value alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace doppel::sysvm {

/// What a load-reserved saw.
struct Reserved {
  std::uint64_t place = 0;  ///< the host address
  std::uint64_t value = 0;
  std::uint64_t version = 0;
  unsigned size = 0;
};

/// Versions by line, hashed. Any thread.
class Reservations {
 public:
  /// The version of a line that nobody is writing.
  [[nodiscard]] std::uint64_t version(std::uint64_t place) const {
    for (;;) {
      const std::uint64_t seen = cell(place).load(std::memory_order_acquire);
      if ((seen & 1) == 0) return seen;
    }
  }

  /// Held while an atomic write is under way: the version is odd, and another one afterwards.
  class Writing {
   public:
    Writing(Reservations& reservations, std::uint64_t place) : cell_(reservations.cell(place)) {
      do {
        before_ = cell_.load(std::memory_order_relaxed) & ~std::uint64_t{1};
      } while (!cell_.compare_exchange_weak(before_, before_ + 1, std::memory_order_acquire));
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    ~Writing() { cell_.store(before_ + (changed_ ? 2 : 0), std::memory_order_release); }

    [[nodiscard]] std::uint64_t version() const { return before_; }
    /// Nothing was written after all.
    void unchanged() { changed_ = false; }

   private:
    std::atomic<std::uint64_t>& cell_;
    std::uint64_t before_ = 0;
    bool changed_ = true;
  };

 private:
  static constexpr std::size_t kLines = 4096;
  [[nodiscard]] std::atomic<std::uint64_t>& cell(std::uint64_t place) {
    return versions_[(place >> 6) % kLines];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& cell(std::uint64_t place) const {
    return versions_[(place >> 6) % kLines];
  }

  std::array<std::atomic<std::uint64_t>, kLines> versions_{};
};

}  // namespace doppel::sysvm
