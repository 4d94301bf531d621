// SPDX-License-Identifier: Apache-2.0
// For tests: chance decides, at calls and loops, whether a frame goes on in the other tier. The
// same seed gives the same decisions to a program of one thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace doppel::bytecode::interp {

/// See the file comment. Any thread.
class TierSwitches {
 public:
  explicit TierSwitches(std::uint64_t seed) : state_(seed) {}

  /// True once in `times` times, by chance.
  bool happens(std::uint32_t times) {
    constexpr std::uint64_t kStep = 0x9e37'79b9'7f4a'7c15;  // splitmix64
    std::uint64_t bits = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    bits = (bits ^ bits >> 30U) * 0xbf58'476d'1ce4'e5b9;
    bits = (bits ^ bits >> 27U) * 0x94d0'49bb'1331'11eb;
    return (bits ^ bits >> 31U) % times == 0;
  }

  /// Frames that have gone over, to compiled code and to the interpreter.
  std::atomic<std::uint64_t> to_compiled = 0;
  std::atomic<std::uint64_t> to_interpreter = 0;

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace doppel::bytecode::interp
