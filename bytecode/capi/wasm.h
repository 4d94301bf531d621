// SPDX-License-Identifier: Apache-2.0
// The standard C interface of WebAssembly engines (github.com/WebAssembly/wasm-c-api), as doppel
// offers it: a program written for it compiles unchanged. Names, signatures and enumerators are the
// standard's; how doppel fills what it leaves open is said here and in docs/design/embedding.md.
//
// Who owns what. Functions named `_new` or `_copy`, out-parameters named `out`, and results that a
// comment calls the caller's are owned by the caller, who ends them with the type's `_delete`.
// Parameters that a comment calls taken over belong to the callee from then on; a vector that is
// taken over is left empty. All other pointers are lent. A vector owns its elements. Each `_delete`
// takes null, and a handle may be deleted after its store, but not used any more.
// Threads. A store, and everything made in it, belongs to one thread at a time. An engine and a
// wasm_shared_module_t may be used by all.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef WASM_API_EXTERN
#ifdef __GNUC__
#define WASM_API_EXTERN __attribute__((visibility("default")))
#else
#define WASM_API_EXTERN
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef char byte_t;
typedef float float32_t;
typedef double float64_t;

// Families of declarations.

/// wasm_NAME_t, which only its functions know from within, and its end.
#define WASM_DECLARE_OWN(name)                    \
  typedef struct wasm_##name##_t wasm_##name##_t; \
  WASM_API_EXTERN void wasm_##name##_delete(wasm_##name##_t*);

/// wasm_NAME_vec_t, a vector of wasm_NAME_t, or with `star` of pointers to them. An empty vector's
/// data is null. `new` takes the elements over, but not the array that they stand in;
/// `new_uninitialized` leaves zeros. Where memory is exhausted the result is empty.
#define WASM_DECLARE_VEC(name, star)                                                               \
  typedef struct wasm_##name##_vec_t {                                                             \
    size_t size;                                                                                   \
    wasm_##name##_t star* data;                                                                    \
  } wasm_##name##_vec_t;                                                                           \
  WASM_API_EXTERN void wasm_##name##_vec_new_empty(wasm_##name##_vec_t* out);                      \
  WASM_API_EXTERN void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t* out, size_t size); \
  WASM_API_EXTERN void wasm_##name##_vec_new(wasm_##name##_vec_t* out, size_t size,                \
                                             wasm_##name##_t star const elements[]);               \
  WASM_API_EXTERN void wasm_##name##_vec_copy(wasm_##name##_vec_t* out,                            \
                                              const wasm_##name##_vec_t* from);                    \
  WASM_API_EXTERN void wasm_##name##_vec_delete(wasm_##name##_vec_t*);

/// A description of a type, a vector of them, and copies.
#define WASM_DECLARE_TYPE(name) \
  WASM_DECLARE_OWN(name)        \
  WASM_DECLARE_VEC(name, *)     \
  WASM_API_EXTERN wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t*);

/// A handle of something in a store. Copies are handles of the same thing, as `same` tells. What is
/// attached as host info is the thing's, whichever handle is asked; its finalizer runs once: when
/// it is replaced, or when the thing ends, at the latest with the store.
#define WASM_DECLARE_REF_BASE(name)                                                             \
  WASM_DECLARE_OWN(name)                                                                        \
  WASM_API_EXTERN wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t*);                  \
  WASM_API_EXTERN bool wasm_##name##_same(const wasm_##name##_t*, const wasm_##name##_t*);      \
  WASM_API_EXTERN void* wasm_##name##_get_host_info(const wasm_##name##_t*);                    \
  WASM_API_EXTERN void wasm_##name##_set_host_info(wasm_##name##_t*, void* info);               \
  WASM_API_EXTERN void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t*, void* info, \
                                                                  void (*finalizer)(void*));

