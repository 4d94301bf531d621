// SPDX-License-Identifier: Apache-2.0
// A split virtqueue (virtio 1.2, 2.7), as a device sees it. The guest may write any of it at any
// time: descriptors are copied before they are looked at, and every address and length is checked
// against RAM. A queue whose guest broke the rules stays broken until it is reset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/state/stream.h"
#include "core/types.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// The buffers of one request: first those that the device reads, then those that it writes.
struct Chain {
  std::uint16_t head = 0;
  std::vector<std::span<const std::byte>> readable;
  std::vector<std::span<std::byte>> writable;

  [[nodiscard]] std::size_t readable_bytes() const;
  [[nodiscard]] std::size_t writable_bytes() const;
  /// Copies the readable bytes from `offset` on into `target`; how many there were.
  std::size_t copy_out(std::size_t offset, std::span<std::byte> target) const;
  /// Copies `source` over the writable bytes from `offset` on; how many had room.
  std::size_t copy_in(std::size_t offset, std::span<const std::byte> source) const;
};

/// Where a driver has put a queue.
struct QueueLayout {
  std::uint16_t size = 0;  ///< descriptors; a power of two
  GuestPhys descriptors;
  GuestPhys driver;  ///< the available ring
  GuestPhys device;  ///< the used ring
};

/// See the file comment. Under the board's lock.
class VirtQueue {
 public:
  static constexpr std::uint16_t kMaxSize = 1024;

  explicit VirtQueue(Bus& bus) : bus_(&bus) {}

  /// Begins to use the rings, which have to lie in RAM, aligned; else the queue is broken.
  void start(const QueueLayout& layout, bool event_index);
  /// Back to the state before `start`.
  void reset();

  [[nodiscard]] bool is_ready() const { return ready_; }
  [[nodiscard]] bool is_broken() const { return broken_; }

  /// The next request; nothing when there is none, or the guest has broken the rules.
  std::optional<Chain> pop();
  /// Gives a request back, with `written` bytes at the front of its writable buffers.
  void push(const Chain& chain, std::uint32_t written);
  /// Whether the guest wants an interrupt for what was pushed since the last call.
  [[nodiscard]] bool wants_interrupt();

  /// The place in the rings, for the transport's section; the rings themselves are in RAM.
  void save(StateWriter& writer) const;
  void restore(StateReader& reader);

  /// For devices that find a request senseless: no more requests come.
  void mark_broken() { broken_ = true; }

 private:
  /// A descriptor, as it lies in memory.
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t length;
    std::uint16_t flags;
    std::uint16_t next;
  };
  struct UsedElement {
    std::uint32_t id;
    std::uint32_t length;
  };

  bool collect(std::uint16_t head, Chain& chain);
  bool add_buffer(const Descriptor& descriptor, Chain& chain);
  bool offer_availability();
  [[nodiscard]] std::uint16_t read_index(const std::byte* place) const;

  Bus* bus_;
  QueueLayout layout_;
  std::byte* descriptors_ = nullptr;  // the rings in host memory
  std::byte* driver_ = nullptr;
  std::byte* device_ = nullptr;
  std::uint16_t next_available_ = 0;
  std::uint16_t next_used_ = 0;
  std::uint16_t signalled_used_ = 0;  ///< next_used_ when an interrupt was last decided on
  bool event_index_ = false;
  bool ready_ = false;
  bool broken_ = false;
};

}  // namespace doppel::sysvm
