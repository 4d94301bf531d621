// SPDX-License-Identifier: Apache-2.0
// Queue 0 receives, queue 1 transmits; each frame has a header before it, which is all zeroes but
// for the number of buffers.
#include "sysvm/virtio/net.h"

#include <algorithm>

namespace doppel::sysvm {

namespace {

constexpr unsigned kReceive = 0;
constexpr unsigned kTransmit = 1;
constexpr std::uint64_t kMac = std::uint64_t{1} << 5;
constexpr std::uint64_t kStatus = std::uint64_t{1} << 16;
constexpr std::size_t kMostFrameBytes = 65536;

struct Header {
  std::uint8_t flags = 0;
  std::uint8_t segmentation = 0;
  std::uint16_t header_length = 0;
  std::uint16_t segment_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
  std::uint16_t buffers = 1;
};
static_assert(sizeof(Header) == 12);

}  // namespace

std::uint64_t VirtioNet::offered_features() const { return kMac | kStatus; }

std::span<const std::byte> VirtioNet::configuration() const {
  return std::as_bytes(std::span(&configuration_, 1));
}

void VirtioNet::notified(unsigned number) {
  if (number != kTransmit) return;  // new receive buffers are used when a frame comes
  VirtQueue& queue = slot().queue(kTransmit);
  while (const auto chain = queue.pop()) {
    const std::size_t bytes = chain->readable_bytes();
    if (bytes < sizeof(Header)) {
      queue.mark_broken();
      break;
    }
    frame_.resize(std::min(bytes - sizeof(Header), kMostFrameBytes));
    chain->copy_out(sizeof(Header), frame_);
    host_.send(frame_);
    queue.push(*chain, 0);
  }
  slot().finish(kTransmit);
}

bool VirtioNet::receive(std::span<const std::byte> frame) {
  if (!slot().is_running()) return false;
  VirtQueue& queue = slot().queue(kReceive);
  const auto chain = queue.pop();
  if (!chain) {
    slot().finish(kReceive);
    return false;
  }
  const Header header;
  const std::size_t bytes = sizeof header + frame.size();
  const bool fits = chain->writable_bytes() >= bytes;
  if (fits) {
    chain->copy_in(0, std::as_bytes(std::span(&header, 1)));
    chain->copy_in(sizeof header, frame);
    queue.push(*chain, static_cast<std::uint32_t>(bytes));
  } else {
    queue.mark_broken();  // buffers have to have room for a frame, 5.1.6.3.1
  }
  slot().finish(kReceive);
  return fits;
}

}  // namespace doppel::sysvm
