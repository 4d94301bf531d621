// SPDX-License-Identifier: Apache-2.0
// The virtio network device (virtio 1.2, 5.1), without offloads.
#pragma once

#include <vector>

#include "sysvm/net/link.h"
#include "sysvm/virtio/device.h"

namespace doppel::sysvm {

/// A network card on a cable.
class VirtioNet final : public VirtioDevice, public NetworkDevice {
 public:
  /// `host` outlives the device.
  VirtioNet(NetworkHost& host, MacAddress address) : host_(host), configuration_{address} {}

  [[nodiscard]] std::uint32_t type() const override { return 1; }
  [[nodiscard]] std::uint64_t offered_features() const override;
  [[nodiscard]] unsigned queue_count() const override { return 2; }
  [[nodiscard]] std::span<const std::byte> configuration() const override;
  void notified(unsigned queue) override;

  bool receive(std::span<const std::byte> frame) override;

 private:
  struct Configuration {
    MacAddress address;
    std::uint8_t status[2] = {1, 0};  // the link is up
  };

  NetworkHost& host_;
  Configuration configuration_;
  std::vector<std::byte> frame_;  ///< for frames that are sent in pieces
};

}  // namespace doppel::sysvm
