// SPDX-License-Identifier: Apache-2.0
// Allocation, limits, the remembered set, and the list of root sources.
#include "bytecode/gc/heap.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace doppel::bytecode::gc {

namespace {

/// Small enough that evacuating all of it takes a fraction of a millisecond.
constexpr std::size_t kNurseryBytes = std::size_t{512} << 10U;
constexpr std::size_t kMinRemembered = std::size_t{64} << 10U;
/// In stress mode, every so many collections are major ones.
constexpr std::uint64_t kStressMajor = 128;
/// In stress mode, the heap is verified at every so many collections.
constexpr std::uint64_t kStressVerification = 16;

}  // namespace

RootSource::~RootSource() {
  if (heap_ == nullptr) return;
  (previous_ == nullptr ? heap_->sources_ : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void RootSource::register_at(Heap& heap) {
  if (heap_ == &heap) return;
  if (heap_ != nullptr) {
    (previous_ == nullptr ? heap_->sources_ : previous_->next_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }
  heap_ = &heap;
  previous_ = nullptr;
  next_ = heap.sources_;
  if (next_ != nullptr) next_->previous_ = this;
  heap.sources_ = this;
}

Heap::Heap(const TypeTable& types, const HeapOptions& options)
    : types_(types),
      options_(options),
      remembered_limit_(kMinRemembered),
      nursery_size_(std::clamp<std::size_t>(options.max_bytes / 8 & ~(kChunkBytes - 1), kChunkBytes,
                                            kNurseryBytes)),
      threshold_(kMinThreshold) {}

Heap::~Heap() {
  for (RootSource* source = sources_; source != nullptr; source = source->next_)
    source->heap_ = nullptr;
  if (nursery_bytes_ > 0)
    unmap_chunks(reinterpret_cast<std::byte*>(nursery_begin_), nursery_bytes_);
}

Heap::Distances Heap::distances() const {
  const auto distance = [this](const auto& member) {
    return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&member) -
                                    reinterpret_cast<const std::byte*>(this));
  };
  return {distance(next_), distance(end_), distance(nursery_begin_), distance(nursery_bytes_),
          distance(is_marking_)};
}

bool Heap::map_nursery() {
  std::byte* const begin = map_chunks(nursery_size_);
  if (begin == nullptr) return false;
  nursery_begin_ = reinterpret_cast<std::uint64_t>(begin);
  nursery_bytes_ = nursery_size_;
  stress_next_ = begin;
  next_ = end_ = begin + nursery_bytes_;  // a first collection sets them
  return true;
}

bool Heap::make_room(std::size_t bytes) {
  if (bytes > options_.max_bytes) return false;
  const std::size_t wanted = old_.used_bytes() + bytes;
  // Marking by steps has not kept up, or there is no time for it.
  if (wanted > 2 * threshold_ || wanted > options_.max_bytes) {
    collect_major();
    // A heap that is full but for a little would be collected again and again.
    const std::size_t spare = options_.max_bytes / 32;
    if (old_.used_bytes() + bytes + spare > options_.max_bytes) return false;
  }
  return true;
}

Object* Heap::allocate(const RuntimeType& type, std::size_t bytes, std::uint32_t length) {
  if (Object* object = allocate_inline(type, bytes, length)) return object;
  if (nursery_bytes_ == 0 && !map_nursery()) return nullptr;
  if (bytes > OldSpace::kMaxSmallBytes) return allocate_large(type, bytes, length);
  if (options_.stress) {
    stress();
  } else {
    collect_minor();
  }
  if (!make_room(nursery_bytes_) || !old_.reserve(OldSpace::blocks_for(nursery_bytes_))) {
    end_ = next_;
    return nullptr;
  }
  if (options_.stress) open_window(bytes);
  return allocate_inline(type, bytes, length);
}

/// In stress mode there is room for one object at a time, each behind the one before.
void Heap::open_window(std::size_t bytes) {
  auto* const begin = reinterpret_cast<std::byte*>(nursery_begin_);
  if (stress_next_ + bytes > begin + nursery_bytes_) stress_next_ = begin;
  next_ = stress_next_;
  end_ = stress_next_ += bytes;
}

Object* Heap::allocate_large(const RuntimeType& type, std::size_t bytes, std::uint32_t length) {
  if (options_.stress) {
    stress();
  } else if (is_marking_ || old_.used_bytes() + bytes > threshold_) {
    collect_minor();
  }
  if (!make_room(bytes + nursery_bytes_)) return nullptr;
  Object* const object = old_.allocate_large(bytes);
  if (object == nullptr) return nullptr;
  statistics_.allocated_bytes += bytes;
  object->type = type.id;
  object->length = length;
  // It is initialized without a barrier.
  if (type.kind == TypeKind::kArray) {
    if (element(type) == Storage::kReference) remember(object->word(kHeaderBytes), length);
  } else {
    for (const std::uint32_t offset : type.layout.references) remember(object->word(offset), 1);
  }
  return object;
}

Object* Heap::new_array(const RuntimeType& type, std::uint32_t length) {
  if (length > Object::kMaxLength) return nullptr;
  return allocate(type, array_bytes(type, length), length);
}

Object* Heap::new_array_of_zeros(const RuntimeType& type, std::uint32_t length) {
  Object* const array = new_array(type, length);
  const std::uint64_t bytes = array_bytes(type, length);
  // A large one is new memory.
  if (array != nullptr && bytes <= OldSpace::kMaxSmallBytes)
    std::memset(array->elements(), 0, bytes - kHeaderBytes);
  return array;
}

Object* Heap::new_exception(const RuntimeType& type, const void* tag,
                            const std::uint64_t* payload) {
  Object* const object = allocate(type, type.layout.size);
  if (object == nullptr) return nullptr;
  std::memcpy(object->elements(), static_cast<const void*>(&tag), sizeof(tag));
  std::memcpy(object->elements() + 8, payload, type.layout.size - kHeaderBytes - 8);
  return object;
}

void Heap::stress() {
  if (++stress_count_ % kStressMajor == 0) {
    collect_major();
  } else {
    collect_minor();
  }
  if (stress_count_ % kStressVerification != 0) return;
  if (const std::string wrong = verify(); !wrong.empty()) {
    std::fprintf(stderr, "doppel: the heap is broken: %s\n", wrong.c_str());
    std::abort();
  }
}

void Heap::remember(std::uint64_t* slots, std::size_t count) {
  if (remembered_.size() >= remembered_limit_) compact_remembered();
  remembered_.push_back({slots, count});
}

/// A slot that was written over and over again is remembered once.
void Heap::compact_remembered() {
  std::sort(remembered_.begin(), remembered_.end(),
            [](const Remembered& a, const Remembered& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const Remembered& next : remembered_) {
    if (kept > 0 && next.begin <= remembered_[kept - 1].begin + remembered_[kept - 1].count) {
      Remembered& last = remembered_[kept - 1];
      last.count =
          std::max(last.count, static_cast<std::size_t>(next.begin - last.begin) + next.count);
    } else {
      remembered_[kept++] = next;
    }
  }
  remembered_.resize(kept);
  remembered_limit_ = std::max(kMinRemembered, 2 * kept);
}

void Heap::visit_roots(RootVisitor& visitor) {
  for (RootSource* source = sources_; source != nullptr; source = source->next_)
    source->visit_roots(visitor);
}

bool Heap::has_references(const Object* object) const {
  const RuntimeType& type = type_of(object);
  return type.kind == TypeKind::kArray ? element(type) == Storage::kReference
                                       : !type.layout.references.empty();
}

std::size_t Heap::size_of(const Object* object) const {
  const RuntimeType& type = type_of(object);
  return type.kind == TypeKind::kArray ? array_bytes(type, object->length) : type.layout.size;
}

}  // namespace doppel::bytecode::gc