/// A handle that can also be seen as a wasm_ref_t, and back: the same handle, of the same owner.
/// Seen as what it is not, it is null.
#define WASM_DECLARE_REF(name)                                                          \
  WASM_DECLARE_REF_BASE(name)                                                           \
  WASM_API_EXTERN wasm_ref_t* wasm_##name##_as_ref(wasm_##name##_t*);                   \
  WASM_API_EXTERN wasm_##name##_t* wasm_ref_as_##name(wasm_ref_t*);                     \
  WASM_API_EXTERN const wasm_ref_t* wasm_##name##_as_ref_const(const wasm_##name##_t*); \
  WASM_API_EXTERN const wasm_##name##_t* wasm_ref_as_##name##_const(const wasm_ref_t*);

/// A handle whose thing other stores can have as well, on other threads.
#define WASM_DECLARE_SHARABLE_REF(name)                                                \
  WASM_DECLARE_REF(name)                                                               \
  WASM_DECLARE_OWN(shared_##name)                                                      \
  WASM_API_EXTERN wasm_shared_##name##_t* wasm_##name##_share(const wasm_##name##_t*); \
  WASM_API_EXTERN wasm_##name##_t* wasm_##name##_obtain(wasm_store_t*,                 \
                                                        const wasm_shared_##name##_t*);

// Bytes, and names: UTF-8 without a terminating zero, unless it is said.

typedef byte_t wasm_byte_t;
WASM_DECLARE_VEC(byte, )

typedef wasm_byte_vec_t wasm_name_t;
#define wasm_name wasm_byte_vec
#define wasm_name_new wasm_byte_vec_new
#define wasm_name_new_empty wasm_byte_vec_new_empty
#define wasm_name_new_uninitialized wasm_byte_vec_new_uninitialized
#define wasm_name_copy wasm_byte_vec_copy
#define wasm_name_delete wasm_byte_vec_delete

/// The string's bytes.
static inline void wasm_name_new_from_string(wasm_name_t* out, const char* string) {
  wasm_byte_vec_new(out, strlen(string), string);
}
/// The string's bytes and its terminating zero.
static inline void wasm_name_new_from_string_nt(wasm_name_t* out, const char* string) {
  wasm_byte_vec_new(out, strlen(string) + 1, string);
}

// Where modules run.

/// How an engine works. There is nothing to choose yet.
WASM_DECLARE_OWN(config)
WASM_API_EXTERN wasm_config_t* wasm_config_new(void);

/// What stores have in common. It may be deleted before them.
WASM_DECLARE_OWN(engine)
WASM_API_EXTERN wasm_engine_t* wasm_engine_new(void);
/// The configuration is taken over.
WASM_API_EXTERN wasm_engine_t* wasm_engine_new_with_config(wasm_config_t*);

/// What instances and their parts live in; all of it ends with the store.
WASM_DECLARE_OWN(store)
/// Null where the host has no room for its stack.
WASM_API_EXTERN wasm_store_t* wasm_store_new(wasm_engine_t*);

// Types.

typedef uint8_t wasm_mutability_t;
enum wasm_mutability_enum { WASM_CONST, WASM_VAR };

/// In elements or pages. What is larger than a limit can say reads as the largest.
typedef struct wasm_limits_t {
  uint32_t min;
  uint32_t max;
} wasm_limits_t;

/// As `max`: there is none.
static const uint32_t wasm_limits_max_default = 0xffffffff;

/// The type of a value. Each kind has one description, which lasts for ever; all the same its owner
/// deletes it.
WASM_DECLARE_TYPE(valtype)

/// Guests have more types than the interface: references below extern, any and exn count as
/// externref, those below func as funcref. WASM_V128 is doppel's addition: a vector has a type, but
/// is no wasm_val_t, so a function that takes or gives one traps when C calls it.
typedef uint8_t wasm_valkind_t;
enum wasm_valkind_enum {
  WASM_I32,
  WASM_I64,
  WASM_F32,
  WASM_F64,
  WASM_V128,
  WASM_EXTERNREF = 128,
  WASM_FUNCREF
};

/// Null for a number that is no kind.
WASM_API_EXTERN wasm_valtype_t* wasm_valtype_new(wasm_valkind_t);
WASM_API_EXTERN wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t*);

