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

void Heap::evacuate() {
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

void Heap::collect_minor() {
  if (nursery_bytes_ == 0) return;
  const Pause pause(statistics_.minor_pauses);
  const std::uint64_t promoted_before = statistics_.promoted_bytes;
  evacuate();
  if (is_marking_) {
    const std::uint64_t promoted = statistics_.promoted_bytes - promoted_before;
    step_marking(promoted / sizeof(std::uint64_t));
  } else if (old_.used_bytes() + nursery_bytes_ > threshold_ || options_.stress) {
    begin_marking();
  }
}

// Marking. It begins when the nursery is empty, and looks at the roots then and only then. From
// then on it reaches what was reachable at that time: barriers show it the references in objects
// that are overwritten, and objects that come into the old space are marked. So are those that
// young objects refer to, since they got these references from places that marking sees.

class Heap::RootMarking final : public RootVisitor {
 public:
  explicit RootMarking(Heap& heap) : RootVisitor(false), heap_(heap) {}
  void visit(std::uint64_t& slot) override { heap_.mark(slot); }

 private:
  Heap& heap_;
};

void Heap::begin_marking() {
  is_marking_ = true;
  old_.begin_marking();
  RootMarking marking(*this);
  visit_roots(marking);
}

void Heap::mark(std::uint64_t reference) {
  if (is_object(reference) && !is_young(reference) && OldSpace::mark(object_of(reference)))
    marked_.push_back({object_of(reference), 0});
}

void Heap::mark_overwritten(const std::uint64_t* slots, std::size_t count) {
  // A young object is newer than the marking, and its fields may not be initialized.
  if (is_young(reinterpret_cast<std::uint64_t>(slots))) return;
  // Whoever overwrites much gets marking ahead by as much, so that it is not for ever under way.
  constexpr std::size_t kMany = 1024;
  if (count > kMany && follow_marked(2 * count)) return finish_cycle();
  for (std::size_t i = 0; i < count; ++i) mark(slots[i]);
}

/// Follows the references of marked objects, about `budget` of them; whether none are left. Of a
/// large array a part is looked at in turn, so that the list stays short.
bool Heap::follow_marked(std::size_t budget) {
  constexpr std::size_t kPart = 1024;
  std::size_t done = 0;
  while (!marked_.empty() && done < budget) {
    const auto [object, first] = marked_.back();
    marked_.pop_back();
    ++done;
    if (!has_references(object)) continue;
    if (object->length > first + kPart) marked_.push_back({object, first + kPart});
    const std::size_t before = marked_.size();
    for_references(object, first, kPart, [&](std::uint64_t& slot) {
      mark(slot);
      ++done;
    });
    // In the order in which evacuation has laid them out.
    std::reverse(marked_.begin() + static_cast<std::ptrdiff_t>(before), marked_.end());
  }
  return marked_.empty();
}

/// Marks on after a minor collection that has promoted so many words.
void Heap::step_marking(std::size_t promoted_words) {
  // The old space may double until marking must be done: so it has to look at no fewer words than
  // are promoted, and at some in any case.
  constexpr std::size_t kMinBudget = 16U << 10U;
  constexpr std::size_t kStressBudget = 16;
  const std::size_t budget =
      options_.stress ? kStressBudget : std::max(kMinBudget, promoted_words + promoted_words / 4);
  if (follow_marked(budget)) finish_cycle();
}

void Heap::finish_cycle() {
  finish_marking();
  ++statistics_.cycles;
}

void Heap::finish_marking() {
  old_.sweep();
  is_marking_ = false;
  threshold_ = std::max(kMinThreshold, old_.used_bytes() + old_.used_bytes() / 2);
}

void Heap::collect_major() {
  if (nursery_bytes_ == 0) return;
  const Pause pause(statistics_.major_pauses);
  evacuate();
  // What has become unreachable since the beginning of a marking shall be freed as well.
  old_.abandon_marking();
  marked_.clear();
  begin_marking();
  follow_marked(SIZE_MAX);
  finish_marking();
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
