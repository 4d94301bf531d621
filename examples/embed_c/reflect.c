// SPDX-License-Identifier: Apache-2.0
// What a module imports and exports, and what its exports are once it is instantiated.
#include "host.h"

static const char* name_of(const wasm_valtype_t* type) {
  switch (wasm_valtype_kind(type)) {
    case WASM_I32: return "i32";
    case WASM_I64: return "i64";
    case WASM_F32: return "f32";
    case WASM_F64: return "f64";
    case WASM_V128: return "v128";
    case WASM_EXTERNREF: return "externref";
    case WASM_FUNCREF: return "funcref";
  }
  return "?";
}

static void print_types(const wasm_valtype_vec_t* types) {
  printf("[");
  for (size_t i = 0; i < types->size; ++i) printf(i == 0 ? "%s" : " %s", name_of(types->data[i]));
  printf("]");
}

static void print_limits(const wasm_limits_t* limits) {
  printf(" %u", limits->min);
  if (limits->max != wasm_limits_max_default) printf("-%u", limits->max);
}

static void print_function(const wasm_functype_t* type) {
  print_types(wasm_functype_params(type));
  printf(" -> ");
  print_types(wasm_functype_results(type));
}

static void print_type(const wasm_externtype_t* type) {
  switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC:
      printf("func ");
      print_function(wasm_externtype_as_functype_const(type));
      break;
    case WASM_EXTERN_GLOBAL: {
      const wasm_globaltype_t* const global = wasm_externtype_as_globaltype_const(type);
      printf("global %s%s", wasm_globaltype_mutability(global) == WASM_VAR ? "var " : "",
             name_of(wasm_globaltype_content(global)));
      break;
    }
    case WASM_EXTERN_TABLE: {
      const wasm_tabletype_t* const table = wasm_externtype_as_tabletype_const(type);
      printf("table");
      print_limits(wasm_tabletype_limits(table));
      printf(" %s", name_of(wasm_tabletype_element(table)));
      break;
    }
    case WASM_EXTERN_MEMORY:
      printf("memory");
      print_limits(wasm_memorytype_limits(wasm_externtype_as_memorytype_const(type)));
      break;
    case WASM_EXTERN_TAG:
      printf("tag ");
      print_function(wasm_tagtype_functype(wasm_externtype_as_tagtype_const(type)));
      break;
  }
  printf("\n");
}

int main(int argc, char** argv) {
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module = load(store, argc > 1 ? argv[1] : "reflect.wasm");

  wasm_importtype_vec_t imports;
  wasm_module_imports(module, &imports);
  for (size_t i = 0; i < imports.size; ++i) {
    const wasm_name_t* const from = wasm_importtype_module(imports.data[i]);
    const wasm_name_t* const name = wasm_importtype_name(imports.data[i]);
    printf("import %.*s.%.*s: ", (int)from->size, from->data, (int)name->size, name->data);
    print_type(wasm_importtype_type(imports.data[i]));
  }
  wasm_importtype_vec_delete(&imports);

  wasm_limits_t limits = {1, 8};
  wasm_memorytype_t* const memorytype = wasm_memorytype_new(&limits);
  wasm_memory_t* const memory = wasm_memory_new(store, memorytype);
  wasm_memorytype_delete(memorytype);
  wasm_extern_t* items[] = {wasm_memory_as_extern(memory)};
  wasm_instance_t* const instance = instantiate(store, module, items, 1);
  wasm_memory_grow(memory, 4);

  wasm_exporttype_vec_t exports;
  wasm_extern_vec_t externs;
  wasm_module_exports(module, &exports);
  wasm_instance_exports(instance, &externs);
  for (size_t i = 0; i < exports.size; ++i) {
    const wasm_name_t* const name = wasm_exporttype_name(exports.data[i]);
    printf("export %.*s: ", (int)name->size, name->data);
    print_type(wasm_exporttype_type(exports.data[i]));
    wasm_externtype_t* const now = wasm_extern_type(externs.data[i]);
    printf("  now: ");
    print_type(now);
    if (wasm_extern_kind(externs.data[i]) != wasm_externtype_kind(now)) printf("wrong kind\n");
    wasm_externtype_delete(now);
  }
  wasm_exporttype_vec_delete(&exports);
  wasm_extern_vec_delete(&externs);

  wasm_memory_delete(memory);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
