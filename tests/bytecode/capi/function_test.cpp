// SPDX-License-Identifier: Apache-2.0
// Calls through the C interface, both ways, and how they end: results, traps, exceptions.
#include "tests/bytecode/capi/host.h"

namespace doppel::bytecode::capi {
namespace {

wasm_trap_t* make_trap(const Host& host, std::string_view message) {
  const wasm_message_t bytes{message.size(), const_cast<char*>(message.data())};
  return wasm_trap_new(host.store.get(), &bytes);
}

TEST(CapiFunctions, OfTheHostAreCalledByBothSides) {
  Host host;
  const auto add = host.function(
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32()),
      [](const wasm_val_vec_t& args, wasm_val_vec_t& results) {
        results.data[0] = i32(args.data[0].of.i32 + args.data[1].of.i32);
        return nullptr;
      });
  ASSERT_EQ(host.call(wasm_func_as_extern(add.get()), {i32(2), i32(3)}), nullptr);
  EXPECT_EQ(host.results.data[0].of.i32, 5);
  const auto instance = host.instance(R"(
    (import "" "" (func $add (param i32 i32) (result i32)))
    (export "add" (func $add)))",
                                      {wasm_func_as_extern(add.get())});
  const auto exported = Host::item(instance, 0);
  ASSERT_EQ(host.call(exported.get(), {i32(-2), i32(3)}), nullptr);
  EXPECT_EQ(host.results.data[0].of.i32, 1);
  EXPECT_TRUE(wasm_func_same(wasm_extern_as_func(exported.get()), add.get()));
}

TEST(CapiFunctions, WantWhatTheirTypeSays) {
  Host host;
  const auto instance = host.instance(R"((func (export "f") (param i32) (result i32) (local.get 0))
                                         (func (export "v") (param v128)))");
  const auto item = Host::item(instance, 0);
  const wasm_func_t* const f = wasm_extern_as_func(item.get());
  wasm_val_t value = i32(1);
  wasm_val_t room[1];
  const wasm_val_vec_t one{1, &value};
  wasm_val_vec_t results{1, room};
  wasm_val_vec_t none{0, nullptr};
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_func_call(f, &none, &results)).get()),
            "found 0 arguments, expected 1");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_func_call(f, nullptr, &results)).get()),
            "found 0 arguments, expected 1");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_func_call(f, &one, &none)).get()),
            "found 0 places for results, expected 1");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_func_call(f, &one, nullptr)).get()),
            "found 0 places for results, expected 1");
  value.kind = WASM_F32;
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_func_call(f, &one, &results)).get()),
            "argument 0: found a value of another type, expected one of type i32");
  EXPECT_EQ(message_of(host.call(Host::item(instance, 1).get(), {value}).get()),
            "vectors cannot be given to or by C");
  const Ptr<wasm_functype_t> vector(wasm_functype_new_1_0(wasm_valtype_new(WASM_V128)));
  EXPECT_EQ(wasm_func_new(host.store.get(), vector.get(), nullptr), nullptr);
}

TEST(CapiFunctions, OfTheHostMustAnswerWhatTheirTypeSays) {
  Host host;
  const auto answer = [&](Host::Body body) {
    const auto f = host.function(wasm_functype_new_0_1(wasm_valtype_new_i64()), std::move(body));
    return message_of(host.call(wasm_func_as_extern(f.get())).get());
  };
  EXPECT_EQ(answer([](auto&, auto& results) {
              results.data[0] = i32(1);
              return nullptr;
            }),
            "result 0: found a value of another type, expected one of type i64");
  EXPECT_EQ(answer([](auto&, auto& results) {
              results.size = 0;
              return nullptr;
            }),
            "found 0 results, expected 1");
  EXPECT_EQ(answer([](auto&, auto&) { return nullptr; }), "none") << "the result stays zero";
  EXPECT_EQ(answer([](auto&, auto& results) {
              wasm_val_vec_new_uninitialized(&results, 1);
              results.data[0].kind = WASM_I64;
              results.data[0].of.i64 = 8;
              return nullptr;
            }),
            "none");
  EXPECT_EQ(host.results.data[0].of.i64, 8);
}

