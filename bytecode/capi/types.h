// SPDX-License-Identifier: Apache-2.0
// The type descriptions of the C interface, and how they are made of the machine's types and read
// as them.
#pragma once

#include <memory>
#include <optional>

#include "bytecode/binary/module.h"
#include "bytecode/capi/vectors.h"
#include "bytecode/gc/runtime_type.h"
#include "bytecode/runtime/instance.h"

struct wasm_valtype_t {
  wasm_valkind_t kind;
};

struct wasm_externtype_t {
  explicit wasm_externtype_t(wasm_externkind_t kind) : kind(kind) {}
  wasm_externtype_t(const wasm_externtype_t&) = default;
  wasm_externtype_t& operator=(const wasm_externtype_t&) = delete;
  virtual ~wasm_externtype_t() = default;
  [[nodiscard]] virtual std::unique_ptr<wasm_externtype_t> copy() const = 0;
  const wasm_externkind_t kind;
};

namespace doppel::bytecode::capi {

/// An external type that copies itself.
template <class Type, wasm_externkind_t kKind>
struct ExternType : wasm_externtype_t {
  ExternType() : wasm_externtype_t(kKind) {}
  [[nodiscard]] std::unique_ptr<wasm_externtype_t> copy() const override {
    return std::make_unique<Type>(static_cast<const Type&>(*this));
  }
};

}  // namespace doppel::bytecode::capi

struct wasm_functype_t final
    : doppel::bytecode::capi::ExternType<wasm_functype_t, WASM_EXTERN_FUNC> {
  doppel::bytecode::capi::OwnedTypes params;
  doppel::bytecode::capi::OwnedTypes results;
};

struct wasm_globaltype_t final
    : doppel::bytecode::capi::ExternType<wasm_globaltype_t, WASM_EXTERN_GLOBAL> {
  const wasm_valtype_t* content = nullptr;
  wasm_mutability_t mutability = WASM_CONST;
};

struct wasm_tabletype_t final
    : doppel::bytecode::capi::ExternType<wasm_tabletype_t, WASM_EXTERN_TABLE> {
  const wasm_valtype_t* element = nullptr;
  wasm_limits_t limits{0, wasm_limits_max_default};
};

struct wasm_memorytype_t final
    : doppel::bytecode::capi::ExternType<wasm_memorytype_t, WASM_EXTERN_MEMORY> {
  wasm_limits_t limits{0, wasm_limits_max_default};
};

struct wasm_tagtype_t final : doppel::bytecode::capi::ExternType<wasm_tagtype_t, WASM_EXTERN_TAG> {
  wasm_functype_t functype;
};

namespace doppel::bytecode::capi {

using ExternTypePtr = std::unique_ptr<wasm_externtype_t>;

/// Of a module's types, or a store's.
wasm_valkind_t kind_of(ValType type, const std::vector<DefinedType>& types);
wasm_valkind_t kind_of(ValType type, const gc::TypeTable& types);
/// None for a number that is no kind.
std::optional<ValType> val_type_of(wasm_valkind_t kind);

/// The machine's types, of descriptions. None where vectors occur, which C has no values for.
std::optional<FuncType> func_type_of(const wasm_functype_t& type);
Limits limits_of(const wasm_limits_t& limits);

/// Descriptions of what stands in a module's index space, and of what is in a store.
ExternTypePtr describe(const Module& module, ExternKind kind, std::uint32_t index);
ExternTypePtr describe(const gc::TypeTable& types, const Extern& item);

/// The same as what the caller knows it is.
template <class Type>
std::unique_ptr<Type> as(ExternTypePtr type) {
  return std::unique_ptr<Type>(static_cast<Type*>(type.release()));
}

}  // namespace doppel::bytecode::capi

struct wasm_importtype_t {
  doppel::bytecode::capi::OwnedName module;
  doppel::bytecode::capi::OwnedName name;
  doppel::bytecode::capi::ExternTypePtr type;
};

struct wasm_exporttype_t {
  doppel::bytecode::capi::OwnedName name;
  doppel::bytecode::capi::ExternTypePtr type;
};
