// SPDX-License-Identifier: Apache-2.0
// Traps as values, and the privilege they move between (privileged specification 1.2 and 3.1.15).
#pragma once

#include <cstdint>
#include <string_view>

namespace doppel::sysvm {

/// Privilege levels by their encoding.
enum class Privilege : std::uint8_t { kUser = 0, kSupervisor = 1, kMachine = 3 };

/// Where a hart runs: at a level, and with V in a virtual machine. Without the hypervisor extension
/// V is always false.
struct Mode {
  Privilege privilege = Privilege::kMachine;
  bool is_virtual = false;

  friend bool operator==(Mode, Mode) = default;
};

/// Codes of synchronous exceptions.
enum class Exception : std::uint8_t {
  kFetchMisaligned = 0,
  kFetchFault = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadFault = 5,
  kStoreMisaligned = 6,
  kStoreFault = 7,
  kUserCall = 8,
  kSupervisorCall = 9,
  kMachineCall = 11,
  kFetchPageFault = 12,
  kLoadPageFault = 13,
  kStorePageFault = 15,
};

/// "illegal instruction", …; "reserved" for numbers that are none.
[[nodiscard]] std::string_view name_of(Exception exception);

/// The bit of a cause that says it is an interrupt.
inline constexpr std::uint64_t kInterruptCause = std::uint64_t{1} << 63;

/// An exception before it is delivered. `tval2` and `tinst` are what the hypervisor extension adds:
/// a guest-physical address and a transformed instruction; zero without it.
struct Trap {
  Exception cause = Exception::kIllegalInstruction;
  std::uint64_t tval = 0;
  std::uint64_t tval2 = 0;
  std::uint64_t tinst = 0;
};

/// What an access does, as far as permissions and exception codes care.
enum class Access : std::uint8_t { kFetch, kLoad, kStore };

/// The page fault and the access fault of an access.
constexpr Exception page_fault(Access access) {
  return access == Access::kFetch  ? Exception::kFetchPageFault
         : access == Access::kLoad ? Exception::kLoadPageFault
                                   : Exception::kStorePageFault;
}
constexpr Exception access_fault(Access access) {
  return access == Access::kFetch  ? Exception::kFetchFault
         : access == Access::kLoad ? Exception::kLoadFault
                                   : Exception::kStoreFault;
}

}  // namespace doppel::sysvm
