// SPDX-License-Identifier: Apache-2.0
// References of the host in the guest: things with host info go through globals, tables and calls
// and come back as the same things.
#include "host.h"

static wasm_trap_t* show(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  const wasm_ref_t* const ref = args->data[0].of.ref;
  printf("shown: %s\n", ref == NULL ? "null" : (const char*)wasm_ref_get_host_info(ref));
  wasm_val_copy(&results->data[0], &args->data[0]);
  return NULL;
}

/// Calls with one reference or none; the result, if there is one, is the caller's.
static wasm_ref_t* call(const wasm_extern_t* item, wasm_ref_t* ref) {
  const wasm_func_t* const func = wasm_extern_as_func_const(item);
  wasm_val_t arg = WASM_REF_VAL(ref), result = WASM_INIT_VAL;
  const wasm_val_vec_t args = {wasm_func_param_arity(func), &arg};
  wasm_val_vec_t results = {wasm_func_result_arity(func), &result};
  wasm_trap_t* const trap = wasm_func_call(func, &args, &results);
  if (trap != NULL) print_trap(trap);
  return result.of.ref;
}

/// Whether two references are the same; ends the first.
static void compare(const char* what, wasm_ref_t* got, const wasm_ref_t* expected) {
  const bool same =
      got == NULL || expected == NULL ? got == expected : wasm_ref_same(got, expected);
  printf("%s: %s\n", what, same ? "the same" : "another");
  wasm_ref_delete(got);
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "hostref.wasm");
  wasm_functype_t* const type =
      wasm_functype_new_1_1(wasm_valtype_new_externref(), wasm_valtype_new_externref());
  wasm_func_t* const function = wasm_func_new(store, type, show);
  wasm_functype_delete(type);
  wasm_extern_t* imports[] = {wasm_func_as_extern(function)};
  wasm_instance_t* const instance = instantiate(store, module, imports, 1);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_table_t* const table = wasm_extern_as_table(exports.data[0]);
  const wasm_extern_t* const keep = exports.data[1];
  const wasm_extern_t* const kept = exports.data[2];
  const wasm_extern_t* const pass = exports.data[3];

  wasm_ref_t* const one = wasm_foreign_as_ref(wasm_foreign_new(store));
  wasm_ref_t* const two = wasm_foreign_as_ref(wasm_foreign_new(store));
  wasm_ref_set_host_info(one, "one");
  wasm_ref_set_host_info(two, "two");

  compare("nothing kept", call(kept, NULL), NULL);
  call(keep, one);
  compare("one kept", call(kept, NULL), one);
  compare("one kept, not two", call(kept, NULL), two);
  compare("one passed on", call(pass, one), one);
  compare("null passed on", call(pass, NULL), NULL);

  wasm_table_set(table, 1, two);
  compare("two from the table", wasm_table_get(table, 1), two);
  compare("null from the table", wasm_table_get(table, 0), NULL);

  // Anything can be an externref, and is afterwards what it was.
  wasm_ref_t* const back = call(kept, call(keep, wasm_instance_as_ref(instance)));
  printf("an instance comes back as one: %d, the same: %d\n", wasm_ref_as_instance(back) != NULL,
         wasm_instance_same(wasm_ref_as_instance(back), instance));
  printf("and as no table: %d\n", wasm_ref_as_table(back) == NULL);
  wasm_ref_delete(back);

  wasm_ref_delete(one);
  wasm_ref_delete(two);
  wasm_func_delete(function);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
