// SPDX-License-Identifier: Apache-2.0
// A module as bytes and back. Bytes that were changed, shortened or never were a module are
// refused.
#include "host.h"

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "serialize.wasm");
  wasm_byte_vec_t bytes;
  wasm_module_serialize(module, &bytes);
  wasm_module_delete(module);

  wasm_module_t* const again = must(wasm_module_deserialize(store, &bytes), "deserializing");
  wasm_instance_t* const instance = instantiate(store, again, NULL, 0);
  wasm_extern_vec_t exports;
  wasm_instance_exports(instance, &exports);
  printf("answer: %d\n", call_i32(wasm_extern_as_func(exports.data[0]), 0, 0, 0));

  int refused = 0;
  for (size_t i = 0; i < bytes.size; ++i) {
    bytes.data[i] ^= 1;
    wasm_module_t* const damaged = wasm_module_deserialize(store, &bytes);
    refused += damaged == NULL;
    wasm_module_delete(damaged);
    bytes.data[i] ^= 1;
  }
  printf("every changed byte is found: %d\n", refused == (int)bytes.size);

  refused = 0;
  for (size_t size = 0; size < bytes.size; ++size) {
    const wasm_byte_vec_t part = {size, bytes.data};
    refused += wasm_module_deserialize(store, &part) == NULL;
  }
  printf("every shorter part is refused: %d\n", refused == (int)bytes.size);

  wasm_byte_vec_t none = WASM_EMPTY_VEC;
  printf("nothing is valid: %d\n", wasm_module_validate(store, &none));
  printf("nothing is a module: %d\n", wasm_module_new(store, &none) != NULL);
  printf("serialized bytes are no binary: %d\n", !wasm_module_validate(store, &bytes));

  wasm_byte_vec_delete(&bytes);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(again);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
