// SPDX-License-Identifier: Apache-2.0
// A memory instance. Everything that a 32-bit index plus a 32-bit offset can reach is reserved, so
// that code needs no bounds checks: what lies outside the memory faults. The base never moves.
#pragma once

#include <cstdint>

#include "bytecode/isa/types.h"
#include "core/memory/reservation.h"
#include "core/result.h"

namespace doppel::bytecode {

class MemoryInstance {
 public:
  /// 2^32 bytes of index, as many of offset, and the widest access.
  static constexpr std::uint64_t kReservedBytes =
      (std::uint64_t{8} << 30U) + (std::uint64_t{64} << 10U);

  /// A memory of the type's minimal size. It never grows beyond `max_bytes`, whatever its type
  /// allows; kLimit if it is larger already.
  static Result<MemoryInstance> create(MemoryType type, std::uint64_t max_bytes);

  /// The type, with the present size as its minimum (specification 4.2.8).
  [[nodiscard]] const MemoryType& type() const { return type_; }
  [[nodiscard]] std::byte* base() const { return reservation_.base(); }
  [[nodiscard]] std::uint64_t pages() const { return type_.limits.min; }
  [[nodiscard]] std::uint64_t size() const { return pages() << type_.page_log2; }  ///< in bytes
  [[nodiscard]] Reservation& reservation() { return reservation_; }

  /// Whether [begin, begin + count) lies inside.
  [[nodiscard]] bool contains(std::uint64_t begin, std::uint64_t count) const {
    return begin <= size() && count <= size() - begin;
  }
  /// Adds `count` pages and answers the old number, or −1 if limits or the host do not allow it.
  std::int64_t grow(std::uint64_t count);

 private:
  MemoryInstance(MemoryType type, std::uint64_t max_pages, Reservation reservation)
      : type_(type), max_pages_(max_pages), reservation_(std::move(reservation)) {}

  MemoryType type_;
  std::uint64_t max_pages_;
  Reservation reservation_;
};

}  // namespace doppel::bytecode
