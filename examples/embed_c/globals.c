// SPDX-License-Identifier: Apache-2.0
// Globals: the host's in the guest, the guest's in the host, and what cannot be set.
#include "host.h"

static wasm_global_t* make_global(wasm_store_t* store, wasm_mutability_t mutability,
                                  wasm_val_t value) {
  wasm_globaltype_t* const type = wasm_globaltype_new(wasm_valtype_new(value.kind), mutability);
  wasm_global_t* const global = must(wasm_global_new(store, type, &value), "making a global");
  wasm_globaltype_delete(type);
  return global;
}

static void print(const char* name, const wasm_global_t* global) {
  wasm_val_t value;
  wasm_global_get(global, &value);
  if (value.kind == WASM_I64) printf("%s: %lld\n", name, (long long)value.of.i64);
  if (value.kind == WASM_F32) printf("%s: %g\n", name, value.of.f32);
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "globals.wasm");
  wasm_val_t half = WASM_F32_VAL(0.5f), two = WASM_I64_VAL(2);
  wasm_global_t* const constant = make_global(store, WASM_CONST, half);
  wasm_global_t* const variable = make_global(store, WASM_VAR, two);
  wasm_extern_t* imports[] = {wasm_global_as_extern(constant), wasm_global_as_extern(variable)};
  wasm_instance_t* const instance = instantiate(store, module, imports, 2);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_global_t* const counter = wasm_extern_as_global(exports.data[0]);
  const wasm_func_t* const step = wasm_extern_as_func(exports.data[1]);

  print("constant", constant);
  print("variable", variable);
  print("counter", counter);

  wasm_val_vec_t none = WASM_EMPTY_VEC;
  wasm_func_call(step, &none, &none);
  print("variable after a step", variable);
  print("counter after a step", counter);

  wasm_val_t hundred = WASM_I64_VAL(100), wrong = WASM_F32_VAL(1), other = WASM_F32_VAL(7);
  wasm_global_set(variable, &hundred);
  wasm_global_set(counter, &wrong);
  wasm_global_set(constant, &other);
  wasm_func_call(step, &none, &none);
  print("variable after setting it", variable);
  print("counter after setting it to a float", counter);
  print("constant after setting it", constant);

  wasm_global_t* const copy = wasm_global_copy(variable);
  printf("copies are the same: %d, others: %d\n", wasm_global_same(copy, variable),
         wasm_global_same(copy, counter));
  wasm_global_delete(copy);

  wasm_global_delete(constant);
  wasm_global_delete(variable);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