TEST(CapiFunctions, ManyArgumentsAndResultsCross) {
  Host host;
  std::string types;
  std::vector<wasm_val_t> args;
  for (int i = 0; i < 200; ++i) {
    types += " i32";
    args.push_back(i32(i));
  }
  std::string gets;
  for (int i = 199; i >= 0; --i) gets += "(local.get " + std::to_string(i) + ")";
  const auto instance = host.instance("(func (export \"reverse\") (param" + types + ") (result" +
                                      types + ")" + gets + ")");
  ASSERT_EQ(host.call(Host::item(instance, 0).get(), args), nullptr);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(host.results.data[i].of.i32, 199 - i);
}

TEST(CapiTraps, HaveMessagesWithATerminatingZero) {
  Host host;
  using namespace std::string_literals;
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(make_trap(host, "said"s)).get()), "said");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(make_trap(host, "said\0"s)).get()), "said");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(make_trap(host, "a\0b\0"s)).get()), "a\0b"s);
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(make_trap(host, ""s)).get()), "");
  EXPECT_EQ(message_of(Ptr<wasm_trap_t>(wasm_trap_new(host.store.get(), nullptr)).get()), "");
  const Ptr<wasm_trap_t> fresh(make_trap(host, "said"s));
  EXPECT_EQ(wasm_trap_origin(fresh.get()), nullptr);
  wasm_frame_vec_t trace;
  wasm_trap_trace(fresh.get(), &trace);
  EXPECT_EQ(trace.size, 0U);
  wasm_frame_vec_delete(&trace);
}

TEST(CapiTraps, SayWhereTheyOccurred) {
  Host host;
  const auto instance = host.instance(R"(
    (func $div (param i32) (result i32) (local i64 f32)
      (i32.div_s (i32.const 1) (local.get 0)))
    (func (export "run") (param i32) (result i32) (nop) (call $div (local.get 0))))");
  const auto trap = host.call(Host::item(instance, 0).get(), {i32(0)});
  EXPECT_EQ(message_of(trap.get()), "integer divide by zero");
  const Ptr<wasm_frame_t> origin(wasm_trap_origin(trap.get()));
  ASSERT_NE(origin, nullptr);
  EXPECT_EQ(wasm_frame_func_index(origin.get()), 0U);
  EXPECT_EQ(wasm_frame_func_offset(origin.get()), 5U + 4U) << "behind two groups of locals";
  EXPECT_TRUE(wasm_instance_same(wasm_frame_instance(origin.get()), instance.get()));
  wasm_frame_vec_t trace;
  wasm_trap_trace(trap.get(), &trace);
  ASSERT_EQ(trace.size, 2U);
  EXPECT_EQ(wasm_frame_func_index(trace.data[1]), 1U);
  EXPECT_EQ(wasm_frame_func_offset(trace.data[1]), 1U + 3U);
  EXPECT_GT(wasm_frame_module_offset(trace.data[1]), wasm_frame_module_offset(trace.data[0]));
  wasm_frame_vec_t copy;
  wasm_frame_vec_copy(&copy, &trace);
  wasm_frame_vec_delete(&trace);
  EXPECT_EQ(wasm_frame_func_index(copy.data[1]), 1U);
  wasm_frame_vec_delete(&copy);
}

TEST(CapiTraps, OfAStartFunctionAreToldByInstantiation) {
  Host host;
  EXPECT_EQ(host.instance("(func $main (unreachable)) (start $main)"), nullptr);
  EXPECT_EQ(message_of(host.trap.get()), "unreachable");
  EXPECT_NE(Ptr<wasm_frame_t>(wasm_trap_origin(host.trap.get())), nullptr);
  const auto module = host.module("(func $main (unreachable)) (start $main)");
  EXPECT_EQ(wasm_instance_new(host.store.get(), module.get(), nullptr, nullptr), nullptr);
}

