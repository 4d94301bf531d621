// SPDX-License-Identifier: Apache-2.0
// A store of the C interface and what its tests do with it; modules come in as text.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/capi/wasm.h"
#include "bytecode/text/assemble.h"

namespace doppel::bytecode::capi {

struct Delete {
  void operator()(wasm_engine_t* object) const { wasm_engine_delete(object); }
  void operator()(wasm_store_t* object) const { wasm_store_delete(object); }
  void operator()(wasm_module_t* object) const { wasm_module_delete(object); }
  void operator()(wasm_instance_t* object) const { wasm_instance_delete(object); }
  void operator()(wasm_extern_t* object) const { wasm_extern_delete(object); }
  void operator()(wasm_func_t* object) const { wasm_func_delete(object); }
  void operator()(wasm_global_t* object) const { wasm_global_delete(object); }
  void operator()(wasm_table_t* object) const { wasm_table_delete(object); }
  void operator()(wasm_foreign_t* object) const { wasm_foreign_delete(object); }
  void operator()(wasm_ref_t* object) const { wasm_ref_delete(object); }
  void operator()(wasm_trap_t* object) const { wasm_trap_delete(object); }
  void operator()(wasm_frame_t* object) const { wasm_frame_delete(object); }
  void operator()(wasm_functype_t* object) const { wasm_functype_delete(object); }
};
template <class T>
using Ptr = std::unique_ptr<T, Delete>;

inline wasm_val_t i32(std::int32_t value) {
  wasm_val_t made{};
  made.kind = WASM_I32;
  made.of.i32 = value;
  return made;
}
/// Lends the handle.
inline wasm_val_t ref(wasm_ref_t* handle) {
  wasm_val_t made{};
  made.kind = WASM_EXTERNREF;
  made.of.ref = handle;
  return made;
}

/// "trap: message", without what ends it; "none" of null.
inline std::string message_of(const wasm_trap_t* trap) {
  if (trap == nullptr) return "none";
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  EXPECT_EQ(message.data[message.size - 1], '\0');
  std::string text(message.data, message.size - 1);
  wasm_byte_vec_delete(&message);
  return text;
}

/// See the file comment.
class Host {
 public:
  Host() : engine(wasm_engine_new()), store(wasm_store_new(engine.get())) {}

  Ptr<wasm_module_t> module(std::string_view text) const {
    const auto binary = assemble(text, "test.wat").value();
    const wasm_byte_vec_t bytes{binary.size(),
                                reinterpret_cast<char*>(const_cast<std::byte*>(binary.data()))};
    Ptr<wasm_module_t> made(wasm_module_new(store.get(), &bytes));
    if (made == nullptr) throw std::runtime_error("no valid module");
    return made;
  }
  /// An instance, or null and why not in `trap`.
  Ptr<wasm_instance_t> instance(std::string_view text, std::vector<wasm_extern_t*> items = {}) {
    const wasm_extern_vec_t imports{items.size(), items.data()};
    wasm_trap_t* why = nullptr;
    Ptr<wasm_instance_t> made(wasm_instance_new(store.get(), module(text).get(), &imports, &why));
    trap.reset(why);
    return made;
  }
  /// Its export of that number.
  static Ptr<wasm_extern_t> item(const Ptr<wasm_instance_t>& instance, std::size_t index) {
    wasm_extern_vec_t exports;
    wasm_instance_exports(instance.get(), &exports);
    Ptr<wasm_extern_t> found(wasm_extern_copy(exports.data[index]));
    wasm_extern_vec_delete(&exports);
    return found;
  }

  /// A function of the host that lives as long as this.
  using Body = std::function<wasm_trap_t*(const wasm_val_vec_t& args, wasm_val_vec_t& results)>;
  Ptr<wasm_func_t> function(wasm_functype_t* type, Body body) {
    const Ptr<wasm_functype_t> owned(type);
    bodies.push_back(std::make_unique<Body>(std::move(body)));
    const auto call = [](void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
      return (*static_cast<Body*>(env))(*args, *results);
    };
    return Ptr<wasm_func_t>(
        wasm_func_new_with_env(store.get(), type, call, bodies.back().get(), nullptr));
  }

  /// Calls a function; its results are in `results` afterwards, which owns them.
  Ptr<wasm_trap_t> call(const wasm_extern_t* item, std::vector<wasm_val_t> args = {}) {
    const wasm_func_t* const func = wasm_extern_as_func_const(item);
    const wasm_val_vec_t in{args.size(), args.data()};
    wasm_val_vec_t out;
    wasm_val_vec_new_uninitialized(&out, wasm_func_result_arity(func));
    Ptr<wasm_trap_t> trap(wasm_func_call(func, &in, &out));
    wasm_val_vec_delete(&results);
    results = out;
    return trap;
  }

  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() { wasm_val_vec_delete(&results); }

  std::vector<std::unique_ptr<Body>> bodies;
  Ptr<wasm_engine_t> engine;
  Ptr<wasm_store_t> store;
  Ptr<wasm_trap_t> trap;
  wasm_val_vec_t results{0, nullptr};
};

}  // namespace doppel::bytecode::capi
