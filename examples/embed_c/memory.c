// SPDX-License-Identifier: Apache-2.0
// A memory: both sides read and write it, it grows to its limit, and the guest traps beyond it.
#include "host.h"

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "memory.wasm");
  wasm_instance_t* const instance = instantiate(store, module, NULL, 0);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  wasm_memory_t* const memory = wasm_extern_as_memory(exports.data[0]);
  const wasm_func_t* const sum = wasm_extern_as_func(exports.data[1]);
  const wasm_func_t* const fill = wasm_extern_as_func(exports.data[2]);

  byte_t* const data = wasm_memory_data(memory);
  printf("pages: %u, bytes: %zu, text: %.5s\n", wasm_memory_size(memory),
         wasm_memory_data_size(memory), data + 8);
  for (int i = 0; i < 10; ++i) data[100 + i] = (byte_t)i;
  printf("the guest's sum: %d\n", call_i32(sum, 2, 100, 10));

  wasm_val_t range[] = {WASM_I32_VAL(200), WASM_I32_VAL(3), WASM_I32_VAL('x')};
  wasm_val_vec_t args = WASM_ARRAY_VEC(range), none = WASM_EMPTY_VEC;
  print_trap(wasm_func_call(fill, &args, &none));
  printf("filled: %.3s\n", data + 200);
  range[0].of.i32 = 65534;
  print_trap(wasm_func_call(fill, &args, &none));

  const bool grows = wasm_memory_grow(memory, 1);
  printf("grows by one: %d, by one more: %d\n", grows, wasm_memory_grow(memory, 1));
  print_trap(wasm_func_call(fill, &args, &none));
  printf("bytes: %zu, at the same place: %d\n", wasm_memory_data_size(memory),
         wasm_memory_data(memory) == data);

  const wasm_limits_t limits[] = {{3, 4}, {4, 3}, {1, 65537}, {0, wasm_limits_max_default}};
  for (int i = 0; i < 4; ++i) {
    wasm_memorytype_t* const type = wasm_memorytype_new(&limits[i]);
    wasm_memory_t* const made = wasm_memory_new(store, type);
    printf("memory of %u to %u pages: %s\n", limits[i].min, limits[i].max,
           made == NULL ? "refused" : "made");
    wasm_memory_delete(made);
    wasm_memorytype_delete(type);
  }

  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