TEST(CapiTraps, ThatNobodyAsksForAreForgotten) {
  Host host;
  const auto fail = host.function(wasm_functype_new_0_0(),
                                  [&](auto&, auto&) { return make_trap(host, "forgotten"); });
  const auto module = host.module(R"((import "" "" (func $f)) (start $f))");
  wasm_extern_t* items[] = {wasm_func_as_extern(fail.get())};
  const wasm_extern_vec_t imports{1, items};
  EXPECT_EQ(wasm_instance_new(host.store.get(), module.get(), &imports, nullptr), nullptr);
  const auto wrong =
      host.function(wasm_functype_new_0_1(wasm_valtype_new_i32()), [](auto&, auto& results) {
        results.size = 0;
        return nullptr;
      });
  EXPECT_EQ(message_of(host.call(wasm_func_as_extern(wrong.get())).get()),
            "found 0 results, expected 1");
}

TEST(CapiTraps, GoThroughHostFunctionsAsTheSame) {
  Host host;
  int info = 0;
  Ptr<wasm_extern_t> inner;
  Ptr<wasm_trap_t> made;
  const auto fail = host.function(wasm_functype_new_0_0(), [&](auto&, auto&) {
    made.reset(make_trap(host, "deep"));
    wasm_trap_set_host_info(made.get(), &info);
    return wasm_trap_copy(made.get());
  });
  const auto pass = host.function(wasm_functype_new_0_0(),
                                  [&](auto&, auto&) { return host.call(inner.get()).release(); });
  constexpr std::string_view kCalls = R"(
    (import "" "" (func $f)) (func (export "run") (call $f) (unreachable)))";
  const auto low = host.instance(kCalls, {wasm_func_as_extern(fail.get())});
  const auto high = host.instance(kCalls, {wasm_func_as_extern(pass.get())});
  inner = Host::item(low, 0);
  for (int i = 0; i < 3; ++i) {
    const auto trap = host.call(Host::item(high, 0).get());
    EXPECT_EQ(message_of(trap.get()), "deep");
    EXPECT_TRUE(wasm_trap_same(trap.get(), made.get()));
    EXPECT_EQ(wasm_trap_get_host_info(trap.get()), &info);
    wasm_frame_vec_t trace;
    wasm_trap_trace(trap.get(), &trace);
    ASSERT_EQ(trace.size, 2U);
    EXPECT_TRUE(wasm_instance_same(wasm_frame_instance(trace.data[0]), low.get()));
    EXPECT_TRUE(wasm_instance_same(wasm_frame_instance(trace.data[1]), high.get()));
    wasm_frame_vec_delete(&trace);
  }
}

