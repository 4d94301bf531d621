// SPDX-License-Identifier: Apache-2.0
// A disk in a file, byte for byte.
#pragma once

#include <string>

#include "core/memory/file_descriptor.h"
#include "sysvm/block/store.h"

namespace doppel::sysvm {

/// A regular file or block device. It is locked as long as it is open, so that no second machine
/// writes it.
class RawFile final : public BlockStore {
 public:
  /// Opens for reading and writing, or for reading alone where the host allows no more. Errors:
  /// kSystem, and kUsage for what has no size or is in use.
  static Result<RawFile> open(const std::string& path);

  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  [[nodiscard]] bool is_read_only() const override { return read_only_; }
  Result<void> read(std::uint64_t offset, std::span<const std::span<std::byte>> buffers) override;
  Result<void> write(std::uint64_t offset,
                     std::span<const std::span<const std::byte>> buffers) override;
  Result<void> flush() override;

 private:
  RawFile(FileDescriptor file, std::uint64_t bytes, bool read_only)
      : file_(std::move(file)), bytes_(bytes), read_only_(read_only) {}

  FileDescriptor file_;
  std::uint64_t bytes_;
  bool read_only_;
};

}  // namespace doppel::sysvm
