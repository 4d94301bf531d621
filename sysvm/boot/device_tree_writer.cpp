// SPDX-License-Identifier: Apache-2.0
// The only file that calls libfdt.
#include "sysvm/boot/device_tree_writer.h"

#include <fmt/format.h>
#include <libfdt.h>

namespace doppel::sysvm {

namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;

void append_big_endian(std::vector<std::uint8_t>& bytes, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

/// Repeats a write that had no room in a blob of twice the size.
template <class Write>
void DeviceTreeWriter::attempt(Write write) {
  while (failure_ == 0) {
    const int status = write(blob_.data());
    if (status != -FDT_ERR_NOSPACE || blob_.size() >= kLargest) {
      failure_ = status;
      return;
    }
    std::vector<std::byte> larger(blob_.size() * 2);
    failure_ = fdt_resize(blob_.data(), larger.data(), static_cast<int>(larger.size()));
    blob_ = std::move(larger);
  }
}

DeviceTreeWriter::DeviceTreeWriter() : blob_(4096) {
  failure_ = fdt_create(blob_.data(), static_cast<int>(blob_.size()));
  attempt([](void* blob) { return fdt_finish_reservemap(blob); });
}

void DeviceTreeWriter::begin(const std::string& name) {
  attempt([&](void* blob) { return fdt_begin_node(blob, name.c_str()); });
}

void DeviceTreeWriter::end() {
  attempt([](void* blob) { return fdt_end_node(blob); });
}

void DeviceTreeWriter::cells(const char* name, std::span<const std::uint32_t> values) {
  std::vector<std::uint8_t> value;
  for (const std::uint32_t cell : values) append_big_endian(value, cell);
  bytes(name, value);
}

void DeviceTreeWriter::wide_cells(const char* name, std::initializer_list<std::uint64_t> values) {
  std::vector<std::uint8_t> value;
  for (const std::uint64_t wide : values) {
    append_big_endian(value, static_cast<std::uint32_t>(wide >> 32U));
    append_big_endian(value, static_cast<std::uint32_t>(wide));
  }
  bytes(name, value);
}

void DeviceTreeWriter::texts(const char* name, const std::vector<std::string>& values) {
  std::vector<std::uint8_t> value;
  for (const std::string& text : values)
    value.insert(value.end(), text.c_str(), text.c_str() + text.size() + 1);
  bytes(name, value);
}

void DeviceTreeWriter::bytes(const char* name, std::span<const std::uint8_t> value) {
  attempt([&](void* blob) {
    return fdt_property(blob, name, value.data(), static_cast<int>(value.size()));
  });
}

Result<std::vector<std::byte>> DeviceTreeWriter::finish() {
  attempt([](void* blob) { return fdt_finish(blob); });
  if (failure_ != 0) {
    return fail(ErrorKind::kUsage,
                fmt::format("cannot write the device tree: {}, expected at most {} bytes",
                            fdt_strerror(failure_), kLargest));
  }
  blob_.resize(fdt_totalsize(blob_.data()));
  return std::move(blob_);
}

}  // namespace doppel::sysvm
