// SPDX-License-Identifier: Apache-2.0
// Host functions: a plain one, one with an environment, and one that traps. The trap tells which
// functions of the guest it came through.
#include "host.h"

static wasm_trap_t* square(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  results->data[0].of.i32 = args->data[0].of.i32 * args->data[0].of.i32;
  return NULL;
}

/// Counts its calls in its environment.
static wasm_trap_t* count(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  int* const calls = env;
  printf("call %d: %d\n", ++*calls, args->data[0].of.i32);
  wasm_val_copy(&results->data[0], &args->data[0]);
  return NULL;
}

static wasm_trap_t* refuse(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args, (void)results;
  wasm_message_t message;
  wasm_name_new_from_string_nt(&message, "not today");
  wasm_trap_t* const trap = wasm_trap_new(env, &message);
  wasm_name_delete(&message);
  return trap;
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "callback.wasm");

  int calls = 0;
  wasm_functype_t* const unary =
      wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_functype_t* const action = wasm_functype_new_0_0();
  wasm_func_t* const functions[] = {wasm_func_new(store, unary, square),
                                    wasm_func_new_with_env(store, unary, count, &calls, NULL),
                                    wasm_func_new_with_env(store, action, refuse, store, NULL)};
  wasm_functype_delete(unary);
  wasm_functype_delete(action);
  wasm_extern_t* imports[3];
  for (int i = 0; i < 3; ++i) imports[i] = wasm_func_as_extern(functions[i]);
  wasm_instance_t* const instance = instantiate(store, module, imports, 3);
  for (int i = 0; i < 3; ++i) wasm_func_delete(functions[i]);

  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  const int32_t sum = call_i32(wasm_extern_as_func(exports.data[0]), 2, 3, 4);
  printf("sum of squares: %d, after %d calls\n", sum, calls);

  wasm_val_vec_t none = WASM_EMPTY_VEC;
  wasm_trap_t* const trap = wasm_func_call(wasm_extern_as_func(exports.data[1]), &none, &none);
  wasm_frame_vec_t trace;
  wasm_trap_trace(trap, &trace);
  for (size_t i = 0; i < trace.size; ++i) {
    printf("in function %u at %zu, %s\n", wasm_frame_func_index(trace.data[i]),
           wasm_frame_func_offset(trace.data[i]),
           wasm_instance_same(wasm_frame_instance(trace.data[i]), instance) ? "of this instance"
                                                                            : "of another");
  }
  wasm_frame_vec_delete(&trace);
  print_trap(trap);

  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
