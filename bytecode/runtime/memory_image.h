// SPDX-License-Identifier: Apache-2.0
// The initial contents of a module's own memory 0, mapped copy-on-write into its instances instead
// of being copied.
#pragma once

#include <mutex>
#include <optional>

#include "bytecode/binary/module.h"
#include "bytecode/runtime/memory.h"
#include "core/memory/image.h"

namespace doppel::bytecode {

/// Made at a module's second instantiation, since for a single one copying is cheaper; and only
/// where active segments with constant offsets fill a good part of a large stretch. Any thread.
class MemoryImage {
 public:
  /// The fewest bytes of data that are worth an image.
  static constexpr std::uint64_t kMinBytes = 256U << 10U;

  /// Gives a fresh memory 0 of `module` its contents; false if the segments have to be copied.
  bool fill(const Module& module, MemoryInstance& memory);

 private:
  [[nodiscard]] bool make(const Module& module);

  std::mutex mutex_;  // protects everything below
  std::uint64_t instances_ = 0;
  std::uint64_t begin_ = 0;  ///< where the image lies in the memory; page-aligned
  std::optional<Image> image_;
};

}  // namespace doppel::bytecode
