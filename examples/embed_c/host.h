// SPDX-License-Identifier: Apache-2.0
// What every program here begins with: an engine, a store, and a module from a file. Whatever fails
// ends the program with a message.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "wasm.h"

static inline void* must(void* made, const char* what) {
  if (made != NULL) return made;
  fprintf(stderr, "failed: %s\n", what);
  exit(1);
}

/// The module of a binary file.
static inline wasm_module_t* load(wasm_store_t* store, const char* path) {
  FILE* const file = must(fopen(path, "rb"), path);
  fseek(file, 0, SEEK_END);
  wasm_byte_vec_t binary;
  wasm_byte_vec_new_uninitialized(&binary, (size_t)ftell(file));
  rewind(file);
  if (fread(binary.data, 1, binary.size, file) != binary.size) must(NULL, "reading the module");
  fclose(file);
  wasm_module_t* const module = must(wasm_module_new(store, &binary), "loading the module");
  wasm_byte_vec_delete(&binary);
  return module;
}

/// An instance, with as many imports as the module has.
static inline wasm_instance_t* instantiate(wasm_store_t* store, const wasm_module_t* module,
                                           wasm_extern_t** items, size_t count) {
  const wasm_extern_vec_t imports = {count, items};
  return must(wasm_instance_new(store, module, &imports, NULL), "instantiating the module");
}

/// Prints a trap's message and ends it.
static inline void print_trap(wasm_trap_t* trap) {
  if (trap == NULL) {
    printf("no trap\n");
    return;
  }
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  printf("trap: %s\n", message.data);
  wasm_name_delete(&message);
  wasm_trap_delete(trap);
}

/// Calls a function of one i32 result, which must not trap, with up to two i32 arguments.
static inline int32_t call_i32(const wasm_func_t* func, size_t count, int32_t a, int32_t b) {
  wasm_val_t values[2] = {WASM_I32_VAL(a), WASM_I32_VAL(b)};
  wasm_val_t result = WASM_INIT_VAL;
  const wasm_val_vec_t args = {count, values};
  wasm_val_vec_t results = {1, &result};
  wasm_trap_t* const trap = wasm_func_call(func, &args, &results);
  if (trap != NULL) {
    print_trap(trap);
    exit(1);
  }
  return result.of.i32;
}
