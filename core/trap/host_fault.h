// SPDX-License-Identifier: Apache-2.0
// What the host reports when code that runs for a guest faults: which kind, where, and with which
// register contents. It becomes a guest's trap, or a VMM's fault, in the hands of whoever caught
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace doppel {

/// What went wrong.
enum class FaultKind : std::uint8_t {
  kMemory,              ///< an access to a reservation that its mapping forbids
  kArithmetic,          ///< a division by zero or overflow (SIGFPE)
  kIllegalInstruction,  ///< an instruction that exists to fault, as ud2 or udf (SIGILL)
  kStackOverflow,       ///< an access just past the end of the host stack
};

/// The host's general registers, by their number in machine code.
#if defined(__x86_64__)
enum class HostRegister : std::uint8_t {
  // clang-format off
  kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR9, kR10, kR11, kR12, kR13, kR14, kR15,
  // clang-format on
  kStackPointer = kRsp,
};
inline constexpr std::size_t kHostRegisterCount = 16;
#elif defined(__aarch64__)
enum class HostRegister : std::uint8_t {
  // clang-format off
  kX0, kX1, kX2, kX3, kX4, kX5, kX6, kX7, kX8, kX9, kX10, kX11, kX12, kX13, kX14, kX15,
  kX16, kX17, kX18, kX19, kX20, kX21, kX22, kX23, kX24, kX25, kX26, kX27, kX28, kX29, kX30,
  // clang-format on
  kStackPointer,
};
inline constexpr std::size_t kHostRegisterCount = 32;
#else
#error "core/trap knows x86-64 and AArch64 hosts"
#endif

/// A fault as the host's signal described it.
struct HostFault {
  FaultKind kind;
  std::uintptr_t pc;       ///< of the faulting instruction
  std::uintptr_t address;  ///< that was accessed; for kinds without an access, the signal's
  const void* code_owner;  ///< as given to FaultCode::add for the range that holds `pc`
  std::array<std::uint64_t, kHostRegisterCount> registers;  ///< when the instruction faulted

  /// The contents of one register.
  [[nodiscard]] std::uint64_t operator[](HostRegister name) const {
    return registers[static_cast<std::size_t>(name)];
  }
};

}  // namespace doppel
