// SPDX-License-Identifier: Apache-2.0
// Physical memory protection: 16 entries (privileged specification 3.7), of the 64 that have
// numbers; the others read as zero.
#pragma once

#include <array>
#include <cstdint>

#include "sysvm/hart/trap.h"

namespace doppel::sysvm {

/// See the file comment. One thread.
class PhysicalProtection {
 public:
  static constexpr unsigned kEntries = 16;

  [[nodiscard]] std::uint8_t config(unsigned entry) const { return config_[entry]; }
  [[nodiscard]] std::uint64_t address(unsigned entry) const { return address_[entry]; }
  /// Writes obey locks and legal values.
  void write_config(unsigned entry, std::uint8_t value);
  void write_address(unsigned entry, std::uint64_t value);
  /// Sets both as they are, locks or not: for restoring and for reset.
  void set(unsigned entry, std::uint8_t config, std::uint64_t address);

  /// What may be done to a range of bytes at a privilege: the same for all of it, or mixed.
  struct Verdict {
    bool read = false;
    bool write = false;
    bool execute = false;
    bool uniform = true;  ///< false: an entry covers a part of the range only
    [[nodiscard]] bool permits(Access access) const {
      return access == Access::kFetch ? execute : access == Access::kLoad ? read : write;
    }
  };
  [[nodiscard]] Verdict judge(std::uint64_t physical, std::uint64_t bytes,
                              Privilege privilege) const;

 private:
  /// What an entry covers: [first, last]; nothing if first > last.
  struct Range {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
  };
  [[nodiscard]] bool is_locked(unsigned entry) const { return (config_[entry] & 0x80) != 0; }
  void update_ranges();

  std::array<std::uint8_t, kEntries> config_{};
  std::array<std::uint64_t, kEntries> address_{};
  std::array<Range, kEntries> ranges_{};
};

}  // namespace doppel::sysvm
