// SPDX-License-Identifier: Apache-2.0
// What control and status registers hold. The rules of reading and writing are in csr_rules.h.
#pragma once

#include <cstdint>

#include "sysvm/hart/trap.h"

namespace doppel::sysvm {

/// The registers by name; the value is the number.
enum class Csr : std::uint16_t {
#define CSR(enumerator, name, number) enumerator = (number),
#include "sysvm/isa/csrs.inc"
};

/// Fields of mstatus.
namespace status {
inline constexpr std::uint64_t kSie = 1U << 1;
inline constexpr std::uint64_t kMie = 1U << 3;
inline constexpr std::uint64_t kSpie = 1U << 5;
inline constexpr std::uint64_t kMpie = 1U << 7;
inline constexpr std::uint64_t kSpp = 1U << 8;
inline constexpr std::uint64_t kMpp = 3U << 11;
inline constexpr unsigned kMppShift = 11;
inline constexpr std::uint64_t kFs = 3U << 13;
inline constexpr std::uint64_t kMprv = 1U << 17;
inline constexpr std::uint64_t kSum = 1U << 18;
inline constexpr std::uint64_t kMxr = 1U << 19;
inline constexpr std::uint64_t kTvm = 1U << 20;
inline constexpr std::uint64_t kTw = 1U << 21;
inline constexpr std::uint64_t kTsr = 1U << 22;
inline constexpr std::uint64_t kXlens = std::uint64_t{0xa} << 32;  ///< UXL and SXL: 64 bits
inline constexpr std::uint64_t kSd = std::uint64_t{1} << 63;
}  // namespace status

/// Fields of menvcfg and senvcfg.
namespace environment {
inline constexpr std::uint64_t kFiom = 1U << 0;
inline constexpr std::uint64_t kCbie = 3U << 4;
inline constexpr std::uint64_t kCbcfe = 1U << 6;
inline constexpr std::uint64_t kCbze = 1U << 7;
inline constexpr std::uint64_t kAdue = std::uint64_t{1} << 61;
inline constexpr std::uint64_t kPbmte = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kStce = std::uint64_t{1} << 63;
}  // namespace environment

/// A counter of retired instructions that software may set and stop.
struct InstructionCounter {
  std::uint64_t offset = 0;  ///< value less instructions retired; the value itself while stopped
  bool stopped = false;
};

/// The values; a mask of legal bits has been applied to each.
struct Csrs {
  std::uint64_t mstatus = status::kXlens;
  std::uint64_t medeleg = 0;
  std::uint64_t mideleg = 0;
  std::uint64_t mie = 0;
  std::uint64_t mip = 0;  ///< the bits that M-mode sets itself: STIP, SEIP
  std::uint64_t mtvec = 0;
  std::uint64_t mcounteren = 0;
  std::uint64_t menvcfg = 0;
  std::uint64_t mscratch = 0;
  std::uint64_t mepc = 0;
  std::uint64_t mcause = 0;
  std::uint64_t mtval = 0;
  std::uint64_t stvec = 0;
  std::uint64_t scounteren = 0;
  std::uint64_t senvcfg = 0;
  std::uint64_t sscratch = 0;
  std::uint64_t sepc = 0;
  std::uint64_t scause = 0;
  std::uint64_t stval = 0;
  std::uint64_t stimecmp = UINT64_MAX;
  std::uint64_t satp = 0;
  InstructionCounter cycle;
  InstructionCounter instret;
};

}  // namespace doppel::sysvm