TEST(CapiTraps, ThatAreAnsweredAgainAndAgainStayBounded) {
  Host host;
  const Ptr<wasm_trap_t> always(make_trap(host, "always"));
  const auto fail = host.function(wasm_functype_new_0_0(),
                                  [&](auto&, auto&) { return wasm_trap_copy(always.get()); });
  const auto instance = host.instance(R"((import "" "" (func $f)) (func (export "run") (call $f)))",
                                      {wasm_func_as_extern(fail.get())});
  for (int i = 0; i < 10'000; ++i)
    ASSERT_TRUE(wasm_trap_same(host.call(Host::item(instance, 0).get()).get(), always.get()));
  wasm_frame_vec_t trace;
  wasm_trap_trace(always.get(), &trace);
  EXPECT_LE(trace.size, 4096U);
  wasm_frame_vec_delete(&trace);
}

TEST(CapiTraps, OfAnotherStoreAreTheirMessages) {
  Host host;
  Host other;
  const auto fail = host.function(wasm_functype_new_0_0(),
                                  [&](auto&, auto&) { return make_trap(other, "elsewhere"); });
  EXPECT_EQ(message_of(host.call(wasm_func_as_extern(fail.get())).get()),
            "host function failed: elsewhere");
}

TEST(CapiTraps, EndRecursionWithoutEnd) {
  Host host;
  Ptr<wasm_extern_t> run;
  const auto again = host.function(wasm_functype_new_0_0(),
                                   [&](auto&, auto&) { return host.call(run.get()).release(); });
  const auto instance = host.instance(R"((import "" "" (func $f)) (func (export "run") (call $f)))",
                                      {wasm_func_as_extern(again.get())});
  run = Host::item(instance, 0);
  const auto trap = host.call(run.get());
  EXPECT_EQ(message_of(trap.get()), "call stack exhausted: host calls nest too deeply");
}

TEST(CapiExceptions, GoOnThroughHostFunctionsAndAreCaught) {
  Host host;
  const auto thrower = host.instance(R"(
    (tag $t (export "t") (param i32))
    (func (export "throw") (param i32) (throw $t (local.get 0))))");
  const auto tag = Host::item(thrower, 0);
  EXPECT_EQ(wasm_extern_kind(tag.get()), WASM_EXTERN_TAG);
  const auto throws = Host::item(thrower, 1);
  const auto pass = host.function(wasm_functype_new_1_0(wasm_valtype_new_i32()),
                                  [&](const wasm_val_vec_t& args, auto&) {
                                    return host.call(throws.get(), {args.data[0]}).release();
                                  });
  const auto catcher = host.instance(R"(
    (import "" "t" (tag $t (param i32)))
    (import "" "f" (func $f (param i32)))
    (func (export "catch") (param i32) (result i32)
      (block $caught (result i32)
        (try_table (catch $t $caught) (call $f (local.get 0)))
        (i32.const 0)))
    (func (export "trap") (unreachable)))",
                                     {tag.get(), wasm_func_as_extern(pass.get())});
  ASSERT_NE(catcher, nullptr) << message_of(host.trap.get());
  ASSERT_EQ(host.call(Host::item(catcher, 0).get(), {i32(12)}), nullptr);
  EXPECT_EQ(host.results.data[0].of.i32, 12);
  EXPECT_EQ(message_of(host.call(Host::item(catcher, 1).get()).get()), "unreachable");
  EXPECT_EQ(message_of(host.call(throws.get(), {i32(1)}).get()),
            "uncaught exception: with a tag of type [i32] -> []");
}

TEST(CapiExceptions, AreReferencesThatAreNoOthers) {
  Host host;
  const auto instance = host.instance(R"(
    (tag $t (param i32))
    (func (export "make") (result exnref)
      (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $t (i32.const 5)))
        (unreachable)))
    (func (export "throw") (param exnref) (throw_ref (local.get 0)))
    (func (export "pass") (param externref) (result externref) (local.get 0)))");
  ASSERT_EQ(host.call(Host::item(instance, 0).get()), nullptr);
  const Ptr<wasm_ref_t> exception(std::exchange(host.results.data[0].of.ref, nullptr));
  EXPECT_EQ(message_of(host.call(Host::item(instance, 1).get(), {ref(exception.get())}).get()),
            "uncaught exception: with a tag of type [i32] -> []");
  EXPECT_NE(host.call(Host::item(instance, 2).get(), {ref(exception.get())}), nullptr);
  const Ptr<wasm_foreign_t> foreign(wasm_foreign_new(host.store.get()));
  EXPECT_EQ(
      message_of(host.call(Host::item(instance, 1).get(), {ref(wasm_foreign_as_ref(foreign.get()))})
                     .get()),
      "argument 0: found a value of another type, expected one of type exnref");
}

}  // namespace
}  // namespace doppel::bytecode::capi
