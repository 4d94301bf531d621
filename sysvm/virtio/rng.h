// SPDX-License-Identifier: Apache-2.0
// The virtio entropy device (virtio 1.2, 5.4).
#pragma once

#include <algorithm>

#include "sysvm/platform/entropy.h"
#include "sysvm/virtio/device.h"

namespace doppel::sysvm {

/// Fills each request with random bytes, up to a bound.
class VirtioRng final : public VirtioDevice {
 public:
  static constexpr std::size_t kMostBytes = 65536;

  /// `entropy` outlives the device.
  explicit VirtioRng(Entropy& entropy) : entropy_(entropy) {}

  [[nodiscard]] std::uint32_t type() const override { return 4; }
  [[nodiscard]] unsigned queue_count() const override { return 1; }
  void notified(unsigned) override {
    VirtQueue& queue = slot().queue(0);
    while (const auto chain = queue.pop()) {
      std::size_t left = kMostBytes;
      for (const auto buffer : chain->writable) {
        const std::size_t bytes = std::min(left, buffer.size());
        entropy_.fill(buffer.first(bytes));
        left -= bytes;
      }
      queue.push(*chain, static_cast<std::uint32_t>(kMostBytes - left));
    }
    slot().finish(0);
  }

 private:
  Entropy& entropy_;
};

}  // namespace doppel::sysvm
