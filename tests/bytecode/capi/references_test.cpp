// SPDX-License-Identifier: Apache-2.0
// Handles of the C interface: identity, host info, objects of the guest, and stores that have
// ended.
#include "tests/bytecode/capi/host.h"

namespace doppel::bytecode::capi {
namespace {

constexpr std::string_view kBoxes = R"(
  (type $box (struct (field (mut i32))))
  (func (export "box") (param i32) (result externref)
    (extern.convert_any (struct.new $box (local.get 0))))
  (func (export "unbox") (param externref) (result i32)
    (struct.get $box 0 (ref.cast (ref $box) (any.convert_extern (local.get 0)))))
  (func (export "waste") (param i32)
    (loop (drop (struct.new $box (local.get 0)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "i31") (param i32) (result externref)
    (extern.convert_any (ref.i31 (local.get 0)))))";

TEST(CapiReferences, ToObjectsOfTheGuestSurviveTheirMoving) {
  Host host;
  const auto instance = host.instance(kBoxes);
  std::vector<Ptr<wasm_ref_t>> boxes;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(host.call(Host::item(instance, 0).get(), {i32(i)}), nullptr);
    boxes.emplace_back(std::exchange(host.results.data[0].of.ref, nullptr));
    ASSERT_EQ(host.call(Host::item(instance, 2).get(), {i32(5000)}), nullptr);
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(host.call(Host::item(instance, 1).get(), {ref(boxes[i].get())}), nullptr);
    EXPECT_EQ(host.results.data[0].of.i32, i);
    const Ptr<wasm_ref_t> copy(wasm_ref_copy(boxes[i].get()));
    EXPECT_TRUE(wasm_ref_same(copy.get(), boxes[i].get()));
    EXPECT_FALSE(wasm_ref_same(copy.get(), boxes[(i + 1) % 100].get()));
  }
  EXPECT_EQ(wasm_ref_as_foreign(boxes[0].get()), nullptr);
  EXPECT_EQ(host.call(Host::item(instance, 3).get(), {i32(7)}), nullptr);
  EXPECT_EQ(message_of(host.call(Host::item(instance, 1).get(), {host.results.data[0]}).get()),
            "cast failure");
}

TEST(CapiReferences, OfAnotherStoreAreRefused) {
  Host host;
  Host other;
  const auto instance = host.instance(kBoxes);
  const Ptr<wasm_foreign_t> foreign(wasm_foreign_new(other.store.get()));
  EXPECT_EQ(
      message_of(host.call(Host::item(instance, 1).get(), {ref(wasm_foreign_as_ref(foreign.get()))})
                     .get()),
      "argument 0: found a value of another type, expected one of type externref");
  const auto theirs = other.instance(R"((func (export "f")) (table (export "t") 1 funcref))");
  const auto f = Host::item(theirs, 0);
  EXPECT_EQ(host.instance(R"((import "" "" (func)))", {f.get()}), nullptr);
  EXPECT_EQ(message_of(host.trap.get()),
            "import 0: found something of another store, expected something of this");
  EXPECT_EQ(host.instance(R"((import "" "" (func)))", {nullptr}), nullptr);
  EXPECT_EQ(host.instance(R"((import "" "" (func)))"), nullptr);
  EXPECT_EQ(message_of(host.trap.get()), "0 imports given, expected 1");
}

TEST(CapiReferences, KeepHostInfoWithWhatTheyReferTo) {
  Host host;
  const auto instance = host.instance(R"((memory (export "m") 1) (func (export "f")))");
  const auto first = Host::item(instance, 0);
  const auto again = Host::item(instance, 0);
  int info = 0;
  EXPECT_EQ(wasm_extern_get_host_info(first.get()), nullptr);
  wasm_extern_set_host_info(first.get(), &info);
  EXPECT_EQ(wasm_memory_get_host_info(wasm_extern_as_memory(again.get())), &info);
  EXPECT_EQ(wasm_extern_get_host_info(Host::item(instance, 1).get()), nullptr);
  EXPECT_TRUE(wasm_extern_same(first.get(), again.get()));
  EXPECT_EQ(wasm_extern_as_func(first.get()), nullptr);
  EXPECT_EQ(wasm_ref_as_extern(wasm_extern_as_ref(first.get())), first.get());
  EXPECT_EQ(wasm_ref_as_trap(wasm_extern_as_ref(first.get())), nullptr);
  EXPECT_TRUE(wasm_extern_same(nullptr, nullptr));
  EXPECT_FALSE(wasm_extern_same(nullptr, first.get()));
}

TEST(CapiReferences, MayBeDeletedAfterTheirStore) {
  int finalized = 0;
  const auto finalize = [](void* count) { ++*static_cast<int*>(count); };
  Ptr<wasm_instance_t> instance;
  Ptr<wasm_module_t> module;
  Ptr<wasm_ref_t> box;
  Ptr<wasm_trap_t> trap;
  Ptr<wasm_foreign_t> foreign;
  {
    Host host;
    module = host.module(kBoxes);
    instance = host.instance(kBoxes);
    ASSERT_EQ(host.call(Host::item(instance, 0).get(), {i32(1)}), nullptr);
    box.reset(std::exchange(host.results.data[0].of.ref, nullptr));
    trap = host.call(Host::item(instance, 1).get(), {ref(nullptr)});
    foreign.reset(wasm_foreign_new(host.store.get()));
    wasm_module_set_host_info_with_finalizer(module.get(), &finalized, finalize);
    wasm_ref_set_host_info_with_finalizer(box.get(), &finalized, finalize);
    wasm_instance_set_host_info_with_finalizer(instance.get(), &finalized, finalize);
    wasm_foreign_set_host_info_with_finalizer(foreign.get(), &finalized, finalize);
  }
  EXPECT_EQ(finalized, 1) << "the instance's; the others are kept by their handles";
  EXPECT_EQ(message_of(trap.get()), "cast failure");
  EXPECT_EQ(wasm_trap_origin(trap.get()), nullptr) << "its instance is no more";
  const Ptr<wasm_instance_t> copy(wasm_instance_copy(instance.get()));
  EXPECT_TRUE(wasm_instance_same(copy.get(), instance.get()));
  module.reset();
  box.reset();
  foreign.reset();
  EXPECT_EQ(finalized, 4);
}

TEST(CapiReferences, ThatAGuestHasHadEndWithTheStore) {
  int finalized = 0;
  {
    Host host;
    const auto instance = host.instance(R"(
      (global $kept (mut externref) (ref.null extern))
      (func (export "keep") (param externref) (global.set $kept (local.get 0)))
      (func (export "kept") (result externref) (global.get $kept)))");
    const auto keep = Host::item(instance, 0);
    for (int i = 0; i < 10; ++i) {
      Ptr<wasm_foreign_t> foreign(wasm_foreign_new(host.store.get()));
      wasm_foreign_set_host_info_with_finalizer(foreign.get(), &finalized,
                                                [](void* count) { ++*static_cast<int*>(count); });
      ASSERT_EQ(host.call(keep.get(), {ref(wasm_foreign_as_ref(foreign.get()))}), nullptr);
    }
    ASSERT_EQ(host.call(Host::item(instance, 1).get()), nullptr);
    EXPECT_EQ(wasm_ref_get_host_info(host.results.data[0].of.ref), &finalized);
    EXPECT_EQ(finalized, 0);
    wasm_val_delete(&host.results.data[0]);
  }
  EXPECT_EQ(finalized, 10);
}

TEST(CapiReferences, ToFunctionsAreFuncrefsAndExternrefs) {
  Host host;
  const auto instance = host.instance(R"(
    (type $unary (func (param i32) (result i32)))
    (func $twice (export "twice") (type $unary) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "apply") (param funcref i32) (result i32)
      (call_ref $unary (local.get 1) (ref.cast (ref $unary) (local.get 0))))
    (func (export "apply typed") (param (ref $unary) i32) (result i32)
      (call_ref $unary (local.get 1) (local.get 0)))
    (func (export "pass") (param externref) (result externref) (local.get 0))
    (func (export "none")))");
  const auto twice = Host::item(instance, 0);
  wasm_ref_t* const f = wasm_extern_as_ref(twice.get());
  for (const std::size_t apply : {1, 2}) {
    ASSERT_EQ(host.call(Host::item(instance, apply).get(), {ref(f), i32(21)}), nullptr);
    EXPECT_EQ(host.results.data[0].of.i32, 42);
  }
  const auto none = Host::item(instance, 4);
  for (wasm_ref_t* const wrong : {wasm_extern_as_ref(none.get()), static_cast<wasm_ref_t*>(nullptr),
                                  wasm_instance_as_ref(instance.get())}) {
    EXPECT_NE(host.call(Host::item(instance, 2).get(), {ref(wrong), i32(21)}), nullptr);
  }
  ASSERT_EQ(host.call(Host::item(instance, 3).get(), {ref(f)}), nullptr);
  EXPECT_TRUE(wasm_ref_same(host.results.data[0].of.ref, f));
  EXPECT_NE(wasm_ref_as_func(host.results.data[0].of.ref), nullptr);
}

}  // namespace
}  // namespace doppel::bytecode::capi
