// SPDX-License-Identifier: Apache-2.0
// Functions: those of the host as the machine calls them, and calls from C. Numbers cross without
// an allocation.
#include <algorithm>
#include <utility>

#include "bytecode/capi/references.h"
#include "bytecode/capi/types.h"
#include "bytecode/capi/values.h"

namespace doppel::bytecode::capi {
namespace {

/// A C function, with or without an environment, which it ends.
class Callback {
 public:
  explicit Callback(wasm_func_callback_t plain) : plain_(plain) {}
  Callback(wasm_func_callback_with_env_t with_env, void* env, void (*finalizer)(void*))
      : with_env_(with_env) {
    env_.set(env, finalizer);
  }
  /// The trap is the caller's.
  wasm_trap_t* operator()(const wasm_val_vec_t& args, wasm_val_vec_t& results) const {
    return with_env_ != nullptr ? with_env_(env_.get(), &args, &results) : plain_(&args, &results);
  }

 private:
  wasm_func_callback_t plain_ = nullptr;
  wasm_func_callback_with_env_t with_env_ = nullptr;
  HostInfo env_;
};

/// The values of a call of the host, which it owns.
class Values {
 public:
  explicit Values(std::size_t count) : values_(count), vector_{count, values_.data()} {
    std::fill_n(values_.data(), count, wasm_val_t{});
  }
  ~Values() {
    if (vector_.data != values_.data()) wasm_val_vec_delete(&vector_);
    for (std::size_t i = 0; i < values_.size(); ++i) wasm_val_delete(&values_[i]);
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  wasm_val_t& operator[](std::size_t index) { return vector_.data[index]; }
  wasm_val_vec_t& vector() { return vector_; }

 private:
  Buffer<wasm_val_t> values_;
  wasm_val_vec_t vector_;  ///< the host function may put another in its place
};

HostOutcome failure(std::string message) { return {TrapKind::kHost, std::move(message)}; }

std::string wrong_count(const char* what, std::size_t found, std::size_t expected) {
  return "found " + std::to_string(found) + " " + what + ", expected " + std::to_string(expected);
}

/// What the machine shall do with the trap that a host function has answered.
HostOutcome outcome_of(StoreState& store, const wasm_trap_t& trap) {
  if (trap.store.get() != &store) return failure(trap.trap().describe());
  // An exception may be caught; a trap ends the call, which finds it here.
  if (trap.trap().kind != TrapKind::kUncaughtException)
    store.thrown = std::static_pointer_cast<TrapThing>(trap.shared);
  return pass_on(trap.trap());
}

HostOutcome call_host(StoreState& store, const FuncType& type, const Callback& callback,
                      std::uint64_t* slots) {
  Values args(type.params.size());
  Values results(type.results.size());
  for (std::size_t i = 0; i < type.params.size(); ++i)
    args[i] = to_value(store, slots[i], type.params[i]);
  for (std::size_t i = 0; i < type.results.size(); ++i)
    results[i] = zero_of(store, type.results[i]);
  const std::unique_ptr<wasm_trap_t> trap(callback(args.vector(), results.vector()));
  if (trap != nullptr) return outcome_of(store, *trap);
  if (const std::size_t left = results.vector().size; left != type.results.size())
    return failure(wrong_count("results", left, type.results.size()));
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    const auto word = to_word(store, results[i], type.results[i]);
    if (!word) return failure(mismatch("result", i, type.results[i]));
    slots[i] = *word;
  }
  return {};
}

/// Null if the type has vectors.
wasm_func_t* make_host_function(wasm_store_t* handle, const wasm_functype_t* functype,
                                std::shared_ptr<Callback> callback) {
  const auto type = func_type_of(*functype);
  if (!type) return nullptr;
  // The function ends with the store, whose state is then still there.
  StoreState* const state = handle->state.get();
  auto body = [state, type = *type, callback = std::move(callback)](HostCall& call) {
    return call_host(*state, type, *callback, call.slots);
  };
  return make_func(handle->state, *state->store().add_host_function(*type, std::move(body), ""))
      .release();
}

bool has_vectors(const FuncType& type) {
  return std::ranges::any_of(type.params, &ValType::is_vector) ||
         std::ranges::any_of(type.results, &ValType::is_vector);
}

}  // namespace
}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

wasm_func_t* wasm_func_new(wasm_store_t* store, const wasm_functype_t* type,
                           wasm_func_callback_t callback) {
  return capi::make_host_function(store, type, std::make_shared<capi::Callback>(callback));
}

wasm_func_t* wasm_func_new_with_env(wasm_store_t* store, const wasm_functype_t* type,
                                    wasm_func_callback_with_env_t callback, void* env,
                                    void (*finalizer)(void*)) {
  return capi::make_host_function(store, type,
                                  std::make_shared<capi::Callback>(callback, env, finalizer));
}

wasm_functype_t* wasm_func_type(const wasm_func_t* func) {
  return capi::as<wasm_functype_t>(capi::describe(func->store->store().types().table(), func->item))
      .release();
}
size_t wasm_func_param_arity(const wasm_func_t* func) {
  return func->item.function->type->params.size();
}
size_t wasm_func_result_arity(const wasm_func_t* func) {
  return func->item.function->type->results.size();
}

wasm_trap_t* wasm_func_call(const wasm_func_t* func, const wasm_val_vec_t* args,
                            wasm_val_vec_t* results) {
  const capi::StorePtr& store = func->store;
  doppel::bytecode::Function& function = *func->item.function;
  const auto& [params, answers] = *function.type;
  const auto refuse = [&](std::string why) {
    return capi::make_trap(store, std::move(why)).release();
  };
  const std::size_t given = args == nullptr ? 0 : args->size;
  if (given != params.size()) return refuse(capi::wrong_count("arguments", given, params.size()));
  if (capi::has_vectors(*function.type)) return refuse("vectors cannot be given to or by C");

  capi::Buffer<std::uint64_t> slots(std::max(params.size(), answers.size()));
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto word = capi::to_word(*store, args->data[i], params[i]);
    if (!word) return refuse(capi::mismatch("argument", i, params[i]));
    slots[i] = *word;
  }
  auto trap = store->store().thread().call(function, {slots.data(), slots.size()});
  if (trap) return capi::make_trap(store, *std::move(trap)).release();
  // Only now: a caller who expects a trap need not have room for results.
  const std::size_t room = results == nullptr ? 0 : results->size;
  if (room < answers.size())
    return refuse(capi::wrong_count("places for results", room, answers.size()));
  for (std::size_t i = 0; i < answers.size(); ++i)
    results->data[i] = capi::to_value(*store, slots[i], answers[i]);
  return nullptr;
}
