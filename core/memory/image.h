// SPDX-License-Identifier: Apache-2.0
// The initial contents of a memory, kept once and mapped copy-on-write into any number of
// reservations: a sealed memfd.
#pragma once

#include <cstddef>
#include <span>

#include "core/memory/file_descriptor.h"
#include "core/result.h"

namespace doppel {

/// Immutable bytes that reservations map copy-on-write (Reservation::map_image). Costs one file
/// descriptor. Move-only; may be destroyed while mapped, since a mapping keeps its pages. Safe to
/// use from several threads.
class Image {
 public:
  /// Copies `contents`. Fails with kSystem when the host has no descriptor or memory left.
  static Result<Image> create(std::span<const std::byte> contents);

  /// The number of bytes given to `create`.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The descriptor of the memfd: of `size()` bytes, sealed against any change.
  [[nodiscard]] int file() const { return file_.get(); }

 private:
  Image(FileDescriptor file, std::size_t size) : file_(std::move(file)), size_(size) {}

  FileDescriptor file_;
  std::size_t size_;
};

}  // namespace doppel
