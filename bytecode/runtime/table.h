// SPDX-License-Identifier: Apache-2.0
// A table instance: references as 64-bit words, null is 0. Bounds are the caller's to check with
// size(), except where a function answers whether it could.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

class TableInstance {
 public:
  /// A table of the type's minimal size, all elements `init`. `left` is what its store still allows
  /// all tables together to grow by; it holds at least that size, and outlives the table.
  TableInstance(TableType type, std::uint64_t init, std::uint64_t& left)
      : type_(type), left_(left), elements_(static_cast<std::size_t>(type.limits.min), init) {
    changed(0, size());
    left_ -= size();
    view_ = {elements_.data(), size()};
  }

  /// Where the elements stand now, for compiled code.
  struct View {
    const std::uint64_t* elements = nullptr;
    std::uint64_t size = 0;
  };
  [[nodiscard]] const View& view() const { return view_; }

  [[nodiscard]] const TableType& type() const { return type_; }
  [[nodiscard]] bool is_64() const { return type_.is_64; }
  [[nodiscard]] std::uint64_t size() const { return elements_.size(); }
  [[nodiscard]] std::uint64_t get(std::uint64_t index) const { return elements_[index]; }
  void set(std::uint64_t index, std::uint64_t reference) {
    elements_[index] = reference;
    changed(index, 1);
  }
  /// Whoever writes elements in this way says so by changed().
  [[nodiscard]] std::uint64_t* data() { return elements_.data(); }

  /// For the collector, which looks only at elements that have changed since it last did.
  void changed(std::uint64_t begin, std::uint64_t count) {
    changed_begin_ = std::min(changed_begin_, begin);
    changed_end_ = std::max(changed_end_, begin + count);
  }
  /// A range with all elements that have changed; from now on none have.
  std::pair<std::uint64_t, std::uint64_t> take_changed() {
    const std::uint64_t begin = std::exchange(changed_begin_, UINT64_MAX);
    const std::uint64_t end = std::exchange(changed_end_, 0);
    return {std::min(begin, end), end};
  }

  /// Whether [begin, begin + count) lies inside.
  [[nodiscard]] bool contains(std::uint64_t begin, std::uint64_t count) const {
    return begin <= size() && count <= size() - begin;
  }
  /// Adds `count` elements and answers the old size, or −1 if the limits or memory do not allow it.
  std::int64_t grow(std::uint64_t count, std::uint64_t init);

 private:
  TableType type_;
  std::uint64_t& left_;
  std::vector<std::uint64_t> elements_;
  View view_;
  std::uint64_t changed_begin_ = UINT64_MAX;
  std::uint64_t changed_end_ = 0;
};

}  // namespace doppel::bytecode
