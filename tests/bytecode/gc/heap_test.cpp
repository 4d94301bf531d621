// SPDX-License-Identifier: Apache-2.0
// The heap without running code: what survives, what is freed, barriers, limits.
#include "bytecode/gc/heap.h"

#include <gtest/gtest.h>

#include <memory>

#include "bytecode/gc/fields.h"

namespace doppel::bytecode::gc {
namespace {

/// A heap with three types: a pair of references and an i32, an array of references, bytes.
class HeapTest : public testing::Test {
 protected:
  void SetUp() override {
    const FieldType reference{RefType{HeapKind::kAny, true}, Packing::kNone, true};
    add(CompositeKind::kStruct, {reference, reference, {kI32, Packing::kNone, true}});
    add(CompositeKind::kArray, {reference});
    add(CompositeKind::kArray, {{kI32, Packing::kI8, true}});
    make({});
  }
  void make(const HeapOptions& options) { heap_ = std::make_unique<Heap>(types_, options); }

  void add(CompositeKind kind, std::vector<FieldType> fields) {
    auto type = std::make_unique<RuntimeType>();
    type->id = static_cast<std::uint32_t>(types_.size());
    type->kind = kind == CompositeKind::kStruct ? TypeKind::kStruct : TypeKind::kArray;
    CompositeType composite;
    composite.kind = kind;
    composite.fields = std::move(fields);
    type->layout = lay_out(composite, {});
    type->display = {type->id};
    types_.push_back(std::move(type));
  }

  const RuntimeType& pair() { return *types_[0]; }
  const RuntimeType& array() { return *types_[1]; }
  const RuntimeType& bytes() { return *types_[2]; }

  std::uint64_t new_pair(const Root* first, const Root* second, std::uint32_t number) {
    Object* const object = heap_->new_struct(pair());
    if (object == nullptr) return 0;
    const std::uint64_t slots[] = {first == nullptr ? 0 : first->get(),
                                   second == nullptr ? 0 : second->get(), number};
    initialize_struct(object, pair(), slots);
    return reference_to(object);
  }
  static std::uint64_t& first(std::uint64_t reference) { return *object_of(reference)->word(8); }
  static std::uint32_t number(std::uint64_t reference) {
    return static_cast<std::uint32_t>(*object_of(reference)->word(24));
  }
  std::size_t old_bytes() { return heap_->used_bytes(); }
  void expect_sound() { EXPECT_EQ(heap_->verify(), ""); }

