// SPDX-License-Identifier: Apache-2.0
// Parts of the choices are taken out, then made nothing, then lessened, as long as that helps:
// choices that are gone or nothing mean the shortest of everything, and no instruction at all.
#include "tests/bytecode/interp/reducer.h"

#include <algorithm>
#include <bit>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/disassemble.h"

namespace doppel::bytecode {

namespace {

class Reducer {
 public:
  using Bytes = std::vector<std::uint8_t>;

  Reducer(Bytes choices, const StillShows& shows, int attempts)
      : best_(std::move(choices)), shows_(shows), attempts_(attempts) {}

  Bytes make() {
    for (bool better = true; better && attempts_ > 0;) {
      const Bytes before = best_;
      cut_end();
      for (std::size_t size = std::bit_floor(best_.size() | 1U); size > 0; size /= 2) cut(size);
      for (const std::size_t size : {64U, 8U, 1U}) clear(size);
      lessen();
      better = best_ != before;
    }
    return best_;
  }

 private:
  bool attempt(const Bytes& candidate) {
    if (candidate == best_ || attempts_-- <= 0 || !shows_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  void cut_end() {
    for (std::size_t less = best_.size() / 2; less > 0;) {
      if (less > best_.size() || !attempt(Bytes(best_.begin(), best_.end() - at(less)))) less /= 2;
    }
  }

  void cut(std::size_t size) {
    for (std::size_t end = best_.size(); end >= size; end = std::min(end - size, best_.size())) {
      Bytes candidate = best_;
      candidate.erase(candidate.begin() + at(end - size), candidate.begin() + at(end));
      attempt(candidate);
    }
  }

  void clear(std::size_t size) {
    for (std::size_t begin = 0; begin < best_.size(); begin += size) {
      Bytes candidate = best_;
      std::fill(candidate.begin() + at(begin),
                candidate.begin() + at(std::min(begin + size, candidate.size())), 0);
      attempt(candidate);
    }
  }

  void lessen() {
    for (std::size_t i = 0; i < best_.size(); ++i) {
      for (int less = best_[i] / 2; less > 0; less /= 2) {
        Bytes candidate = best_;
        candidate[i] = static_cast<std::uint8_t>(candidate[i] - std::min<int>(less, candidate[i]));
        attempt(candidate);
      }
    }
  }

  static std::ptrdiff_t at(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

  Bytes best_;
  const StillShows& shows_;
  int attempts_;
};

}  // namespace

std::vector<std::uint8_t> reduce(std::vector<std::uint8_t> choices, const StillShows& shows,
                                 int attempts) {
  return Reducer(std::move(choices), shows, attempts).make();
}

std::string module_text(std::span<const std::byte> module) {
  const auto decoded = decode({module.begin(), module.end()}, Features::all());
  if (!decoded) return decoded.error().message;
  const auto text = disassemble(*decoded, PrintStyle::kFlat);
  return text ? *text : text.error().message;
}

}  // namespace doppel::bytecode
