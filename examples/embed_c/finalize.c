// SPDX-License-Identifier: Apache-2.0
// Finalizers: each runs once, at the end of what it was set for, of its environment, or when it is
// replaced.
#include "host.h"

enum { kInstances = 1000 };
static int finalized[kInstances];

static void finalize(void* info) { ++*(int*)info; }

static int total(void) {
  int sum = 0;
  for (int i = 0; i < kInstances; ++i) {
    sum += finalized[i];
    if (finalized[i] > 1) printf("instance %d: finalized %d times\n", i, finalized[i]);
  }
  return sum;
}

static wasm_trap_t* nothing(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)env, (void)args, (void)results;
  return NULL;
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "finalize.wasm");
  for (int i = 0; i < kInstances; ++i) {
    wasm_instance_t* const instance = instantiate(store, module, NULL, 0);
    wasm_instance_set_host_info_with_finalizer(instance, &finalized[i], finalize);
    wasm_instance_t* const copy = wasm_instance_copy(instance);
    if (wasm_instance_get_host_info(copy) != &finalized[i]) printf("%d: wrong info\n", i);
    wasm_instance_delete(instance);
    wasm_instance_delete(copy);
  }
  wasm_module_delete(module);

  int replaced = 0, environments = 0, foreigners = 0;
  wasm_functype_t* const type = wasm_functype_new_0_0();
  wasm_func_t* const func = wasm_func_new_with_env(store, type, nothing, &environments, finalize);
  wasm_functype_delete(type);
  wasm_func_set_host_info_with_finalizer(func, &replaced, finalize);
  wasm_func_set_host_info(func, NULL);
  printf("replaced: %d\n", replaced);
  wasm_func_delete(func);

  wasm_foreign_t* const foreign = wasm_foreign_new(store);
  wasm_foreign_set_host_info_with_finalizer(foreign, &foreigners, finalize);
  wasm_foreign_delete(foreign);
  printf("foreign: %d\n", foreigners);

  wasm_store_delete(store);
  printf("instances: %d, environments: %d, replaced: %d\n", total(), environments, replaced);
  wasm_engine_delete(engine);
  return 0;
}
