// SPDX-License-Identifier: Apache-2.0
// The registers by their numbers, and the states that a driver takes a device through.
#include "sysvm/virtio/mmio.h"

#include <cstring>

namespace doppel::sysvm {

namespace {

enum Register : std::uint64_t {
  kMagic = 0x000,
  kVersion = 0x004,
  kDeviceType = 0x008,
  kVendor = 0x00C,
  kDeviceFeatures = 0x010,
  kDeviceFeaturesSelect = 0x014,
  kDriverFeatures = 0x020,
  kDriverFeaturesSelect = 0x024,
  kQueueSelect = 0x030,
  kQueueMaxSize = 0x034,
  kQueueSize = 0x038,
  kQueueReady = 0x044,
  kQueueNotify = 0x050,
  kInterruptStatus = 0x060,
  kInterruptAcknowledge = 0x064,
  kStatus = 0x070,
  kQueueDescriptorsLow = 0x080,
  kQueueDescriptorsHigh = 0x084,
  kQueueDriverLow = 0x090,
  kQueueDriverHigh = 0x094,
  kQueueDeviceLow = 0x0A0,
  kQueueDeviceHigh = 0x0A4,
  kSharedMemoryLengthLow = 0x0B0,
  kSharedMemoryBaseHigh = 0x0BC,
  kConfigurationGeneration = 0x0FC,
  kConfiguration = 0x100,
};

constexpr std::uint32_t kMagicNumber = 0x7472'6976;  // "virt"
constexpr std::uint32_t kModern = 2;
constexpr std::uint32_t kVendorNumber = 0x4C50'5044;  // "DPPL"

constexpr std::uint32_t kDriverOk = 4;
constexpr std::uint32_t kFeaturesOk = 8;
constexpr std::uint32_t kNeedsReset = 64;

constexpr std::uint32_t kUsedBuffer = 1;
constexpr std::uint32_t kConfigurationChange = 2;

constexpr std::uint64_t kIndirectDescriptors = std::uint64_t{1} << 28;
constexpr std::uint64_t kEventIndex = std::uint64_t{1} << 29;
constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;

std::uint32_t half(std::uint64_t value, std::uint32_t select) {
  return select > 1 ? 0 : static_cast<std::uint32_t>(value >> (32 * select));
}

template <class Wide>
Wide with_half(Wide old, std::uint32_t select, std::uint64_t value) {
  if (select > 1) return old;
  const unsigned shift = 32 * select;
  return (old & ~(Wide{0xFFFF'FFFF} << shift)) | Wide{value & 0xFFFF'FFFF} << shift;
}

void set_half(GuestPhys& address, std::uint32_t select, std::uint64_t value) {
  address = GuestPhys(with_half(address.value(), select, value));
}

}  // namespace

VirtioMmio::VirtioMmio(Bus& bus, InterruptLine line, VirtioDevice* device)
    : line_(line), device_(device) {
  if (device_ == nullptr) return;
  queues_.assign(device_->queue_count(), VirtQueue(bus));
  layouts_.resize(queues_.size());
  device_->plug_into(*this);
}

std::uint64_t VirtioMmio::offered_features() const {
  return device_->offered_features() | kIndirectDescriptors | kEventIndex | kVersion1;
}

VirtQueue* VirtioMmio::selected_queue() {
  return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}

std::uint64_t VirtioMmio::read(std::uint64_t offset, unsigned size) {
  if (offset >= kConfiguration) return read_configuration(offset - kConfiguration, size);
  if (size != 4) return 0;
  switch (offset) {
    case kMagic: return kMagicNumber;
    case kVersion: return kModern;
    case kVendor: return kVendorNumber;
    default: break;
  }
  if (device_ == nullptr) return 0;
  switch (offset) {
    case kDeviceType: return device_->type();
    case kDeviceFeatures: return half(offered_features(), device_features_select_);
    case kQueueMaxSize: return selected_queue() != nullptr ? VirtQueue::kMaxSize : 0;
    case kQueueReady: return selected_queue() != nullptr && selected_queue()->is_ready() ? 1 : 0;
    case kInterruptStatus: return interrupt_status_;
    case kStatus: return status_;
    default: break;
  }
  // A shared memory region that does not exist has the length and base -1 (4.2.2).
  if (offset >= kSharedMemoryLengthLow && offset <= kSharedMemoryBaseHigh) return 0xFFFF'FFFF;
  return 0;
}

std::uint64_t VirtioMmio::read_configuration(std::uint64_t offset, unsigned size) const {
  if (device_ == nullptr) return 0;
  const auto configuration = device_->configuration();
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < configuration.size(); ++i)
    value |= std::to_integer<std::uint64_t>(configuration[offset + i]) << (8 * i);
  return value;
}

void VirtioMmio::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  if (device_ == nullptr || size != 4) return;
  const auto word = static_cast<std::uint32_t>(value);
  switch (offset) {
    case kDeviceFeaturesSelect: device_features_select_ = word; return;
    case kDriverFeaturesSelect: driver_features_select_ = word; return;
    case kDriverFeatures:
      // Once the device has accepted them, they stay.
      if ((status_ & kFeaturesOk) == 0)
        driver_features_ = with_half(driver_features_, driver_features_select_, word);
      return;
    case kQueueSelect: queue_select_ = word; return;
    case kQueueNotify: return notify(word);
    case kInterruptAcknowledge:
      interrupt_status_ &= ~word;
      line_.set(interrupt_status_ != 0);
      return;
    case kStatus: return set_status(word);
    default: break;
  }
  if (selected_queue() == nullptr) return;
  if (offset == kQueueReady) return set_ready((word & 1) != 0);
  if (selected_queue()->is_ready()) return;  // its place is fixed
  QueueLayout& layout = layouts_[queue_select_];
  switch (offset) {
    // A size beyond 16 bits is refused like any other that is too large, when the queue starts.
    case kQueueSize: layout.size = word > 0xFFFF ? 0 : static_cast<std::uint16_t>(word); return;
    case kQueueDescriptorsLow: return set_half(layout.descriptors, 0, word);
    case kQueueDescriptorsHigh: return set_half(layout.descriptors, 1, word);
    case kQueueDriverLow: return set_half(layout.driver, 0, word);
    case kQueueDriverHigh: return set_half(layout.driver, 1, word);
    case kQueueDeviceLow: return set_half(layout.device, 0, word);
    case kQueueDeviceHigh: return set_half(layout.device, 1, word);
    default: return;
  }
}

void VirtioMmio::set_status(std::uint32_t value) {
  if (value == 0) return reset();
  // The driver cannot take bits back, nor set the one that is the device's.
  std::uint32_t added = value & ~status_ & 0xFF & ~kNeedsReset;
  const bool acceptable =
      (driver_features_ & ~offered_features()) == 0 && (driver_features_ & kVersion1) != 0;
  if (!acceptable) added &= ~kFeaturesOk;
  status_ |= added;
}

void VirtioMmio::set_ready(bool ready) {
  VirtQueue& queue = *selected_queue();
  if (!ready) return queue.reset();
  if (queue.is_ready()) return;
  queue.start(layouts_[queue_select_], (driver_features_ & kEventIndex) != 0);
  finish(queue_select_);
}

void VirtioMmio::notify(std::uint32_t number) {
  if (!is_running() || number >= queues_.size() || !queues_[number].is_ready()) return;
  device_->notified(number);
}

bool VirtioMmio::is_running() const {
  return (status_ & kDriverOk) != 0 && (status_ & kNeedsReset) == 0;
}

void VirtioMmio::finish(unsigned number) {
  if (queues_[number].is_broken()) {
    if ((status_ & kNeedsReset) != 0) return;
    status_ |= kNeedsReset;
    if ((status_ & kDriverOk) != 0) interrupt(kConfigurationChange);
  } else if (queues_[number].wants_interrupt()) {
    interrupt(kUsedBuffer);
  }
}

void VirtioMmio::interrupt(std::uint32_t cause) {
  interrupt_status_ |= cause;
  line_.raise();
}

void VirtioMmio::save(StateWriter& writer) const {
  writer.begin("virtio", 1);
  writer.u32(device_ == nullptr ? 0 : device_->type());
  writer.u64(driver_features_);
  for (const std::uint32_t value : {status_, interrupt_status_, queue_select_,
                                    device_features_select_, driver_features_select_})
    writer.u32(value);
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    queues_[i].save(writer);
    writer.u16(layouts_[i].size);
    for (const GuestPhys place : {layouts_[i].descriptors, layouts_[i].driver, layouts_[i].device})
      writer.u64(place.value());
  }
  if (device_ != nullptr) device_->save(writer);
}

void VirtioMmio::restore(StateReader& reader) {
  reader.begin("virtio", 1);
  if (reader.u32() != (device_ == nullptr ? 0 : device_->type()))
    reader.reject("found another device in a virtio slot");
  driver_features_ = reader.u64();
  for (std::uint32_t* value : {&status_, &interrupt_status_, &queue_select_,
                               &device_features_select_, &driver_features_select_})
    *value = reader.u32();
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    queues_[i].restore(reader);
    layouts_[i].size = reader.u16();
    for (GuestPhys* place : {&layouts_[i].descriptors, &layouts_[i].driver, &layouts_[i].device})
      *place = GuestPhys(reader.u64());
  }
  if (device_ != nullptr) device_->restore(reader);
  line_.set(interrupt_status_ != 0);
}

void VirtioMmio::reset() {
  status_ = 0;
  interrupt_status_ = 0;
  driver_features_ = 0;
  queue_select_ = 0;
  device_features_select_ = 0;
  driver_features_select_ = 0;
  for (VirtQueue& queue : queues_) queue.reset();
  layouts_.assign(layouts_.size(), {});
  line_.lower();
  device_->reset();
}

}  // namespace doppel::sysvm
