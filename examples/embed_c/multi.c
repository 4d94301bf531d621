// SPDX-License-Identifier: Apache-2.0
// Several results, of every type of number, from the guest and from the host.
#include "host.h"

static wasm_trap_t* reverse(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  for (size_t i = 0; i < results->size; ++i)
    wasm_val_copy(&results->data[i], &args->data[args->size - 1 - i]);
  return NULL;
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "multi.wasm");
  wasm_valtype_t* types[] = {wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                             wasm_valtype_new_f64()};
  wasm_valtype_t* reversed[] = {types[3], types[2], types[1], types[0]};
  wasm_valtype_vec_t params, results;
  wasm_valtype_vec_new(&params, 4, types);
  wasm_valtype_vec_new(&results, 4, reversed);
  wasm_functype_t* const type = wasm_functype_new(&params, &results);
  wasm_func_t* const function = wasm_func_new(store, type, reverse);
  wasm_functype_delete(type);
  wasm_extern_t* imports[] = {wasm_func_as_extern(function)};
  wasm_instance_t* const instance = instantiate(store, module, imports, 1);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  const wasm_func_t* const run = wasm_extern_as_func(exports.data[0]);
  printf("%zu arguments, %zu results\n", wasm_func_param_arity(run), wasm_func_result_arity(run));

  wasm_val_t in[] = {WASM_I32_VAL(-1), WASM_I64_VAL(1ll << 40), WASM_F32_VAL(0.25f),
                     WASM_F64_VAL(1e100)};
  wasm_val_t out[4];
  const wasm_val_vec_t args = WASM_ARRAY_VEC(in);
  wasm_val_vec_t answers = WASM_ARRAY_VEC(out);
  print_trap(wasm_func_call(run, &args, &answers));
  printf("%g %g %lld %d\n", out[0].of.f64, out[1].of.f32, (long long)out[2].of.i64, out[3].of.i32);

  answers.size = 3;
  print_trap(wasm_func_call(run, &args, &answers));
  in[1].kind = WASM_I32;
  answers.size = 4;
  print_trap(wasm_func_call(run, &args, &answers));

  wasm_func_delete(function);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
