// SPDX-License-Identifier: Apache-2.0
// The virtio block device (virtio 1.2, 5.2).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sysvm/block/store.h"
#include "sysvm/virtio/device.h"

namespace doppel::sysvm {

/// A disk. Requests are carried out when they are notified; what was written may stay in the host's
/// cache until the guest flushes. A last sector that the store has only a part of is not seen.
class VirtioBlock final : public VirtioDevice {
 public:
  /// `store` outlives the device; `serial` has at most 20 bytes.
  VirtioBlock(BlockStore& store, std::string serial);

  [[nodiscard]] std::uint32_t type() const override { return 2; }
  [[nodiscard]] std::uint64_t offered_features() const override;
  [[nodiscard]] unsigned queue_count() const override { return 1; }
  [[nodiscard]] std::span<const std::byte> configuration() const override;
  void notified(unsigned queue) override;

 private:
  /// Carries out a request; how many bytes were written to the guest. False: it was not a request.
  bool serve(const Chain& chain, std::uint32_t& written);

  /// The fields that these features define.
  struct Configuration {
    std::uint64_t capacity = 0;  ///< in sectors of 512 bytes
    std::uint32_t size_max = 0;
    std::uint32_t seg_max = 0;
    std::uint16_t cylinders = 0;
    std::uint8_t heads = 0;
    std::uint8_t sectors = 0;
    std::uint32_t blk_size = 0;
  };

  BlockStore& store_;
  std::string serial_;
  Configuration configuration_;
};

}  // namespace doppel::sysvm
