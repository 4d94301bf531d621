// SPDX-License-Identifier: Apache-2.0
// getrandom, or SplitMix64.
#include "sysvm/platform/entropy.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

namespace doppel::sysvm {

void Entropy::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::uint64_t word = state_ ? next() : 0;
    std::size_t done = std::min(bytes.size(), sizeof word);
    if (state_) {
      std::memcpy(bytes.data(), &word, done);
    } else {
      const ssize_t given = ::getrandom(bytes.data(), std::min<std::size_t>(bytes.size(), 256), 0);
      done = given > 0 ? static_cast<std::size_t>(given) : 0;  // interrupted: again
    }
    bytes = bytes.subspan(done);
  }
}

void Entropy::save(StateWriter& writer) const {
  writer.begin("entropy", 1);
  writer.u64(state_.value_or(0));
}

void Entropy::restore(StateReader& reader) {
  reader.begin("entropy", 1);
  const std::uint64_t state = reader.u64();
  if (state_) state_ = state;
}

std::uint64_t Entropy::next() {
  *state_ += 0x9E37'79B9'7F4A'7C15;
  std::uint64_t z = *state_;
  z = (z ^ z >> 30U) * 0xBF58'476D'1CE4'E5B9;
  z = (z ^ z >> 27U) * 0x94D0'49BB'1331'11EB;
  return z ^ z >> 31U;
}

}  // namespace doppel::sysvm
