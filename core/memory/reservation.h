// SPDX-License-Identifier: Apache-2.0
// Guest memory: a range of host addresses reserved once, of which a prefix is accessible. The base
// never moves; what is not committed is a guard region, where every access faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/memory/address_ranges.h"
#include "core/memory/file_descriptor.h"
#include "core/memory/image.h"
#include "core/result.h"

namespace doppel {

/// The size of a host page in bytes, a power of two.
[[nodiscard]] std::size_t host_page_size();

/// A reserved range of host addresses with an accessible (committed) prefix of whole host pages,
/// which reads as zero until written. Move-only; moving keeps the base. The bytes may be accessed
/// from any thread; the members that change the mapping are for one thread at a time, and the
/// caller excludes accesses to the pages they change. After fork() the child has a copy, except
/// that the contents of a shareable reservation are shared.
class Reservation {
 public:
  /// Reserves at least `bytes` of addresses, none of them accessible. It takes no memory, so the
  /// host refuses (kSystem) only for lack of addresses, as under RLIMIT_AS; the caller may then
  /// retry with fewer. 0 or more than the address space can hold: kLimit.
  static Result<Reservation> create(std::size_t bytes);

  /// The same, with its committed contents in a memfd, which other mappings may share (`file()`).
  static Result<Reservation> create_shareable(std::size_t bytes);

  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  /// Makes the first `bytes` accessible, rounded up to host pages; what is accessible already stays
  /// as it is. Past `reserved()`: kLimit. When the host refuses (kSystem), nothing has changed.
  Result<void> commit(std::size_t bytes);

  /// Maps `image` copy-on-write over the pages from `offset` on; the rest of its last page reads as
  /// zero. `offset` is a multiple of the host page, all these pages are committed, and the
  /// reservation is not shareable; else kUsage.
  Result<void> map_image(std::size_t offset, const Image& image);

  /// Drops what was written to [offset, offset + bytes), whole committed pages (else kUsage), and
  /// gives the host its memory back: they read as their image or, outside images, as zero.
  Result<void> discard(std::size_t offset, std::size_t bytes);

  /// Back to the state after `create`: nothing committed, no image, contents gone.
  Result<void> decommit();

  /// The first address; page-aligned and fixed for life.
  [[nodiscard]] std::byte* base() const { return base_; }
  /// The number of accessible bytes, a multiple of the host page.
  [[nodiscard]] std::size_t committed() const { return committed_; }
  /// The number of reserved bytes, a multiple of the host page.
  [[nodiscard]] std::size_t reserved() const { return reserved_; }
  /// The memfd of a shareable reservation, `committed()` bytes long and owned by it; -1 otherwise.
  [[nodiscard]] int file() const { return file_.get(); }

 private:
  Reservation(std::byte* base, std::size_t reserved) : base_(base), reserved_(reserved) {}

  Result<void> check_pages(std::size_t offset, std::size_t bytes) const;

  std::byte* base_;
  std::size_t reserved_;
  std::size_t committed_ = 0;
  FileDescriptor file_;
};

/// The live reservation that contains `address`, from its base to its end. Lock-free and
/// async-signal-safe; any thread.
[[nodiscard]] std::optional<AddressRange> find_reservation(std::uintptr_t address) noexcept;

}  // namespace doppel
