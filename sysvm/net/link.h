// SPDX-License-Identifier: Apache-2.0
// The two ends of an Ethernet cable: a network device of the guest, and the network that the host
// gives it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace doppel::sysvm {

/// An Ethernet address.
using MacAddress = std::array<std::uint8_t, 6>;

/// The host's end. Called under the board's lock.
class NetworkHost {
 public:
  virtual ~NetworkHost() = default;
  /// The guest has sent a frame, without its checksum.
  virtual void send(std::span<const std::byte> frame) = 0;
};

/// The guest's end. Called under the board's lock.
class NetworkDevice {
 public:
  virtual ~NetworkDevice() = default;
  /// Gives the guest a frame; false: it has no room, and the frame is lost.
  virtual bool receive(std::span<const std::byte> frame) = 0;
};

}  // namespace doppel::sysvm