static inline bool wasm_valkind_is_num(wasm_valkind_t kind) { return kind < WASM_EXTERNREF; }
static inline bool wasm_valkind_is_ref(wasm_valkind_t kind) { return kind >= WASM_EXTERNREF; }
static inline bool wasm_valtype_is_num(const wasm_valtype_t* type) {
  return wasm_valkind_is_num(wasm_valtype_kind(type));
}
static inline bool wasm_valtype_is_ref(const wasm_valtype_t* type) {
  return wasm_valkind_is_ref(wasm_valtype_kind(type));
}

WASM_DECLARE_TYPE(functype)
/// Takes both over. Null if one of the types is.
WASM_API_EXTERN wasm_functype_t* wasm_functype_new(wasm_valtype_vec_t* params,
                                                   wasm_valtype_vec_t* results);
WASM_API_EXTERN const wasm_valtype_vec_t* wasm_functype_params(const wasm_functype_t*);
WASM_API_EXTERN const wasm_valtype_vec_t* wasm_functype_results(const wasm_functype_t*);

WASM_DECLARE_TYPE(globaltype)
/// Takes the type over. Null if it is.
WASM_API_EXTERN wasm_globaltype_t* wasm_globaltype_new(wasm_valtype_t*, wasm_mutability_t);
WASM_API_EXTERN const wasm_valtype_t* wasm_globaltype_content(const wasm_globaltype_t*);
WASM_API_EXTERN wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t*);

WASM_DECLARE_TYPE(tabletype)
/// Takes the type over. Null if it is.
WASM_API_EXTERN wasm_tabletype_t* wasm_tabletype_new(wasm_valtype_t*, const wasm_limits_t*);
WASM_API_EXTERN const wasm_valtype_t* wasm_tabletype_element(const wasm_tabletype_t*);
WASM_API_EXTERN const wasm_limits_t* wasm_tabletype_limits(const wasm_tabletype_t*);

WASM_DECLARE_TYPE(memorytype)
WASM_API_EXTERN wasm_memorytype_t* wasm_memorytype_new(const wasm_limits_t*);
WASM_API_EXTERN const wasm_limits_t* wasm_memorytype_limits(const wasm_memorytype_t*);

/// Of an exception: what it carries is a function type's parameters.
WASM_DECLARE_TYPE(tagtype)
/// Takes the type over. Null if it is.
WASM_API_EXTERN wasm_tagtype_t* wasm_tagtype_new(wasm_functype_t*);
WASM_API_EXTERN const wasm_functype_t* wasm_tagtype_functype(const wasm_tagtype_t*);

/// The type of whatever can be imported. Seen as another type it is the same description, of the
/// same owner; seen as what it is not, null.
WASM_DECLARE_TYPE(externtype)

typedef uint8_t wasm_externkind_t;
enum wasm_externkind_enum {
  WASM_EXTERN_FUNC,
  WASM_EXTERN_GLOBAL,
  WASM_EXTERN_TABLE,
  WASM_EXTERN_MEMORY,
  WASM_EXTERN_TAG
};

WASM_API_EXTERN wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t*);

/// An external type of one kind, seen as an external type and back.
#define WASM_DECLARE_EXTERNTYPE_VIEWS(name)                                         \
  WASM_API_EXTERN wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t*); \
  WASM_API_EXTERN wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t*);   \
  WASM_API_EXTERN const wasm_externtype_t* wasm_##name##_as_externtype_const(       \
      const wasm_##name##_t*);                                                      \
  WASM_API_EXTERN const wasm_##name##_t* wasm_externtype_as_##name##_const(         \
      const wasm_externtype_t*);
WASM_DECLARE_EXTERNTYPE_VIEWS(functype)
WASM_DECLARE_EXTERNTYPE_VIEWS(globaltype)
WASM_DECLARE_EXTERNTYPE_VIEWS(tabletype)
WASM_DECLARE_EXTERNTYPE_VIEWS(memorytype)
WASM_DECLARE_EXTERNTYPE_VIEWS(tagtype)

