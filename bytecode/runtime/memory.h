// SPDX-License-Identifier: Apache-2.0
// A memory instance. Its base never moves: what it may grow to is reserved at once. Where 32-bit
// indices meet 64 KiB pages, everything that an index plus an offset can reach is reserved, so that
// code needs no bounds checks: what lies outside the memory faults. All others are checked.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "bytecode/isa/types.h"
#include "core/memory/reservation.h"
#include "core/ops/eval.h"
#include "core/result.h"

namespace doppel::bytecode {

/// See the file comment. A memory that is shared may be used by several threads at once.
class MemoryInstance : public std::enable_shared_from_this<MemoryInstance> {
 public:
  /// What is reserved for a guarded memory: 2^32 bytes of index, as many of offset, and the widest
  /// access.
  static constexpr std::uint64_t kGuardedBytes =
      (std::uint64_t{8} << 30U) + (std::uint64_t{64} << 10U);
  /// What a memory that is not guarded may have at most. It is reserved as far as its type and its
  /// store's limit go, so that a large limit costs addresses only.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40U;

  /// Whether a guard region catches all accesses that lie outside of memories of this type.
  static constexpr bool is_guarded(const MemoryType& type) {
    return !type.is_64 && type.page_log2 == 16;
  }

  /// A memory of the type's minimal size. It never grows beyond `max_bytes`, whatever its type
  /// allows; kLimit if it is larger already.
  static Result<std::shared_ptr<MemoryInstance>> create(MemoryType type, std::uint64_t max_bytes);

  MemoryInstance(const MemoryInstance&) = delete;
  MemoryInstance& operator=(const MemoryInstance&) = delete;

  /// The type, with the present size as its minimum (specification 4.2.8).
  [[nodiscard]] MemoryType type() const {
    MemoryType now = type_;
    now.limits.min = pages();
    return now;
  }
  [[nodiscard]] bool is_64() const { return type_.is_64; }
  [[nodiscard]] bool is_shared() const { return type_.is_shared; }
  [[nodiscard]] DOPPEL_INLINE std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t pages() const { return size() >> type_.page_log2; }
  /// In bytes. It only grows.
  [[nodiscard]] DOPPEL_INLINE std::uint64_t size() const {
    return __atomic_load_n(&size_, __ATOMIC_ACQUIRE);
  }
  [[nodiscard]] Reservation& reservation() { return reservation_; }

  /// Whether [begin, begin + count) lies inside.
  [[nodiscard]] DOPPEL_INLINE bool contains(std::uint64_t begin, std::uint64_t count) const {
    const std::uint64_t bytes = size();
    return begin <= bytes && count <= bytes - begin;
  }
  /// Where code that makes the check itself finds base and size: distances in bytes from here.
  struct Distances {
    std::size_t base = 0;
    std::size_t size = 0;
  };
  [[nodiscard]] Distances distances() const {
    const auto distance = [this](const auto& member) {
      return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&member) -
                                      reinterpret_cast<const std::byte*>(this));
    };
    return {distance(base_), distance(size_)};
  }
  /// Adds `count` pages and answers the old number, or −1 if limits or the host do not allow it.
  std::int64_t grow(std::uint64_t count);

 private:
  MemoryInstance(MemoryType type, std::uint64_t max_pages, Reservation reservation)
      : type_(type),
        max_pages_(max_pages),
        base_(reservation.base()),
        size_(type.limits.min << type.page_log2),
        reservation_(std::move(reservation)) {}

  MemoryType type_;
  std::uint64_t max_pages_;
  std::byte* base_;
  std::uint64_t size_;  ///< changed under growing_, read by any thread
  std::mutex growing_;
  Reservation reservation_;  ///< committed under growing_
};

}  // namespace doppel::bytecode
