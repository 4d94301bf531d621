// SPDX-License-Identifier: Apache-2.0
// One engine and one module for all threads; each has a store of its own.
#include <pthread.h>

#include "host.h"

enum { kThreads = 8, kRounds = 50 };

struct job {
  pthread_t thread;
  wasm_engine_t* engine;
  const wasm_shared_module_t* module;
  int32_t id;
  int32_t sum;
};

static wasm_trap_t* report(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)results;
  ((struct job*)env)->sum += args->data[0].of.i32;
  return NULL;
}

static void* run(void* argument) {
  struct job* const job = argument;
  wasm_store_t* const store = wasm_store_new(job->engine);
  wasm_module_t* const module = wasm_module_obtain(store, job->module);
  for (int round = 0; round < kRounds; ++round) {
    wasm_functype_t* const type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t* const function = wasm_func_new_with_env(store, type, report, job, NULL);
    wasm_functype_delete(type);
    wasm_globaltype_t* const globaltype = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    const wasm_val_t id = WASM_I32_VAL(job->id);
    wasm_global_t* const global = wasm_global_new(store, globaltype, &id);
    wasm_globaltype_delete(globaltype);
    wasm_extern_t* imports[] = {wasm_func_as_extern(function), wasm_global_as_extern(global)};
    wasm_instance_t* const instance = instantiate(store, module, imports, 2);
    wasm_extern_vec_t exports;
    wasm_instance_exports(instance, &exports);
    wasm_val_vec_t none = WASM_EMPTY_VEC;
    wasm_trap_t* const trap = wasm_func_call(wasm_extern_as_func(exports.data[0]), &none, &none);
    if (trap != NULL) print_trap(trap);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_func_delete(function);
    wasm_global_delete(global);
  }
  wasm_module_delete(module);
  wasm_store_delete(store);
  return NULL;
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "threads.wasm");
  wasm_shared_module_t* const shared = wasm_module_share(module);
  wasm_module_delete(module);
  wasm_store_delete(store);

  struct job jobs[kThreads];
  for (int i = 0; i < kThreads; ++i) {
    jobs[i] = (struct job){.engine = engine, .module = shared, .id = i + 1};
    pthread_create(&jobs[i].thread, NULL, run, &jobs[i]);
  }
  for (int i = 0; i < kThreads; ++i) {
    pthread_join(jobs[i].thread, NULL);
    printf("thread %d: %d\n", jobs[i].id, jobs[i].sum);
  }
  wasm_shared_module_delete(shared);
  wasm_engine_delete(engine);
  return 0;
}
