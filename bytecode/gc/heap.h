// SPDX-License-Identifier: Apache-2.0
// The heap of a store: a nursery, where allocation moves a pointer, and the old space, to which a
// minor collection moves what has survived. The old space is marked step by step, a step with each
// minor collection, and then swept; a major collection does all of that at once. Any allocation may
// collect: references that are then in no RootSource and no object are lost. Memory is mapped at
// the first allocation.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bytecode/gc/old_space.h"
#include "bytecode/gc/pauses.h"
#include "bytecode/gc/roots.h"
#include "bytecode/gc/runtime_type.h"
#include "core/ops/eval.h"

namespace doppel::bytecode::gc {

struct HeapOptions {
  std::uint64_t max_bytes = std::uint64_t{1} << 30U;
  bool stress = false;  ///< collect, and now and then verify, at every allocation
};

/// See the file comment. Belongs to one host thread at a time, as its store does.
class Heap {
 public:
  Heap(const TypeTable& types, const HeapOptions& options);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Allocation. All of it answers null when the heap is exhausted.

  /// Room in the nursery with a header; null if it takes more. The caller initializes all
  /// fields before it allocates again.
  DOPPEL_INLINE Object* allocate_inline(const RuntimeType& type, std::size_t bytes,
                                        std::uint32_t length = 0) {
    if (bytes > static_cast<std::size_t>(end_ - next_) || bytes > OldSpace::kMaxSmallBytes)
        [[unlikely]]
      return nullptr;
    auto* const object = reinterpret_cast<Object*>(next_);
    next_ += bytes;
    object->type = type.id;
    object->length = length;
    return object;
  }
  /// The same by all means, for objects of any size.
  Object* allocate(const RuntimeType& type, std::size_t bytes, std::uint32_t length = 0);

  Object* new_struct(const RuntimeType& type) { return allocate(type, type.layout.size); }
  /// An array with that many elements. Also null if there are too many.
  Object* new_array(const RuntimeType& type, std::uint32_t length);
  /// The same with all elements zero or null.
  Object* new_array_of_zeros(const RuntimeType& type, std::uint32_t length);
  /// An exception of a tag: `type` is RuntimeTypes::exception() of the tag's function type. The
  /// payload's slots are read after the allocation; the collector must know them as roots.
  Object* new_exception(const RuntimeType& type, const void* tag, const std::uint64_t* payload);
  static const void* exception_tag(const Object* exception) {
    const void* tag;
    std::memcpy(static_cast<void*>(&tag), exception->elements(), sizeof(tag));
    return tag;
  }
  /// The payload's slots, as many as the tag's parameters take.
  static const std::uint64_t* exception_payload(const Object* exception) {
    return reinterpret_cast<const std::uint64_t*>(exception->elements()) + 1;
  }

  /// Bytes of an array object.
  static std::uint64_t array_bytes(const RuntimeType& type, std::uint32_t length) {
    return align_object(kHeaderBytes + std::uint64_t{length} * width(element(type)));
  }
  static Storage element(const RuntimeType& array) { return array.layout.fields.front().storage; }
  [[nodiscard]] bool is_collected(ValType type) const { return gc::is_collected(type, types_); }
  [[nodiscard]] DOPPEL_INLINE const RuntimeType& type_of(const Object* object) const {
    return *types_[object->type];
  }

  // Write barriers: before and after a reference is stored in an object that is not new.

  /// The reference in `slot` is about to be overwritten. While marking is under way it is marked,
  /// so that all that was reachable at its beginning is (Yuasa 1990).
  DOPPEL_INLINE void overwrites(const std::uint64_t* slot) {
    if (is_marking_) [[unlikely]]
      mark_overwritten(slot, 1);
  }
  /// The references in `count` slots are about to be overwritten.
  void overwrites(const std::uint64_t* slots, std::size_t count) {
    if (is_marking_) mark_overwritten(slots, count);
  }

