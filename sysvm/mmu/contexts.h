// SPDX-License-Identifier: Apache-2.0
// Numbers for translation contexts: everything that a cached translation depends on, besides its
// page. A context is forgotten by giving it another number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace doppel::sysvm {

/// What translations depend on.
struct TranslationContext {
  std::uint64_t satp = 0;  ///< paging, ASID and root; 0 where nothing is translated
  std::uint8_t privilege = 3;
  bool is_virtual = false;
  bool mxr = false;

  [[nodiscard]] std::uint16_t asid() const { return static_cast<std::uint16_t>(satp >> 44); }
  friend bool operator==(const TranslationContext&, const TranslationContext&) = default;
};

/// See the file comment. One thread.
class TranslationContexts {
 public:
  /// Numbers lie below this, and above 0. The one above is that of closed gates.
  static constexpr std::uint64_t kEnd = 4095;

  /// The number of a context; `wrapped` is set when all numbers were used up, and everything that
  /// carries one must be forgotten.
  std::uint64_t number(const TranslationContext& context, bool& wrapped) {
    // Those in use come last: they are found soon and kept long.
    for (std::size_t i = known_.size(); i-- > 0;) {
      if (known_[i].context != context) continue;
      const auto found = known_.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(found, found + 1, known_.end());
      return known_.back().number;
    }
    if (next_ == kEnd) {
      known_.clear();
      next_ = 1;
      wrapped = true;
    }
    if (known_.size() == kKept) known_.erase(known_.begin());
    known_.push_back({context, next_});
    return next_++;
  }

  /// Gives new numbers to the contexts that `condition` holds for.
  template <class Condition>
  void forget(Condition condition) {
    std::erase_if(known_, [&](const Known& known) { return condition(known.context); });
  }

 private:
  static constexpr std::size_t kKept = 64;
  struct Known {
    TranslationContext context;
    std::uint64_t number;
  };
  std::vector<Known> known_;
  std::uint64_t next_ = 1;
};

}  // namespace doppel::sysvm
