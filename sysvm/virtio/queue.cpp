// SPDX-License-Identifier: Apache-2.0
// Walking the rings.
#include "sysvm/virtio/queue.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace doppel::sysvm {

namespace {

constexpr std::uint16_t kNext = 1;
constexpr std::uint16_t kDeviceWrites = 2;
constexpr std::uint16_t kIndirect = 4;

constexpr std::uint16_t kNoInterrupt = 1;

// Both rings begin with flags and an index, of 16 bits each; then come the elements.
constexpr std::uint64_t kIndex = 2;
constexpr std::uint64_t kElements = 4;
constexpr std::uint64_t kAvailableBytes = 2;

constexpr std::uint64_t kMostBytes = UINT32_MAX;  // a chain's, 2.7.5.2
constexpr std::size_t kMostIndirect = 1024;

std::uint16_t load_relaxed(const std::byte* place) {
  auto* number = reinterpret_cast<std::uint16_t*>(const_cast<std::byte*>(place));
  return std::atomic_ref(*number).load(std::memory_order_relaxed);
}

void store_release(std::byte* place, std::uint16_t value) {
  std::atomic_ref(*reinterpret_cast<std::uint16_t*>(place)).store(value, std::memory_order_release);
}

template <class Spans>
std::size_t total(const Spans& spans) {
  std::size_t bytes = 0;
  for (const auto& span : spans) bytes += span.size();
  return bytes;
}

/// Calls `copy(part, done)` for the parts of `spans` that make up [offset, offset + wanted).
template <class Spans, class Copy>
std::size_t for_parts(const Spans& spans, std::size_t offset, std::size_t wanted, Copy copy) {
  std::size_t done = 0;
  for (const auto& span : spans) {
    if (offset >= span.size()) {
      offset -= span.size();
      continue;
    }
    const std::size_t bytes = std::min(wanted - done, span.size() - offset);
    if (bytes == 0) break;
    copy(span.subspan(offset, bytes), done);
    done += bytes;
    offset = 0;
  }
  return done;
}

}  // namespace

std::size_t Chain::readable_bytes() const { return total(readable); }
std::size_t Chain::writable_bytes() const { return total(writable); }

std::size_t Chain::copy_out(std::size_t offset, std::span<std::byte> target) const {
  return for_parts(readable, offset, target.size(), [&](auto part, std::size_t done) {
    std::memcpy(target.data() + done, part.data(), part.size());
  });
}

std::size_t Chain::copy_in(std::size_t offset, std::span<const std::byte> source) const {
  return for_parts(writable, offset, source.size(), [&](auto part, std::size_t done) {
    std::memcpy(part.data(), source.data() + done, part.size());
  });
}

void VirtQueue::start(const QueueLayout& layout, bool event_index) {
  reset();
  layout_ = layout;
  event_index_ = event_index;
  ready_ = true;
  const std::uint64_t size = layout.size;
  const bool fits = size != 0 && size <= kMaxSize && std::has_single_bit(size) &&
                    layout.descriptors.value() % 16 == 0 && layout.driver.value() % 2 == 0 &&
                    layout.device.value() % 4 == 0;
  if (fits) {
    // With two bytes more each, for the event indices.
    descriptors_ = bus_->ram(layout.descriptors, size * sizeof(Descriptor));
    driver_ = bus_->ram(layout.driver, kElements + size * kAvailableBytes + 2);
    device_ = bus_->ram(layout.device, kElements + size * sizeof(UsedElement) + 2);
  }
  broken_ = descriptors_ == nullptr || driver_ == nullptr || device_ == nullptr;
}

void VirtQueue::reset() { *this = VirtQueue(*bus_); }

std::uint16_t VirtQueue::read_index(const std::byte* place) const {
  const std::uint16_t index = load_relaxed(place);
  std::atomic_thread_fence(std::memory_order_acquire);
  return index;
}

std::optional<Chain> VirtQueue::pop() {
  if (!ready_ || broken_) return std::nullopt;
  const auto waiting = static_cast<std::uint16_t>(read_index(driver_ + kIndex) - next_available_);
  if (waiting == 0 && !offer_availability()) return std::nullopt;
  if (waiting > layout_.size) {
    broken_ = true;
    return std::nullopt;
  }
  const std::uint64_t slot = next_available_ % layout_.size;
  Chain chain;
  if (!collect(load_relaxed(driver_ + kElements + slot * kAvailableBytes), chain)) {
    broken_ = true;
    return std::nullopt;
  }
  ++next_available_;
  return chain;
}

