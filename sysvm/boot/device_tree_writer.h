// SPDX-License-Identifier: Apache-2.0
// libfdt's sequential writer with nodes as scopes. It grows as needed; the first failure is kept
// and answered by `finish`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace doppel::sysvm {

/// Writes one flattened device tree.
class DeviceTreeWriter {
 public:
  DeviceTreeWriter();

  /// Opens a node inside the open one; the first is the root, with an empty name. Properties come
  /// before nodes within it.
  void begin(const std::string& name);
  void end();

  void empty(const char* name) { bytes(name, {}); }
  void cells(const char* name, std::span<const std::uint32_t> values);
  void cells(const char* name, std::initializer_list<std::uint32_t> values) {
    cells(name, std::span(values.begin(), values.size()));
  }
  /// Values of two cells each.
  void wide_cells(const char* name, std::initializer_list<std::uint64_t> values);
  void text(const char* name, std::string_view value) { texts(name, {std::string(value)}); }
  void texts(const char* name, const std::vector<std::string>& values);
  void bytes(const char* name, std::span<const std::uint8_t> value);

  /// The blob. Nothing may be written after it.
  Result<std::vector<std::byte>> finish();

 private:
  template <class Write>
  void attempt(Write write);

  std::vector<std::byte> blob_;
  int failure_ = 0;
};

}  // namespace doppel::sysvm
