// SPDX-License-Identifier: Apache-2.0
// Files of machine code that this user's processes have made before, by the digest of what they
// were made from. Any of them may be missing, damaged or another process's at any time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/memory/file_descriptor.h"
#include "core/result.h"

namespace doppel {

/// See the file comment. Any thread, any number of processes.
class CodeCache {
 public:
  /// Where a user's files are unless told: $XDG_CACHE_HOME/doppel/code, or ~/.cache/doppel/code;
  /// empty where the environment names no home.
  static std::string usual_folder();
  /// Makes the folder where it is missing. Fails with kSystem if that cannot be, and if the folder
  /// is another user's or others may write to it: what lies there is executed.
  static Result<CodeCache> open(const std::string& folder, std::uint64_t most_bytes = kMostBytes);

  /// The file under a key of letters and digits. Fails with kSystem where there is none, or one
  /// that is not the user's alone.
  Result<FileDescriptor> open_file(const std::string& key) const;
  /// What keeps others from having the same, in this process and all others, until it is closed:
  /// for whoever reads a file in order to replace it. Fails with kSystem if another has had it for
  /// a tenth of a second.
  Result<FileDescriptor> lock() const;
  /// Replaces the file under the key, at once: no reader sees a part. Files that were not read for
  /// longest go when all together exceed the limit.
  Result<void> write(const std::string& key, std::span<const std::byte> bytes) const;

  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

 private:
  CodeCache(FileDescriptor folder, std::uint64_t most_bytes)
      : folder_(std::move(folder)),
        most_bytes_(most_bytes),
        most_held_(std::make_unique<std::atomic<std::uint64_t>>(most_bytes)) {}
  void make_room() const;

  FileDescriptor folder_;
  std::uint64_t most_bytes_;
  /// The files hold at most so much, as far as this process knows: they are counted beyond the
  /// limit.
  std::unique_ptr<std::atomic<std::uint64_t>> most_held_;
};

}  // namespace doppel
