// SPDX-License-Identifier: Apache-2.0
// Tables: functions of both sides in one table, called through it; growth, and what does not fit.
#include "host.h"

static wasm_trap_t* negate(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  results->data[0].of.i32 = -args->data[0].of.i32;
  return NULL;
}

static void call(const wasm_func_t* apply, int32_t value, int32_t index) {
  wasm_val_t in[] = {WASM_I32_VAL(value), WASM_I32_VAL(index)};
  wasm_val_t out[] = {WASM_INIT_VAL};
  const wasm_val_vec_t args = WASM_ARRAY_VEC(in);
  wasm_val_vec_t results = WASM_ARRAY_VEC(out);
  wasm_trap_t* const trap = wasm_func_call(apply, &args, &results);
  printf("%d: ", index);
  if (trap != NULL) {
    print_trap(trap);
  } else {
    printf("%d\n", out[0].of.i32);
  }
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "tables.wasm");
  wasm_instance_t* const instance = instantiate(store, module, NULL, 0);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_table_t* const table = wasm_extern_as_table(exports.data[0]);
  const wasm_func_t* const apply = wasm_extern_as_func(exports.data[1]);
  wasm_functype_t* const type =
      wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* const function = wasm_func_new(store, type, negate);
  wasm_functype_delete(type);

  call(apply, 5, 0);
  call(apply, 5, 1);
  call(apply, 5, 2);

  printf("set: %d, beyond the end: %d\n", wasm_table_set(table, 1, wasm_func_as_ref(function)),
         wasm_table_set(table, 2, wasm_func_as_ref(function)));
  call(apply, 5, 1);
  wasm_ref_t* const got = wasm_table_get(table, 1);
  printf("got what was set: %d\n", wasm_ref_same(got, wasm_func_as_ref(function)));
  wasm_ref_delete(got);

  const bool grown = wasm_table_grow(table, 2, wasm_func_as_ref(function));
  const bool too_far = wasm_table_grow(table, 1, NULL);
  printf("grown: %d, too far: %d, size %u\n", grown, too_far, wasm_table_size(table));
  call(apply, 6, 3);
  printf("emptied: %d\n", wasm_table_set(table, 3, NULL));
  call(apply, 6, 3);
  printf("no function: %d\n", wasm_table_set(table, 3, wasm_table_as_ref(table)));

  const wasm_limits_t limits = {1, wasm_limits_max_default};
  wasm_tabletype_t* const tabletype = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  wasm_table_t* const own = wasm_table_new(store, tabletype, wasm_table_as_ref(table));
  wasm_ref_t* const first = wasm_table_get(own, 0);
  printf("a table in a table: %d\n", wasm_table_same(wasm_ref_as_table(first), table));
  wasm_ref_delete(first);
  printf("endless growth: %d\n", wasm_table_grow(own, UINT32_MAX, NULL));
  wasm_table_delete(own);
  wasm_tabletype_delete(tabletype);

  wasm_func_delete(function);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