WASM_DECLARE_TYPE(importtype)
/// Takes all three over. Null if the type is.
WASM_API_EXTERN wasm_importtype_t* wasm_importtype_new(wasm_name_t* module, wasm_name_t* name,
                                                       wasm_externtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_importtype_module(const wasm_importtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_importtype_name(const wasm_importtype_t*);
WASM_API_EXTERN const wasm_externtype_t* wasm_importtype_type(const wasm_importtype_t*);

WASM_DECLARE_TYPE(exporttype)
/// Takes both over. Null if the type is.
WASM_API_EXTERN wasm_exporttype_t* wasm_exporttype_new(wasm_name_t*, wasm_externtype_t*);
WASM_API_EXTERN const wasm_name_t* wasm_exporttype_name(const wasm_exporttype_t*);
WASM_API_EXTERN const wasm_externtype_t* wasm_exporttype_type(const wasm_exporttype_t*);

// Values.

struct wasm_ref_t;

/// A number, or a handle, null being the null reference. A value owns its handle.
typedef struct wasm_val_t {
  wasm_valkind_t kind;
  union {
    int32_t i32;
    int64_t i64;
    float32_t f32;
    float64_t f64;
    struct wasm_ref_t* ref;
  } of;
} wasm_val_t;

WASM_API_EXTERN void wasm_val_delete(wasm_val_t*);
WASM_API_EXTERN void wasm_val_copy(wasm_val_t* out, const wasm_val_t*);
WASM_DECLARE_VEC(val, )

/// A handle of anything: what follows below, or an object of the guest. Given to a guest as an
/// externref it comes back as a handle of the same thing; to a guest, what is not its own object is
/// a value that it can only pass on.
WASM_DECLARE_REF_BASE(ref)

// Traps.

/// A function that was active when a trap occurred.
WASM_DECLARE_OWN(frame)
WASM_DECLARE_VEC(frame, *)
WASM_API_EXTERN wasm_frame_t* wasm_frame_copy(const wasm_frame_t*);
/// Lent by the frame.
WASM_API_EXTERN struct wasm_instance_t* wasm_frame_instance(const wasm_frame_t*);
WASM_API_EXTERN uint32_t wasm_frame_func_index(const wasm_frame_t*);
/// Where the instruction stands: in bytes from the beginning of the function's body, its local
/// declarations included, and of the module.
WASM_API_EXTERN size_t wasm_frame_func_offset(const wasm_frame_t*);
WASM_API_EXTERN size_t wasm_frame_module_offset(const wasm_frame_t*);

/// With a terminating zero, which counts in its size.
typedef wasm_name_t wasm_message_t;

/// Why a call ended without results. A host function that answers one with which another call ended
/// lets that go on, an exception included.
WASM_DECLARE_REF(trap)
WASM_API_EXTERN wasm_trap_t* wasm_trap_new(wasm_store_t*, const wasm_message_t*);
WASM_API_EXTERN void wasm_trap_message(const wasm_trap_t*, wasm_message_t* out);
/// The innermost frame, the caller's; null if no guest function was active.
WASM_API_EXTERN wasm_frame_t* wasm_trap_origin(const wasm_trap_t*);
/// All frames, the innermost first; the middle of a long trace is left out.
WASM_API_EXTERN void wasm_trap_trace(const wasm_trap_t*, wasm_frame_vec_t* out);

// What a store holds.

/// A thing of the host, for its host info. Once a guest has had it, it lives as long as the store.
WASM_DECLARE_REF(foreign)
WASM_API_EXTERN wasm_foreign_t* wasm_foreign_new(wasm_store_t*);

WASM_DECLARE_SHARABLE_REF(module)
/// Null if `binary` is no valid module. Its bytes are copied.
WASM_API_EXTERN wasm_module_t* wasm_module_new(wasm_store_t*, const wasm_byte_vec_t* binary);
WASM_API_EXTERN bool wasm_module_validate(wasm_store_t*, const wasm_byte_vec_t* binary);
WASM_API_EXTERN void wasm_module_imports(const wasm_module_t*, wasm_importtype_vec_t* out);
WASM_API_EXTERN void wasm_module_exports(const wasm_module_t*, wasm_exporttype_vec_t* out);
WASM_API_EXTERN void wasm_module_serialize(const wasm_module_t*, wasm_byte_vec_t* out);
/// Null if this is not what wasm_module_serialize() made, unchanged. It need not be trusted: the
/// module is validated again.
WASM_API_EXTERN wasm_module_t* wasm_module_deserialize(wasm_store_t*, const wasm_byte_vec_t*);

/// A function of the host: it leaves its results, which become the caller's, where zeros of their
/// types stand, and answers null; or it answers a trap, which is taken over.
typedef struct wasm_trap_t* (*wasm_func_callback_t)(const wasm_val_vec_t* args,
                                                    wasm_val_vec_t* results);
/// The same with what wasm_func_new_with_env() was given.
typedef struct wasm_trap_t* (*wasm_func_callback_with_env_t)(void* env, const wasm_val_vec_t* args,
                                                             wasm_val_vec_t* results);

WASM_DECLARE_REF(func)
/// Null if the type has vectors.
WASM_API_EXTERN wasm_func_t* wasm_func_new(wasm_store_t*, const wasm_functype_t*,
                                           wasm_func_callback_t);
/// `finalizer`, which may be null, gets `env` when the function ends, with its store.
WASM_API_EXTERN wasm_func_t* wasm_func_new_with_env(wasm_store_t*, const wasm_functype_t*,
                                                    wasm_func_callback_with_env_t, void* env,
                                                    void (*finalizer)(void*));
/// The caller's.
WASM_API_EXTERN wasm_functype_t* wasm_func_type(const wasm_func_t*);
WASM_API_EXTERN size_t wasm_func_param_arity(const wasm_func_t*);
WASM_API_EXTERN size_t wasm_func_result_arity(const wasm_func_t*);
/// Null, and the results in `results`, whose former contents are overwritten; or a trap, the
/// caller's. Arguments that do not fit the function's type are a trap, and so is, at the end of the
/// call, too little room for the results.
WASM_API_EXTERN wasm_trap_t* wasm_func_call(const wasm_func_t*, const wasm_val_vec_t* args,
                                            wasm_val_vec_t* results);

WASM_DECLARE_REF(global)
/// Null if the value is not of the type, or the type is a vector's.
WASM_API_EXTERN wasm_global_t* wasm_global_new(wasm_store_t*, const wasm_globaltype_t*,
                                               const wasm_val_t*);
WASM_API_EXTERN wasm_globaltype_t* wasm_global_type(const wasm_global_t*);
WASM_API_EXTERN void wasm_global_get(const wasm_global_t*, wasm_val_t* out);
/// Nothing happens if the global is constant or the value is not of its type.
WASM_API_EXTERN void wasm_global_set(wasm_global_t*, const wasm_val_t*);

WASM_DECLARE_REF(table)
typedef uint32_t wasm_table_size_t;
/// Null if `init` does not fit, or the table is too large.
WASM_API_EXTERN wasm_table_t* wasm_table_new(wasm_store_t*, const wasm_tabletype_t*,
                                             wasm_ref_t* init);
WASM_API_EXTERN wasm_tabletype_t* wasm_table_type(const wasm_table_t*);
/// The caller's; null beyond the end, too.
WASM_API_EXTERN wasm_ref_t* wasm_table_get(const wasm_table_t*, wasm_table_size_t index);
/// False beyond the end, and if the reference is not of the table's type.
WASM_API_EXTERN bool wasm_table_set(wasm_table_t*, wasm_table_size_t index, wasm_ref_t*);
WASM_API_EXTERN wasm_table_size_t wasm_table_size(const wasm_table_t*);
WASM_API_EXTERN bool wasm_table_grow(wasm_table_t*, wasm_table_size_t delta, wasm_ref_t* init);

WASM_DECLARE_REF(memory)
typedef uint32_t wasm_memory_pages_t;
static const size_t MEMORY_PAGE_SIZE = 0x10000;
/// Null if the limits are no memory's, or the host has no room.
WASM_API_EXTERN wasm_memory_t* wasm_memory_new(wasm_store_t*, const wasm_memorytype_t*);
WASM_API_EXTERN wasm_memorytype_t* wasm_memory_type(const wasm_memory_t*);
/// The bytes, which stay where they are when the memory grows.
WASM_API_EXTERN byte_t* wasm_memory_data(wasm_memory_t*);
WASM_API_EXTERN size_t wasm_memory_data_size(const wasm_memory_t*);
/// In pages of the memory's own size.
WASM_API_EXTERN wasm_memory_pages_t wasm_memory_size(const wasm_memory_t*);
WASM_API_EXTERN bool wasm_memory_grow(wasm_memory_t*, wasm_memory_pages_t delta);

/// Whatever can be imported and exported; tags have no handle of another type.
WASM_DECLARE_REF(extern)
WASM_DECLARE_VEC(extern, *)
WASM_API_EXTERN wasm_externkind_t wasm_extern_kind(const wasm_extern_t*);
/// The present type, the caller's.
WASM_API_EXTERN wasm_externtype_t* wasm_extern_type(const wasm_extern_t*);

/// Something of one kind, seen as a wasm_extern_t and back, as with WASM_DECLARE_REF.
#define WASM_DECLARE_EXTERN_VIEWS(name)                                                       \
  WASM_API_EXTERN wasm_extern_t* wasm_##name##_as_extern(wasm_##name##_t*);                   \
  WASM_API_EXTERN wasm_##name##_t* wasm_extern_as_##name(wasm_extern_t*);                     \
  WASM_API_EXTERN const wasm_extern_t* wasm_##name##_as_extern_const(const wasm_##name##_t*); \
  WASM_API_EXTERN const wasm_##name##_t* wasm_extern_as_##name##_const(const wasm_extern_t*);
WASM_DECLARE_EXTERN_VIEWS(func)
WASM_DECLARE_EXTERN_VIEWS(global)
WASM_DECLARE_EXTERN_VIEWS(table)
WASM_DECLARE_EXTERN_VIEWS(memory)

WASM_DECLARE_REF(instance)
/// Instantiates with as many imports as the module has, in its order. Null after a failure, and, if
/// `trap` is not null, a trap there: the start function's, or one that says what does not match.
WASM_API_EXTERN wasm_instance_t* wasm_instance_new(wasm_store_t*, const wasm_module_t*,
                                                   const wasm_extern_vec_t* imports,
                                                   wasm_trap_t** trap);
/// In the order of wasm_module_exports().
WASM_API_EXTERN void wasm_instance_exports(const wasm_instance_t*, wasm_extern_vec_t* out);

// Short forms.

static inline wasm_valtype_t* wasm_valtype_new_i32(void) { return wasm_valtype_new(WASM_I32); }
static inline wasm_valtype_t* wasm_valtype_new_i64(void) { return wasm_valtype_new(WASM_I64); }
static inline wasm_valtype_t* wasm_valtype_new_f32(void) { return wasm_valtype_new(WASM_F32); }
static inline wasm_valtype_t* wasm_valtype_new_f64(void) { return wasm_valtype_new(WASM_F64); }
static inline wasm_valtype_t* wasm_valtype_new_externref(void) {
  return wasm_valtype_new(WASM_EXTERNREF);
}
static inline wasm_valtype_t* wasm_valtype_new_funcref(void) {
  return wasm_valtype_new(WASM_FUNCREF);
}

/// For the functions below.
static inline wasm_functype_t* wasm_functype_new_of(size_t param_count, wasm_valtype_t** params,
                                                    size_t result_count, wasm_valtype_t** results) {
  wasm_valtype_vec_t ins, outs;
  wasm_valtype_vec_new(&ins, param_count, params);
  wasm_valtype_vec_new(&outs, result_count, results);
  return wasm_functype_new(&ins, &outs);
}

/// wasm_functype_new_M_N: a function type of M parameters and N results, which are taken over.
static inline wasm_functype_t* wasm_functype_new_0_0(void) {
  return wasm_functype_new_of(0, NULL, 0, NULL);
}
static inline wasm_functype_t* wasm_functype_new_1_0(wasm_valtype_t* p) {
  return wasm_functype_new_of(1, &p, 0, NULL);
}
static inline wasm_functype_t* wasm_functype_new_2_0(wasm_valtype_t* p1, wasm_valtype_t* p2) {
  wasm_valtype_t* params[] = {p1, p2};
  return wasm_functype_new_of(2, params, 0, NULL);
}
static inline wasm_functype_t* wasm_functype_new_3_0(wasm_valtype_t* p1, wasm_valtype_t* p2,
                                                     wasm_valtype_t* p3) {
  wasm_valtype_t* params[] = {p1, p2, p3};
  return wasm_functype_new_of(3, params, 0, NULL);
}
static inline wasm_functype_t* wasm_functype_new_0_1(wasm_valtype_t* r) {
  return wasm_functype_new_of(0, NULL, 1, &r);
}
static inline wasm_functype_t* wasm_functype_new_1_1(wasm_valtype_t* p, wasm_valtype_t* r) {
  return wasm_functype_new_of(1, &p, 1, &r);
}
static inline wasm_functype_t* wasm_functype_new_2_1(wasm_valtype_t* p1, wasm_valtype_t* p2,
                                                     wasm_valtype_t* r) {
  wasm_valtype_t* params[] = {p1, p2};
  return wasm_functype_new_of(2, params, 1, &r);
}
static inline wasm_functype_t* wasm_functype_new_3_1(wasm_valtype_t* p1, wasm_valtype_t* p2,
                                                     wasm_valtype_t* p3, wasm_valtype_t* r) {
  wasm_valtype_t* params[] = {p1, p2, p3};
  return wasm_functype_new_of(3, params, 1, &r);
}
static inline wasm_functype_t* wasm_functype_new_0_2(wasm_valtype_t* r1, wasm_valtype_t* r2) {
  wasm_valtype_t* results[] = {r1, r2};
  return wasm_functype_new_of(0, NULL, 2, results);
}
static inline wasm_functype_t* wasm_functype_new_1_2(wasm_valtype_t* p, wasm_valtype_t* r1,
                                                     wasm_valtype_t* r2) {
  wasm_valtype_t* results[] = {r1, r2};
  return wasm_functype_new_of(1, &p, 2, results);
}
static inline wasm_functype_t* wasm_functype_new_2_2(wasm_valtype_t* p1, wasm_valtype_t* p2,
                                                     wasm_valtype_t* r1, wasm_valtype_t* r2) {
  wasm_valtype_t* params[] = {p1, p2};
  wasm_valtype_t* results[] = {r1, r2};
  return wasm_functype_new_of(2, params, 2, results);
}
static inline wasm_functype_t* wasm_functype_new_3_2(wasm_valtype_t* p1, wasm_valtype_t* p2,
                                                     wasm_valtype_t* p3, wasm_valtype_t* r1,
                                                     wasm_valtype_t* r2) {
  wasm_valtype_t* params[] = {p1, p2, p3};
  wasm_valtype_t* results[] = {r1, r2};
  return wasm_functype_new_of(3, params, 2, results);
}

/// A pointer as the integer of its size, and back.
static inline void wasm_val_init_ptr(wasm_val_t* out, void* pointer) {
  if (sizeof(void*) == sizeof(int32_t)) {
    out->kind = WASM_I32;
    out->of.i32 = (int32_t)(intptr_t)pointer;
  } else {
    out->kind = WASM_I64;
    out->of.i64 = (int64_t)(intptr_t)pointer;
  }
}
static inline void* wasm_val_ptr(const wasm_val_t* value) {
  return (void*)(sizeof(void*) == sizeof(int32_t) ? (intptr_t)value->of.i32
                                                  : (intptr_t)value->of.i64);
}

// clang-format off
#define WASM_I32_VAL(value) {.kind = WASM_I32, .of = {.i32 = value}}
#define WASM_I64_VAL(value) {.kind = WASM_I64, .of = {.i64 = value}}
#define WASM_F32_VAL(value) {.kind = WASM_F32, .of = {.f32 = value}}
#define WASM_F64_VAL(value) {.kind = WASM_F64, .of = {.f64 = value}}
#define WASM_REF_VAL(value) {.kind = WASM_EXTERNREF, .of = {.ref = value}}
#define WASM_INIT_VAL {.kind = WASM_EXTERNREF, .of = {.ref = NULL}}
#define WASM_EMPTY_VEC {0, NULL}
#define WASM_ARRAY_VEC(array) {sizeof(array) / sizeof((array)[0]), array}
// clang-format on

#ifdef __cplusplus
}  // extern "C"
#endif
