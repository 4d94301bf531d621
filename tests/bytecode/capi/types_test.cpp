// SPDX-License-Identifier: Apache-2.0
// Vectors and type descriptions of the C interface: ownership, copies, views, and what is no type.
#include <gtest/gtest.h>

#include <cstdint>

#include "bytecode/capi/wasm.h"

namespace doppel::bytecode::capi {
namespace {

TEST(CapiVectors, OfNothingHaveNoData) {
  wasm_byte_vec_t bytes{7, nullptr};
  wasm_byte_vec_new_empty(&bytes);
  EXPECT_EQ(bytes.size, 0U);
  EXPECT_EQ(bytes.data, nullptr);
  wasm_byte_vec_t copy{7, nullptr};
  wasm_byte_vec_copy(&copy, &bytes);
  EXPECT_EQ(copy.size, 0U);
  EXPECT_EQ(copy.data, nullptr);
  wasm_byte_vec_new(&bytes, 0, nullptr);
  EXPECT_EQ(bytes.size, 0U);
  wasm_byte_vec_new_uninitialized(&bytes, 0);
  EXPECT_EQ(bytes.data, nullptr);
  wasm_byte_vec_delete(&bytes);
  wasm_byte_vec_delete(&bytes);
}

TEST(CapiVectors, BeyondMemoryAreEmpty) {
  wasm_val_vec_t values;
  wasm_val_vec_new_uninitialized(&values, SIZE_MAX / sizeof(wasm_val_t) + 2);
  EXPECT_EQ(values.size, 0U);
  wasm_valtype_vec_t types;
  wasm_valtype_vec_new_uninitialized(&types, SIZE_MAX);
  EXPECT_EQ(types.size, 0U);
}

TEST(CapiVectors, OfUnsetElementsCanBeCopiedAndDeleted) {
  wasm_functype_vec_t types;
  wasm_functype_vec_new_uninitialized(&types, 3);
  types.data[1] = wasm_functype_new_0_1(wasm_valtype_new_i64());
  wasm_functype_vec_t copy;
  wasm_functype_vec_copy(&copy, &types);
  EXPECT_EQ(copy.data[0], nullptr);
  EXPECT_NE(copy.data[1], types.data[1]);
  EXPECT_EQ(wasm_functype_results(copy.data[1])->size, 1U);
  wasm_functype_vec_delete(&types);
  wasm_functype_vec_delete(&copy);
  wasm_extern_vec_t externs;
  wasm_extern_vec_new_uninitialized(&externs, 2);
  wasm_extern_vec_delete(&externs);
}

TEST(CapiTypes, TakeTheirPartsOver) {
  wasm_valtype_t* both[] = {wasm_valtype_new_i32(), wasm_valtype_new_funcref()};
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  wasm_valtype_vec_new(&params, 2, both);
  wasm_valtype_vec_new(&results, 1, both + 1);
  wasm_functype_t* const type = wasm_functype_new(&params, &results);
  EXPECT_EQ(params.data, nullptr) << "a vector that was taken over can be deleted once more";
  EXPECT_EQ(wasm_functype_params(type)->size, 2U);
  EXPECT_EQ(wasm_valtype_kind(wasm_functype_params(type)->data[1]), WASM_FUNCREF);

  wasm_tagtype_t* const tag = wasm_tagtype_new(type);
  wasm_externtype_t* const copy = wasm_externtype_copy(wasm_tagtype_as_externtype(tag));
  wasm_tagtype_delete(tag);
  EXPECT_EQ(wasm_externtype_kind(copy), WASM_EXTERN_TAG);
  EXPECT_EQ(wasm_externtype_as_functype(copy), nullptr);
  const wasm_functype_t* const payload = wasm_tagtype_functype(wasm_externtype_as_tagtype(copy));
  EXPECT_EQ(wasm_functype_results(payload)->size, 1U);

  wasm_name_t name;
  wasm_name_new_from_string(&name, "n");
  wasm_name_t module;
  wasm_name_new_from_string_nt(&module, "m");
  wasm_importtype_t* const import = wasm_importtype_new(&module, &name, copy);
  EXPECT_EQ(name.size, 0U);
  wasm_importtype_t* const second = wasm_importtype_copy(import);
  wasm_importtype_delete(import);
  EXPECT_EQ(wasm_importtype_name(second)->size, 1U);
  EXPECT_EQ(wasm_importtype_module(second)->size, 2U);
  EXPECT_EQ(wasm_externtype_kind(wasm_importtype_type(second)), WASM_EXTERN_TAG);
  wasm_importtype_delete(second);
}

TEST(CapiTypes, OfWhatIsNoTypeAreNull) {
  EXPECT_EQ(wasm_valtype_new(77), nullptr);
  EXPECT_EQ(wasm_functype_new_1_0(wasm_valtype_new(77)), nullptr);
  EXPECT_EQ(wasm_globaltype_new(nullptr, WASM_CONST), nullptr);
  EXPECT_EQ(wasm_tabletype_new(nullptr, nullptr), nullptr);
  EXPECT_EQ(wasm_tagtype_new(nullptr), nullptr);
  wasm_name_t name;
  wasm_name_new_from_string(&name, "a name that is freed all the same");
  EXPECT_EQ(wasm_exporttype_new(&name, nullptr), nullptr);
  EXPECT_EQ(wasm_functype_copy(nullptr), nullptr);
  wasm_externtype_delete(nullptr);
}

TEST(CapiTypes, HaveShortForms) {
  wasm_functype_t* const type =
      wasm_functype_new_3_2(wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                            wasm_valtype_new_f64(), wasm_valtype_new_externref());
  const wasm_valtype_vec_t* const params = wasm_functype_params(type);
  const wasm_valtype_vec_t* const results = wasm_functype_results(type);
  ASSERT_EQ(params->size, 3U);
  ASSERT_EQ(results->size, 2U);
  EXPECT_EQ(wasm_valtype_kind(params->data[2]), WASM_F32);
  EXPECT_EQ(wasm_valtype_kind(results->data[0]), WASM_F64);
  EXPECT_TRUE(wasm_valtype_is_ref(results->data[1]));
  EXPECT_TRUE(wasm_valtype_is_num(params->data[0]));
  wasm_functype_delete(type);
  int anything = 0;
  wasm_val_t value;
  wasm_val_init_ptr(&value, &anything);
  EXPECT_EQ(wasm_val_ptr(&value), &anything);
}

}  // namespace
}  // namespace doppel::bytecode::capi
