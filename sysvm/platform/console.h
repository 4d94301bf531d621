// SPDX-License-Identifier: Apache-2.0
// The two ends of a line of characters: a device of the guest, and what the host has connected to
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace doppel::sysvm {

/// The host's end. Called under the board's lock.
class ConsoleHost {
 public:
  virtual ~ConsoleHost() = default;
  /// The guest has written these bytes.
  virtual void output(std::span<const std::uint8_t> bytes) = 0;
  /// The guest can take input where it could not before.
  virtual void input_wanted() {}
  /// The guest has thrown away input that it never read; it may be given again.
  virtual void input_returned(std::span<const std::uint8_t> /*bytes*/) {}
};

/// The guest's end. Called under the board's lock.
class ConsoleDevice {
 public:
  virtual ~ConsoleDevice() = default;
  /// How many bytes of input the guest can take now.
  [[nodiscard]] virtual std::size_t input_room() const = 0;
  /// Gives the guest input, at most `input_room()` bytes.
  virtual void input(std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace doppel::sysvm
