// SPDX-License-Identifier: Apache-2.0
// Canonical numbers of types across modules, and subtyping over them.
#include "bytecode/runtime/runtime_types.h"

#include <gtest/gtest.h>

#include "bytecode/binary/decoder.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode {
namespace {

/// Adds the types of a module in the text format; their numbers.
std::vector<std::uint32_t> add(RuntimeTypes& types, std::string_view text) {
  const auto bytes = assemble("(module " + std::string(text) + ")", "types.wat");
  EXPECT_TRUE(bytes) << bytes.error().message;
  const auto module = decode(bytes.value(), Features::wasm3());
  EXPECT_TRUE(module) << module.error().message;
  return types.add(module->types);
}

TEST(RuntimeTypesTest, EqualGroupsOfDifferentModulesAreOne) {
  RuntimeTypes types;
  const auto a = add(types, "(rec (type $l (struct (field (ref null $l)))) (type (func)))");
  const auto b = add(types,
                     "(type (func (param i32)))"
                     "(rec (type $x (struct (field (ref null $x)))) (type (func)))");
  EXPECT_EQ(a[0], b[1]);
  EXPECT_EQ(a[1], b[2]);
  EXPECT_NE(a[1], b[0]);
}

TEST(RuntimeTypesTest, TheSameTypeInAnotherGroupIsAnother) {
  RuntimeTypes types;
  const auto ids = add(types, "(type (func)) (rec (type (func)) (type (struct)))");
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_EQ(ids[0], types.add(FuncType{}));
}

TEST(RuntimeTypesTest, DisplaysDecideSubtyping) {
  RuntimeTypes types;
  const auto ids = add(types,
                       "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))"
                       "(type $c (sub $b (struct (field i32 i64)))) (type $d (sub $a "
                       "(struct (field f32))))");
  const auto is_sub = [&](int sub, int super) {
    return types[ids[static_cast<std::size_t>(sub)]].is_subtype_of(
        types[ids[static_cast<std::size_t>(super)]]);
  };
  EXPECT_TRUE(is_sub(2, 0) && is_sub(2, 1) && is_sub(2, 2) && is_sub(3, 0));
  EXPECT_FALSE(is_sub(0, 1) || is_sub(3, 1) || is_sub(1, 3) || is_sub(1, 2));
  const auto ref = [&](int type, bool nullable) {
    return ValType(RefType{HeapType(TypeIndex{ids[static_cast<std::size_t>(type)]}), nullable});
  };
  EXPECT_TRUE(types.matches(ref(2, false), ref(0, true)));
  EXPECT_FALSE(types.matches(ref(2, true), ref(0, false)));
  EXPECT_TRUE(types.matches(ref(2, true), ValType(RefType{HeapKind::kEq, true})));
  EXPECT_TRUE(types.matches(ValType(RefType{HeapKind::kNone, true}), ref(3, true)));
  EXPECT_FALSE(types.matches(ValType(RefType{HeapKind::kNoFunc, true}), ref(3, true)));
}

TEST(RuntimeTypesTest, ASubtypesLayoutBeginsWithItsSupertypes) {
  RuntimeTypes types;
  const auto ids = add(types,
                       "(type $a (sub (struct (field i8 i64 (ref null any)))))"
                       "(type $b (sub $a (struct (field i8 i64 (ref null any) i16 "
                       "funcref v128))))");
  const gc::Layout& a = types[ids[0]].layout;
  const gc::Layout& b = types[ids[1]].layout;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(a.fields[i].offset, b.fields[i].offset);
  EXPECT_EQ(a.size, 32U);
  EXPECT_EQ(b.references, std::vector<std::uint32_t>{24});
  EXPECT_EQ(b.fields[4].storage, gc::Storage::kWord64);
  EXPECT_EQ(b.size, 64U);
}

TEST(RuntimeTypesTest, ExceptionsHaveOneTypeForEachTypeOfTag) {
  RuntimeTypes types;
  const std::uint32_t func = types.add(FuncType{{kI32, kExternRef, kFuncRef}, {}});
  const gc::RuntimeType& exception = types.exception(func);
  EXPECT_EQ(&exception, &types.exception(func));
  EXPECT_EQ(exception.kind, gc::TypeKind::kException);
  EXPECT_EQ(exception.layout.size, 40U);
  EXPECT_EQ(exception.layout.references, std::vector<std::uint32_t>{24});
  EXPECT_NE(types.add(FuncType{{kF64}, {}}), exception.id);
}

}  // namespace
}  // namespace doppel::bytecode