  TypeTable types_;
  std::unique_ptr<Heap> heap_;
};

TEST_F(HeapTest, SurvivorsMoveOnceAndKeepTheirContents) {
  Root root(*heap_, new_pair(nullptr, nullptr, 7));
  Root other(*heap_, new_pair(&root, &root, 8));
  const std::uint64_t young = other.get();
  heap_->collect_minor();
  EXPECT_NE(other.get(), young);
  EXPECT_EQ(number(other.get()), 8);
  EXPECT_EQ(first(other.get()), root.get());
  EXPECT_EQ(number(root.get()), 7);
  const std::uint64_t old = other.get();
  heap_->collect_major();
  EXPECT_EQ(other.get(), old);
  expect_sound();
}

TEST_F(HeapTest, CyclesThatNobodyRefersToAreFreed) {
  for (int round = 0; round < 2000; ++round) {
    Root a(*heap_, new_pair(nullptr, nullptr, 1));
    Root b(*heap_, new_pair(&a, nullptr, 2));
    first(a.get()) = b.get();
    heap_->wrote(&first(a.get()));
    heap_->collect_minor();  // both are old now
  }
  heap_->collect_major();
  EXPECT_LE(old_bytes(), std::size_t{1} << 20U);
  expect_sound();
}

TEST_F(HeapTest, AnOldObjectKeepsAYoungOneOnlyThroughTheBarrier) {
  Root old(*heap_, new_pair(nullptr, nullptr, 1));
  heap_->collect_minor();
  first(old.get()) = new_pair(nullptr, nullptr, 42);
  EXPECT_NE(heap_->verify(), "");  // the barrier was left out
  heap_->wrote(&first(old.get()));
  expect_sound();
  heap_->collect_minor();
  EXPECT_EQ(number(first(old.get())), 42);
  expect_sound();
}

TEST_F(HeapTest, ASlotWrittenOverAndOverIsRememberedOnce) {
  Root old(*heap_, new_pair(nullptr, nullptr, 1));
  heap_->collect_minor();
  const Root young(*heap_, new_pair(nullptr, nullptr, 2));
  for (int i = 0; i < 1'000'000; ++i) {
    first(old.get()) = young.get();
    heap_->wrote(&first(old.get()));
  }
  heap_->collect_minor();
  EXPECT_EQ(first(old.get()), young.get());
  expect_sound();
}

TEST_F(HeapTest, LargeObjectsStayInPlaceAndAreFreed) {
  Root large(*heap_, reference_to(heap_->new_array_of_zeros(array(), 100'000)));
  const std::uint64_t place = large.get();
  const std::size_t with = old_bytes();
  object_of(place)->word(kHeaderBytes)[99'999] = new_pair(nullptr, nullptr, 5);
  heap_->wrote(object_of(place)->word(kHeaderBytes) + 99'999);
  heap_->collect_major();
  EXPECT_EQ(large.get(), place);
  EXPECT_EQ(number(object_of(place)->word(kHeaderBytes)[99'999]), 5);
  expect_sound();
  large.set(0);
  heap_->collect_major();
  EXPECT_LT(old_bytes(), with - 800'000 + (std::size_t{128} << 10U));
}

TEST_F(HeapTest, BulkCopiesAndFillsGoThroughTheBarrier) {
  Root from(*heap_, reference_to(heap_->new_array_of_zeros(array(), 20'000)));
  Root to(*heap_, reference_to(heap_->new_array_of_zeros(array(), 20'000)));
  heap_->collect_minor();
  const std::uint64_t value = new_pair(nullptr, nullptr, 9);
  fill(*heap_, object_of(from.get()), 5, 10, &value);
  copy(*heap_, object_of(to.get()), 100, object_of(from.get()), 0, 50);
  expect_sound();
  heap_->collect_minor();
  EXPECT_EQ(number(object_of(to.get())->word(kHeaderBytes)[114]), 9);
  EXPECT_EQ(object_of(to.get())->word(kHeaderBytes)[115], 0);
  expect_sound();
}

TEST_F(HeapTest, EverySizeOfObjectSurvives) {
  std::vector<std::unique_ptr<Root>> roots;
  for (std::uint32_t length = 0; length < 9000; length += 7) {
    Object* const object = heap_->new_array_of_zeros(bytes(), length);
    ASSERT_NE(object, nullptr);
    std::memset(object->elements(), static_cast<int>(length % 251), length);
    roots.push_back(std::make_unique<Root>(*heap_, reference_to(object)));
  }
  heap_->collect_major();
  expect_sound();
  std::uint32_t length = 0;
  for (const auto& root : roots) {
    const Object* object = object_of(root->get());
    ASSERT_EQ(object->length, length);
    for (std::uint32_t i = 0; i < length; ++i)
      ASSERT_EQ(static_cast<std::uint8_t>(object->elements()[i]), length % 251);
    length += 7;
  }
}

TEST_F(HeapTest, AnExhaustedHeapAnswersNullAndRecovers) {
  make({.max_bytes = std::size_t{4} << 20U});
  Root list(*heap_);
  std::size_t count = 0;
  for (; count < 1'000'000; ++count) {
    const std::uint64_t next = new_pair(&list, nullptr, 0);
    if (next == 0) break;
    list.set(next);
  }
  EXPECT_GT(count, 50'000U);
  EXPECT_LT(count, 140'000U);
  EXPECT_LE(old_bytes(), std::size_t{5} << 20U);
  expect_sound();
  EXPECT_EQ(heap_->new_array(bytes(), 64U << 20U), nullptr);
  EXPECT_EQ(heap_->new_array(array(), 0xffff'ffff), nullptr);
  list.set(0);
  EXPECT_NE(new_pair(nullptr, nullptr, 0), 0U);
}

TEST_F(HeapTest, ExceptionsCarryATagAndAPayload) {
  auto type = std::make_unique<RuntimeType>();
  type->id = 3;
  type->kind = TypeKind::kException;
  type->layout.size = 32;
  type->layout.references = {24};
  types_.push_back(std::move(type));
  Root payload(*heap_, new_pair(nullptr, nullptr, 6));
  const std::uint64_t slots[] = {0x1234'5678'9abc'def0, payload.get()};
  const int tag = 0;
  Root exception(*heap_, reference_to(heap_->new_exception(*types_[3], &tag, slots)));
  payload.set(0);
  heap_->collect_minor();
  heap_->collect_major();
  const Object* object = object_of(exception.get());
  EXPECT_EQ(Heap::exception_tag(object), &tag);
  EXPECT_EQ(Heap::exception_payload(object)[0], 0x1234'5678'9abc'def0);
  EXPECT_EQ(number(Heap::exception_payload(object)[1]), 6);
  expect_sound();
}

TEST_F(HeapTest, StressMovesAtEveryAllocation) {
  make({.stress = true});
  Root root(*heap_, new_pair(nullptr, nullptr, 3));
  for (std::uint32_t i = 0; i < 100; ++i) {
    const std::uint64_t before = root.get();
    root.set(new_pair(&root, nullptr, i));
    EXPECT_NE(root.get(), before);
  }
  std::uint64_t at = root.get();
  for (std::uint32_t i = 100; i > 0; --i, at = first(at)) EXPECT_EQ(number(at), i - 1);
  EXPECT_EQ(number(at), 3);
  EXPECT_GE(heap_->statistics().minor_pauses.count(), 100U);
}

TEST(PausesTest, PercentilesBoundTheirPauses) {
  Pauses pauses;
  for (int i = 1; i <= 1000; ++i) pauses.add(std::chrono::microseconds(i));
  EXPECT_EQ(pauses.count(), 1000U);
  EXPECT_GE(pauses.percentile(50), std::chrono::microseconds(500));
  EXPECT_LE(pauses.percentile(50), std::chrono::microseconds(570));
  EXPECT_GE(pauses.percentile(99), std::chrono::microseconds(990));
  EXPECT_EQ(pauses.percentile(100), std::chrono::microseconds(1000));
}

}  // namespace
}  // namespace doppel::bytecode::gc
