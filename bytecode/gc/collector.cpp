// SPDX-License-Identifier: Apache-2.0
// The two collections: evacuation of the nursery, and marking of the old space.
#include <algorithm>
#include <chrono>

#include "bytecode/gc/heap.h"

namespace doppel::bytecode::gc {

namespace {

/// Notes a pause when it ends.
class Pause {
 public:
  explicit Pause(Pauses& pauses) : pauses_(pauses) {}
  ~Pause() { pauses_.add(std::chrono::steady_clock::now() - begin_); }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

 private:
  Pauses& pauses_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

template <class Visit>
void Heap::for_references(Object* object, std::size_t first, std::size_t count, Visit visit) const {
  const RuntimeType& type = type_of(object);
  if (type.kind != TypeKind::kArray) {
    for (const std::uint32_t offset : type.layout.references) visit(*object->word(offset));
  } else if (element(type) == Storage::kReference) {
    std::uint64_t* const elements = object->word(kHeaderBytes);
    const std::size_t end = std::min<std::size_t>(object->length, first + count);
    for (std::size_t i = first; i < end; ++i) visit(elements[i]);
  }
}

/// Moves what is reached out of the nursery, depth first: objects come to stand in the order in
/// which a program goes from one to the next.
class Heap::Evacuation final : public RootVisitor {
 public:
  explicit Evacuation(Heap& heap) : RootVisitor(true), heap_(heap) {}

  void visit(std::uint64_t& slot) override {
    push(slot);
    while (!waiting_.empty()) {
      std::uint64_t* const next = waiting_.back();
      waiting_.pop_back();
      move(*next);
    }
  }

 private:
  void push(std::uint64_t& slot) {
    if (heap_.is_young(slot) && is_object(slot)) waiting_.push_back(&slot);
  }

  void move(std::uint64_t& slot) {
    Object* const object = object_of(slot);
    if (object->has_moved()) {
      slot = reference_to(object->new_place());
      return;
    }
    const std::size_t bytes = heap_.size_of(object);
    Object* const place = heap_.old_.allocate_small(bytes);
    if (place == nullptr) std::abort();  // blocks for the whole nursery were reserved
    std::memcpy(place, object, bytes);
    object->move_to(place);
    heap_.statistics_.promoted_bytes += bytes;
    slot = reference_to(place);
    const std::size_t before = waiting_.size();
    heap_.for_references(place, 0, SIZE_MAX, [this](std::uint64_t& field) { push(field); });
    // The first field's object comes next.
    std::reverse(waiting_.begin() + static_cast<std::ptrdiff_t>(before), waiting_.end());
  }

  Heap& heap_;
  std::vector<std::uint64_t*> waiting_;  ///< slots outside of the nursery that refer into it
};

void Heap::collect_minor() {
  if (nursery_bytes_ == 0) return;
  const Pause pause(statistics_.minor_pauses);
  Evacuation evacuation(*this);
  visit_roots(evacuation);
  for (const Remembered& range : remembered_) {
    for (std::size_t i = 0; i < range.count; ++i) evacuation.visit(range.begin[i]);
  }
  remembered_.clear();
  auto* const begin = reinterpret_cast<std::byte*>(nursery_begin_);
  if (options_.stress) {
    // Whoever still holds an address in here is found out.
    std::memset(begin, 0xdb, nursery_bytes_);
    next_ = end_ = begin;
    return;
  }
  statistics_.allocated_bytes += static_cast<std::size_t>(next_ - begin);
  next_ = begin;
  end_ = begin + nursery_bytes_;
}

/// Marks what is reached in the old space; the nursery is empty.
class Heap::Marking final : public RootVisitor {
 public:
  explicit Marking(Heap& heap) : RootVisitor(false), heap_(heap) {}

  void visit(std::uint64_t& slot) override { mark(slot); }

  void mark(std::uint64_t reference) {
    if (is_object(reference) && OldSpace::mark(object_of(reference)))
      marked_.push_back({object_of(reference), 0});
  }

  /// Marks what the marked objects refer to. Of a large array a part is looked at in turn, so that
  /// the list stays short.
  void finish() {
    constexpr std::size_t kPart = 1024;
    while (!marked_.empty()) {
      const auto [object, first] = marked_.back();
      marked_.pop_back();
      if (!heap_.has_references(object)) continue;
      if (object->length > first + kPart) marked_.push_back({object, first + kPart});
      const std::size_t before = marked_.size();
      heap_.for_references(object, first, kPart, [this](std::uint64_t& slot) { mark(slot); });
      // In the order in which evacuation has laid them out.
      std::reverse(marked_.begin() + static_cast<std::ptrdiff_t>(before), marked_.end());
    }
  }

 private:
  struct Part {
    Object* object;
    std::size_t first;
  };
  Heap& heap_;
  std::vector<Part> marked_;
};

void Heap::collect_major() {
  if (nursery_bytes_ == 0) return;
  const Pause pause(statistics_.major_pauses);
  collect_minor();
  old_.unmark_all();
  Marking marking(*this);
  visit_roots(marking);
  marking.finish();
  old_.sweep();
  threshold_ = std::max(std::size_t{8} << 20U, 2 * old_.used_bytes());
}

/// Checks every reference.
class Heap::Verification final : public RootVisitor {
 public:
  explicit Verification(Heap& heap) : RootVisitor(false), heap_(heap) {}

  void visit(std::uint64_t& slot) override { check(slot, "a root"); }

  void check(std::uint64_t reference, const char* where) {
    if (!is_object(reference) || !wrong.empty()) return;
    const bool young = heap_.is_young(reference);
    if (!young && !heap_.old_.holds(object_of(reference))) {
      wrong = std::string(where) + " refers to no object";
      return;
    }
    const Object* object = object_of(reference);
    if (object->type >= heap_.types_.size() || heap_.types_[object->type] == nullptr ||
        heap_.types_[object->type]->kind == TypeKind::kFunc || object->has_moved()) {
      wrong = std::string(where) + " refers to an object without a type";
    }
  }

  std::string wrong;

 private:
  Heap& heap_;
};

std::string Heap::verify() {
  if (nursery_bytes_ == 0) return {};
  Verification verification(*this);
  visit_roots(verification);
  const std::vector<Remembered> remembered = remembered_;
  old_.for_each([&](Object* object) {
    verification.check(reference_to(object), "a cell");
    if (!verification.wrong.empty()) return;
    for_references(object, 0, SIZE_MAX, [&](std::uint64_t& slot) {
      verification.check(slot, "a field");
      if (!is_object(slot) || !is_young(slot)) return;
      for (const Remembered& range : remembered) {
        if (&slot >= range.begin && &slot < range.begin + range.count) return;
      }
      verification.wrong = "a field's young object is not remembered";
    });
  });
  return verification.wrong;
}

}  // namespace doppel::bytecode::gc