  DOPPEL_INLINE bool is_young(std::uint64_t word) const {
    return word - nursery_begin_ < nursery_bytes_;
  }
  /// A reference was stored in `slot`.
  DOPPEL_INLINE void wrote(std::uint64_t* slot) {
    if (is_young(*slot) && !is_young(reinterpret_cast<std::uint64_t>(slot))) [[unlikely]]
      remember(slot, 1);
  }
  /// References were stored in `count` slots.
  void wrote(std::uint64_t* slots, std::size_t count) {
    if (count > 0 && !is_young(reinterpret_cast<std::uint64_t>(slots))) remember(slots, count);
  }

  /// Where code that does without the functions above finds what they look at: distances in bytes
  /// from the heap.
  struct Distances {
    std::size_t next = 0;  ///< the nursery's free part
    std::size_t end = 0;
    std::size_t nursery_begin = 0;
    std::size_t nursery_bytes = 0;
    std::size_t is_marking = 0;
  };
  [[nodiscard]] Distances distances() const;

  // Collection.

  void collect_minor();
  void collect_major();
  /// Empty if all is as it must be; else what is not.
  [[nodiscard]] std::string verify();

  [[nodiscard]] const HeapStatistics& statistics() const { return statistics_; }
  /// Bytes of the old space, and of the nursery if there is one.
  [[nodiscard]] std::size_t used_bytes() const { return old_.used_bytes() + nursery_bytes_; }

 private:
  friend class RootSource;
  class Evacuation;
  class RootMarking;
  class Verification;

  static constexpr std::size_t kMinThreshold = std::size_t{8} << 20U;

  /// Slots outside of the nursery that may hold references into it.
  struct Remembered {
    std::uint64_t* begin;
    std::size_t count;
  };

  /// The objects that are marked, and whose references are still to be followed.
  struct Part {
    Object* object;
    std::size_t first;  ///< of an array: where to go on
  };

  bool map_nursery();
  void evacuate();
  void begin_marking();
  void step_marking(std::size_t promoted_words);
  void finish_cycle();
  void finish_marking();
  void mark(std::uint64_t reference);
  bool follow_marked(std::size_t budget);
  void mark_overwritten(const std::uint64_t* slots, std::size_t count);
  /// Makes room for `bytes` more; false if the heap is exhausted.
  bool make_room(std::size_t bytes);
  Object* allocate_large(const RuntimeType& type, std::size_t bytes, std::uint32_t length);
  void stress();
  void open_window(std::size_t bytes);
  void remember(std::uint64_t* slots, std::size_t count);
  void compact_remembered();
  void visit_roots(RootVisitor& visitor);
  [[nodiscard]] std::size_t size_of(const Object* object) const;
  [[nodiscard]] bool has_references(const Object* object) const;
  /// Calls `visit(std::uint64_t&)` for the references of an object: of an array at most `count`
  /// from `first` on.
  template <class Visit>
  void for_references(Object* object, std::size_t first, std::size_t count, Visit visit) const;

  // What handlers look at comes first.
  std::byte* next_ = nullptr;  ///< the nursery's free part; empty in stress mode
  std::byte* end_ = nullptr;
  std::uint64_t nursery_begin_ = 0;
  std::uint64_t nursery_bytes_ = 0;
  bool is_marking_ = false;

  const TypeTable& types_;
  HeapOptions options_;
  OldSpace old_;
  std::vector<Remembered> remembered_;
  std::size_t remembered_limit_;
  RootSource* sources_ = nullptr;
  std::size_t nursery_size_;  ///< when it will be mapped
  std::size_t threshold_;     ///< bytes of the old space at which marking begins
  std::vector<Part> marked_;
  std::byte* stress_next_ = nullptr;  ///< in stress mode, the nursery's free part
  std::uint64_t stress_count_ = 0;
  HeapStatistics statistics_;
};

}  // namespace doppel::bytecode::gc
