// SPDX-License-Identifier: Apache-2.0
// The host's floating-point unit while guest code runs: its rounding mode is the guest's, and its
// sticky flags collect what guest instructions raise, to be read when somebody asks.
#pragma once

#include <cfenv>
#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace doppel::sysvm {

/// Accrued exceptions as fflags has them.
namespace float_flag {
inline constexpr std::uint8_t kInexact = 1;
inline constexpr std::uint8_t kUnderflow = 2;
inline constexpr std::uint8_t kOverflow = 4;
inline constexpr std::uint8_t kDivideByZero = 8;
inline constexpr std::uint8_t kInvalid = 16;
}  // namespace float_flag

#if defined(__x86_64__)

using HostFloatState = unsigned;

inline HostFloatState host_float_state() { return _mm_getcsr(); }
inline void set_host_float_state(HostFloatState state) { _mm_setcsr(state); }

/// All exceptions masked, none raised, rounding as frm 0–3 says.
inline HostFloatState guest_float_state(std::uint8_t rounding) {
  constexpr unsigned kModes[] = {0, 3, 1, 2};  // frm: nearest, zero, down, up
  return 0x1f80U | kModes[rounding & 3] << 13;
}

inline std::uint8_t raised_flags(HostFloatState state) {
  return static_cast<std::uint8_t>((state & 0x20) >> 5 | (state & 0x10) >> 3 | (state & 8) >> 1 |
                                   (state & 4) << 1 | (state & 1) << 4);
}

#else

struct HostFloatState {
  int rounding = FE_TONEAREST;
  int flags = 0;
};

inline HostFloatState host_float_state() {
  return {std::fegetround(), std::fetestexcept(FE_ALL_EXCEPT)};
}
inline void set_host_float_state(HostFloatState state) {
  std::fesetround(state.rounding);
  std::feclearexcept(FE_ALL_EXCEPT);
  if (state.flags != 0) std::feraiseexcept(state.flags);
}
inline HostFloatState guest_float_state(std::uint8_t rounding) {
  constexpr int kModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  return {kModes[rounding & 3], 0};
}
inline std::uint8_t raised_flags(HostFloatState state) {
  const auto flag = [&](int host, std::uint8_t guest) {
    return (state.flags & host) != 0 ? guest : std::uint8_t{0};
  };
  return static_cast<std::uint8_t>(
      flag(FE_INEXACT, float_flag::kInexact) | flag(FE_UNDERFLOW, float_flag::kUnderflow) |
      flag(FE_OVERFLOW, float_flag::kOverflow) | flag(FE_DIVBYZERO, float_flag::kDivideByZero) |
      flag(FE_INVALID, float_flag::kInvalid));
}

#endif

/// While one lives, the unit belongs to the host program, in its default state: around what guest
/// code calls that may compute with floats itself.
class HostFloatPause {
 public:
  HostFloatPause() : guest_(host_float_state()) { set_host_float_state(guest_float_state(0)); }
  HostFloatPause(const HostFloatPause&) = delete;
  HostFloatPause& operator=(const HostFloatPause&) = delete;
  ~HostFloatPause() { set_host_float_state(guest_); }

 private:
  HostFloatState guest_;
};

}  // namespace doppel::sysvm
