// SPDX-License-Identifier: Apache-2.0
// Queue 0 receives, queue 1 transmits.
#include "sysvm/virtio/console.h"

#include <algorithm>
#include <vector>

namespace doppel::sysvm {

namespace {
constexpr unsigned kReceive = 0;
constexpr unsigned kTransmit = 1;
constexpr std::size_t kMostHeld = 4096;
}  // namespace

void VirtioConsole::notified(unsigned queue) {
  if (queue == kTransmit) return transmit();
  deliver();
  host_.input_wanted();
}

std::size_t VirtioConsole::input_room() const {
  return slot().is_running() ? kMostHeld - received_.size() : 0;
}

void VirtioConsole::input(std::span<const std::uint8_t> bytes) {
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  deliver();
}

void VirtioConsole::save(StateWriter& writer) const {
  const std::vector<std::uint8_t> held(received_.begin(), received_.end());
  writer.block(std::as_bytes(std::span(held)));
}

void VirtioConsole::restore(StateReader& reader) {
  received_.clear();
  for (const std::byte byte : reader.block())
    received_.push_back(std::to_integer<std::uint8_t>(byte));
  if (received_.size() > kMostHeld) reader.reject("found more input than a console holds");
}

void VirtioConsole::deliver() {
  if (!slot().is_running()) return;
  VirtQueue& queue = slot().queue(kReceive);
  while (!received_.empty()) {
    const auto chain = queue.pop();
    if (!chain) break;
    const std::size_t bytes = std::min(received_.size(), chain->writable_bytes());
    const std::vector<std::uint8_t> part(received_.begin(),
                                         received_.begin() + static_cast<std::ptrdiff_t>(bytes));
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(bytes));
    chain->copy_in(0, std::as_bytes(std::span(part)));
    queue.push(*chain, static_cast<std::uint32_t>(bytes));
  }
  slot().finish(kReceive);
}

void VirtioConsole::transmit() {
  VirtQueue& queue = slot().queue(kTransmit);
  while (const auto chain = queue.pop()) {
    for (const auto part : chain->readable)
      host_.output({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
    queue.push(*chain, 0);
  }
  slot().finish(kTransmit);
}

}  // namespace doppel::sysvm
