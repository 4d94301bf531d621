// SPDX-License-Identifier: Apache-2.0
// A request is a header of 16 bytes, data, and a byte for the status.
#include "sysvm/virtio/block.h"

#include <algorithm>
#include <vector>

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kSegMax = std::uint64_t{1} << 2;
constexpr std::uint64_t kReadOnly = std::uint64_t{1} << 5;
constexpr std::uint64_t kBlockSize = std::uint64_t{1} << 6;
constexpr std::uint64_t kFlush = std::uint64_t{1} << 9;

enum RequestType : std::uint32_t { kIn = 0, kOut = 1, kFlushRequest = 4, kGetId = 8 };
enum Status : std::uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2 };

constexpr std::uint64_t kSector = 512;
constexpr std::size_t kSerialBytes = 20;

struct Header {
  std::uint32_t type;
  std::uint32_t reserved;
  std::uint64_t sector;
};

/// The spans without their first `skip` bytes, and at most `limit` bytes of the rest.
template <class Byte>
std::vector<std::span<Byte>> cut(const std::vector<std::span<Byte>>& spans, std::size_t skip,
                                 std::size_t limit) {
  std::vector<std::span<Byte>> rest;
  for (std::span<Byte> span : spans) {
    const std::size_t skipped = std::min(skip, span.size());
    skip -= skipped;
    span = span.subspan(skipped);
    span = span.first(std::min(limit, span.size()));
    limit -= span.size();
    if (!span.empty()) rest.push_back(span);
  }
  return rest;
}

}  // namespace

VirtioBlock::VirtioBlock(BlockStore& store, std::string serial)
    : store_(store), serial_(std::move(serial)) {
  serial_.resize(kSerialBytes);
  configuration_.capacity = store.bytes() / kSector;
  configuration_.seg_max = 254;
  configuration_.blk_size = kSector;
}

std::uint64_t VirtioBlock::offered_features() const {
  return kSegMax | kBlockSize | kFlush | (store_.is_read_only() ? kReadOnly : 0);
}

std::span<const std::byte> VirtioBlock::configuration() const {
  return std::as_bytes(std::span(&configuration_, 1));
}

void VirtioBlock::notified(unsigned) {
  VirtQueue& queue = slot().queue(0);
  while (const auto chain = queue.pop()) {
    std::uint32_t written = 0;
    if (serve(*chain, written)) {
      queue.push(*chain, written);
    } else {
      queue.mark_broken();
    }
  }
  slot().finish(0);
}

bool VirtioBlock::serve(const Chain& chain, std::uint32_t& written) {
  Header header;
  const std::size_t room = chain.writable_bytes();
  if (chain.copy_out(0, std::as_writable_bytes(std::span(&header, 1))) < sizeof header || room == 0)
    return false;
  const std::size_t reads = room - 1;
  const std::size_t writes = chain.readable_bytes() - sizeof header;
  const auto in_range = [&](std::uint64_t bytes) {
    return bytes % kSector == 0 && header.sector <= configuration_.capacity &&
           bytes / kSector <= configuration_.capacity - header.sector;
  };
  const auto status_of = [](const Result<void>& result) { return result ? kOk : kIoError; };

  Status status = kUnsupported;
  std::size_t given = 0;
  switch (header.type) {
    case kIn:
      status = kIoError;
      if (!in_range(reads)) break;
      status = status_of(store_.read(header.sector * kSector, cut(chain.writable, 0, reads)));
      given = reads;
      break;
    case kOut:
      status = kIoError;
      if (!in_range(writes) || store_.is_read_only()) break;
      status = status_of(
          store_.write(header.sector * kSector, cut(chain.readable, sizeof header, writes)));
      break;
    case kFlushRequest: status = status_of(store_.flush()); break;
    case kGetId:
      given =
          chain.copy_in(0, std::as_bytes(std::span(serial_)).first(std::min(reads, kSerialBytes)));
      status = kOk;
      break;
    default: break;
  }
  chain.copy_in(reads, std::as_bytes(std::span(&status, 1)));
  // The status is the last byte, wherever the data ends; all before it counts as written.
  written = static_cast<std::uint32_t>(given == 0 && reads == 0 ? 1 : room);
  return true;
}

}  // namespace doppel::sysvm