/// Asks to be notified of the next request, and looks whether one came meanwhile.
bool VirtQueue::offer_availability() {
  if (!event_index_) return false;
  store_release(device_ + kElements + layout_.size * sizeof(UsedElement), next_available_);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return read_index(driver_ + kIndex) != next_available_;
}

bool VirtQueue::collect(std::uint16_t head, Chain& chain) {
  chain.head = head;
  const std::byte* table = descriptors_;
  std::size_t count = layout_.size;
  bool indirect = false;
  std::size_t number = head;
  std::uint64_t bytes = 0;
  for (std::size_t walked = 0; walked < count; ++walked) {
    if (number >= count) return false;
    Descriptor descriptor;
    std::memcpy(&descriptor, table + number * sizeof descriptor, sizeof descriptor);
    if ((descriptor.flags & kIndirect) != 0) {
      count = descriptor.length / sizeof descriptor;
      if (indirect || (descriptor.flags & kNext) != 0 || count == 0 || count > kMostIndirect ||
          descriptor.length % sizeof descriptor != 0)
        return false;
      table = bus_->ram(GuestPhys(descriptor.address), descriptor.length);
      if (table == nullptr) return false;
      indirect = true;
      number = 0;
      walked = SIZE_MAX;  // begins anew, at 0
      continue;
    }
    bytes += descriptor.length;
    if (bytes > kMostBytes || !add_buffer(descriptor, chain)) return false;
    if ((descriptor.flags & kNext) == 0) return true;
    number = descriptor.next;
  }
  return false;  // a loop
}

bool VirtQueue::add_buffer(const Descriptor& descriptor, Chain& chain) {
  std::byte* buffer = bus_->ram(GuestPhys(descriptor.address), descriptor.length);
  if (buffer == nullptr) return false;
  if ((descriptor.flags & kDeviceWrites) != 0) {
    chain.writable.emplace_back(buffer, descriptor.length);
    return true;
  }
  chain.readable.emplace_back(buffer, descriptor.length);
  return chain.writable.empty();  // what is read comes before what is written, 2.7.4.2
}

void VirtQueue::save(StateWriter& writer) const {
  writer.boolean(ready_);
  writer.boolean(broken_);
  writer.boolean(event_index_);
  writer.u16(layout_.size);
  for (const GuestPhys place : {layout_.descriptors, layout_.driver, layout_.device})
    writer.u64(place.value());
  for (const std::uint16_t index : {next_available_, next_used_, signalled_used_})
    writer.u16(index);
}

void VirtQueue::restore(StateReader& reader) {
  const bool ready = reader.boolean();
  const bool broken = reader.boolean();
  const bool event_index = reader.boolean();
  QueueLayout layout;
  layout.size = reader.u16();
  for (GuestPhys* place : {&layout.descriptors, &layout.driver, &layout.device})
    *place = GuestPhys(reader.u64());
  reset();
  if (ready) start(layout, event_index);  // which checks the layout
  broken_ |= broken;
  for (std::uint16_t* index : {&next_available_, &next_used_, &signalled_used_})
    *index = reader.u16();
}

void VirtQueue::push(const Chain& chain, std::uint32_t written) {
  if (!ready_ || broken_) return;
  std::uint64_t left = written;
  for (const auto& buffer : chain.writable) {
    if (left == 0) break;
    const std::uint64_t bytes = std::min<std::uint64_t>(left, buffer.size());
    bus_->ram_written(bus_->address_of(buffer.data()), bytes);
    left -= bytes;
  }
  const UsedElement element{chain.head, written};
  const std::uint64_t slot = next_used_ % layout_.size;
  std::byte* place = device_ + kElements + slot * sizeof element;
  std::memcpy(place, &element, sizeof element);
  bus_->ram_written(bus_->address_of(place), sizeof element);
  ++next_used_;
  store_release(device_ + kIndex, next_used_);
}

bool VirtQueue::wants_interrupt() {
  if (!ready_ || broken_ || signalled_used_ == next_used_) return false;
  const std::uint16_t before = signalled_used_;
  signalled_used_ = next_used_;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!event_index_) return (load_relaxed(driver_) & kNoInterrupt) == 0;
  const std::uint16_t event = load_relaxed(driver_ + kElements + layout_.size * kAvailableBytes);
  // Whether `event` lies in [before, next_used_), modulo 2^16 (2.7.10).
  return static_cast<std::uint16_t>(next_used_ - event - 1) <
         static_cast<std::uint16_t>(next_used_ - before);
}

}  // namespace doppel::sysvm
