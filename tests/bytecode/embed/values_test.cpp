// SPDX-License-Identifier: Apache-2.0
// What crosses between host and guest besides numbers: vectors, references, several results,
// exceptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bytecode/embed/wasm.h"

namespace doppel::wasm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A store with what a test defines, and its one instance.
class Values : public testing::Test {
 protected:
  Instance add(std::string_view text) {
    auto module = Module::load(text);
    if (!module) throw std::runtime_error(module.error().message);
    auto instance = store.instantiate(*module);
    if (!instance) throw std::runtime_error(instance.error().message);
    return *instance;
  }
  template <class Signature>
  static Function<Signature> function(const Instance& instance, std::string_view name) {
    auto found = instance.function<Signature>(name);
    if (!found) throw std::runtime_error(found.error().message);
    return *found;
  }

  Store store = std::move(*Store::create());
};

constexpr std::string_view kBox = R"(
  (type $box (struct (field (mut i32))))
  (func (export "new") (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
  (func (export "get") (param (ref $box)) (result i32) (struct.get $box 0 (local.get 0)))
  (func (export "pass") (param anyref) (result anyref) (local.get 0))
  (func (export "garbage") (loop (drop (struct.new $box (i32.const 1)))
    (br_if 0 (i32.ne (i32.const 0) (global.get $left)
             (global.set $left (i32.sub (global.get $left) (i32.const 1))))))
    (global.set $left (i32.const 100000)))
  (global $left (mut i32) (i32.const 100000)))";

TEST_F(Values, VectorsGoBothWays) {
  V128 seen;
  store.define("host", "double", [&](const V128& vector, int times) {
    seen = vector;
    auto lanes = vector.lanes<std::int32_t>();
    for (std::int32_t& lane : lanes) lane *= times;
    return V128::of(lanes);
  });
  const Instance instance = add(R"(
    (import "host" "double" (func $double (param v128 i32) (result v128)))
    (func (export "f") (param i64 v128 f32) (result v128)
      (i32x4.add (call $double (local.get 1) (i32.const 3)) (i32x4.splat (i32.wrap_i64 (local.get 0))))))");
  const auto f = function<V128(std::int64_t, V128, float)>(instance, "f");
  const V128 vector = V128::of(std::array{1, 2, -3, 4});
  EXPECT_THAT(f(10, vector, 0.5F).value().lanes<std::int32_t>(), ElementsAre(13, 16, 1, 22));
  EXPECT_EQ(seen, vector);
}

TEST_F(Values, SeveralResultsAreATuple) {
  store.define("host", "split", [](std::uint64_t number) {
    return std::tuple(static_cast<std::uint32_t>(number >> 32U),
                      V128::of(std::array{number, number}), static_cast<std::uint32_t>(number));
  });
  const Instance instance = add(R"(
    (import "host" "split" (func $split (param i64) (result i32 v128 i32)))
    (func (export "split") (param i64) (result i32 v128 i32) (call $split (local.get 0))))");
  using Parts = std::tuple<std::uint32_t, V128, std::uint32_t>;
  const auto [high, both, low] =
      function<Parts(std::uint64_t)>(instance, "split")(5ULL << 32U | 7).value();
  EXPECT_EQ(high, 5U);
  EXPECT_EQ(low, 7U);
  EXPECT_EQ(both.lanes<std::uint64_t>()[1], 5ULL << 32U | 7);
}

TEST_F(Values, ObjectsStayWhileTheHostHasThem) {
  const Instance instance = add(kBox);
  const auto make = function<AnyRef(int)>(instance, "new");
  const auto get = function<int(AnyRef)>(instance, "get");
  const AnyRef one = make(41).value();
  const AnyRef other = make(42).value();
  ASSERT_TRUE(function<void()>(instance, "garbage")());
  EXPECT_EQ(get(one).value(), 41);
  EXPECT_EQ(get(other).value(), 42);
  EXPECT_FALSE(one == other);
  EXPECT_TRUE(function<AnyRef(AnyRef)>(instance, "pass")(one).value() == one);
}

TEST_F(Values, ArgumentsOfTooWideATypeTrap) {
  const Instance instance = add(kBox);
  const auto get = function<int(AnyRef)>(instance, "get");
  for (const AnyRef& wrong : {AnyRef(), AnyRef::i31(3), ExternRef::host(3).to_any()}) {
    const auto trapped = get(wrong);
    ASSERT_FALSE(trapped);
    EXPECT_EQ(trapped.error().kind, TrapKind::kCastFailure);
  }
}

TEST_F(Values, ReferencesOfAnotherStoreTrap) {
  const AnyRef foreign = function<AnyRef(int)>(add(kBox), "new")(1).value();
  store = std::move(*Store::create());
  const Instance instance = add(kBox);
  const auto trapped = function<AnyRef(AnyRef)>(instance, "pass")(foreign);
  ASSERT_FALSE(trapped);
  EXPECT_THAT(trapped.error().message, HasSubstr("another store"));
}

TEST_F(Values, SmallIntegersAndHostValuesAreReferences) {
  const Instance instance = add(R"(
    (func (export "i31") (param anyref) (result i32)
      (i31.get_s (ref.cast i31ref (local.get 0))))
    (func (export "null") (param externref) (result i32) (ref.is_null (local.get 0)))
    (func (export "pass") (param externref) (result externref) (local.get 0)))");
  EXPECT_EQ(function<int(AnyRef)>(instance, "i31")(AnyRef::i31(-5)).value(), -5);
  EXPECT_EQ(AnyRef::i31(-5).as_i31(), -5);
  EXPECT_EQ(AnyRef().as_i31(), std::nullopt);
  const auto pass = function<ExternRef(ExternRef)>(instance, "pass");
  EXPECT_EQ(pass(ExternRef::host(123'456)).value().as_host(), 123'456U);
  EXPECT_EQ(pass(AnyRef::i31(7).to_extern()).value().to_any().as_i31(), 7);
  EXPECT_FALSE(pass(ExternRef()).value());
  EXPECT_EQ(function<int(ExternRef)>(instance, "null")(ExternRef()).value(), 1);
}

TEST_F(Values, FunctionsAreCalledThroughReferences) {
  FuncRef kept;
  store.define("host", "keep", [&](const FuncRef& callback) { kept = callback; });
  const Instance instance = add(R"(
    (import "host" "keep" (func $keep (param funcref)))
    (elem declare func $triple)
    (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func (export "give") (call $keep (ref.func $triple)))
    (type $unary (func (param i32) (result i32)))
    (func (export "apply") (param funcref i32) (result i32)
      (call_ref $unary (local.get 1) (ref.cast (ref $unary) (local.get 0)))))");
  EXPECT_EQ(kept.function<int(int)>().error().kind, ErrorKind::kUnlinkable);
  ASSERT_TRUE(function<void()>(instance, "give")());
  EXPECT_EQ((*kept.function<int(int)>())(7).value(), 21);
  EXPECT_FALSE(kept.function<float(int)>());
  const auto apply = function<int(FuncRef, int)>(instance, "apply");
  EXPECT_EQ(apply(kept, 5).value(), 15);
  EXPECT_EQ(apply(FuncRef(apply), 5).error().kind, TrapKind::kCastFailure);
}

TEST_F(Values, AnExceptionOfTheGuestIsSeen) {
  const Instance instance = add(R"(
    (tag $e (export "e") (param i32 v128))
    (tag (export "other") (param i32))
    (func (export "f") (throw $e (i32.const 7) (v128.const i32x4 1 2 3 4))))");
  const auto tag = *instance.tag<int, V128>("e");
  const auto thrown = function<void()>(instance, "f")();
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, TrapKind::kUncaughtException);
  const auto payload = tag.payload(thrown.error());
  ASSERT_TRUE(payload);
  EXPECT_EQ(std::get<0>(*payload), 7);
  EXPECT_THAT(std::get<1>(*payload).lanes<int>(), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(instance.tag<int>("other")->payload(thrown.error()));
  EXPECT_EQ(instance.tag<int>("e").error().kind, ErrorKind::kUnlinkable);
  EXPECT_EQ(instance.tag<int>("f").error().kind, ErrorKind::kUnlinkable);
}

TEST_F(Values, TheHostThrowsExceptions) {
  const auto tag = store.define_tag<int, AnyRef>("host", "e");
  store.define("host", "throw", [&](int number, const AnyRef& object) -> tl::expected<int, Trap> {
    if (number < 0) return -number;
    return tl::unexpected(tag.exception(number, object));
  });
  const Instance instance = add(R"(
    (import "host" "e" (tag $e (param i32 anyref)))
    (import "host" "throw" (func $throw (param i32 anyref) (result i32)))
    (func (export "catch") (param i32) (result i32) (local $box anyref)
      (block $caught (result i32 anyref)
        (try_table (catch $e $caught)
          (return (call $throw (local.get 0) (ref.i31 (i32.const 100)))))
        unreachable)
      (local.set $box)
      (i32.add (i31.get_s (ref.cast (ref i31) (local.get $box)))))
    (func (export "pass") (param i32) (result i32) (call $throw (local.get 0) (ref.null any))))");
  const auto caught = function<int(int)>(instance, "catch");
  EXPECT_EQ(caught(-3).value(), 3);
  EXPECT_EQ(caught(5).value(), 105);
  const auto thrown = function<int(int)>(instance, "pass")(6);
  ASSERT_FALSE(thrown);
  EXPECT_EQ(std::get<0>(tag.payload(thrown.error()).value()), 6);
}

TEST_F(Values, AnExceptionPassesThroughTheHost) {
  std::optional<Function<void(int)>> inner;
  store.define("host", "through",
               [&](int number) -> tl::expected<void, Trap> { return (*inner)(number); });
  const Instance instance = add(R"(
    (import "host" "through" (func $through (param i32)))
    (tag $e (param i32))
    (func (export "inner") (param i32)
      (if (i32.eqz (local.get 0)) (then unreachable))
      (throw $e (local.get 0)))
    (func (export "outer") (param i32) (result i32)
      (block $caught (result i32)
        (try_table (catch $e $caught) (call $through (local.get 0)))
        (i32.const -1))))");
  inner = function<void(int)>(instance, "inner");
  const auto outer = function<int(int)>(instance, "outer");
  EXPECT_EQ(outer(9).value(), 9);
  EXPECT_EQ(outer(0).error().kind, TrapKind::kUnreachable);
}

}  // namespace
}  // namespace doppel::wasm
