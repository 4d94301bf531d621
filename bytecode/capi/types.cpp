// SPDX-License-Identifier: Apache-2.0
// Descriptions of types, in both directions.
#include "bytecode/capi/types.h"

#include <algorithm>
#include <array>

namespace doppel::bytecode::capi {
namespace {

constexpr std::array<wasm_valtype_t, 7> kTypes{{{WASM_I32},
                                                {WASM_I64},
                                                {WASM_F32},
                                                {WASM_F64},
                                                {WASM_V128},
                                                {WASM_EXTERNREF},
                                                {WASM_FUNCREF}}};

/// The description of a kind. Nobody changes it, though the interface's types would allow it.
wasm_valtype_t* description_of(wasm_valkind_t kind) {
  const auto* const found = std::ranges::find(kTypes, kind, &wasm_valtype_t::kind);
  return found == kTypes.end() ? nullptr : const_cast<wasm_valtype_t*>(found);
}

template <class Types>
wasm_valkind_t kind_among(ValType type, const Types& types) {
  switch (type.kind()) {
    case ValKind::kI32: return WASM_I32;
    case ValKind::kI64: return WASM_I64;
    case ValKind::kF32: return WASM_F32;
    case ValKind::kF64: return WASM_F64;
    case ValKind::kV128: return WASM_V128;
    default: return gc::is_collected(type, types) ? WASM_EXTERNREF : WASM_FUNCREF;
  }
}

template <class Types>
OwnedTypes describe_values(const ResultType& values, const Types& types) {
  OwnedTypes made;
  allocate(*made.get(), values.size());
  for (std::size_t i = 0; i < made.get()->size; ++i)
    made.get()->data[i] = description_of(kind_among(values[i], types));
  return made;
}

template <class Types>
void describe_function(wasm_functype_t& out, const FuncType& type, const Types& types) {
  out.params = describe_values(type.params, types);
  out.results = describe_values(type.results, types);
}

std::uint32_t saturate(std::uint64_t number) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, UINT32_MAX));
}

wasm_limits_t describe_limits(const Limits& limits) {
  return {saturate(limits.min),
          limits.max ? saturate(*limits.max) : std::uint32_t{wasm_limits_max_default}};
}

template <class Types>
ExternTypePtr describe_function(const FuncType& type, const Types& types) {
  auto made = std::make_unique<wasm_functype_t>();
  describe_function(*made, type, types);
  return made;
}

template <class Types>
ExternTypePtr describe_tag(const FuncType& type, const Types& types) {
  auto made = std::make_unique<wasm_tagtype_t>();
  describe_function(made->functype, type, types);
  return made;
}

template <class Types>
ExternTypePtr describe_global(const GlobalType& type, const Types& types) {
  auto made = std::make_unique<wasm_globaltype_t>();
  made->content = description_of(kind_among(type.type, types));
  made->mutability = type.is_mutable ? WASM_VAR : WASM_CONST;
  return made;
}

template <class Types>
ExternTypePtr describe_table(const TableType& type, const Types& types) {
  auto made = std::make_unique<wasm_tabletype_t>();
  made->element = description_of(kind_among(type.element, types));
  made->limits = describe_limits(type.limits);
  return made;
}

ExternTypePtr describe_memory(const MemoryType& type) {
  auto made = std::make_unique<wasm_memorytype_t>();
  made->limits = describe_limits(type.limits);
  return made;
}

/// None if one is a vector.
std::optional<ResultType> values_of(const wasm_valtype_vec_t& kinds) {
  ResultType types;
  for (std::size_t i = 0; i < kinds.size; ++i) {
    types.push_back(*val_type_of(kinds.data[i]->kind));
    if (types.back().is_vector()) return std::nullopt;
  }
  return types;
}

bool has_null(const wasm_valtype_vec_t& types) {
  return std::find(types.data, types.data + types.size, nullptr) != types.data + types.size;
}

}  // namespace

wasm_valkind_t kind_of(ValType type, const std::vector<DefinedType>& types) {
  return kind_among(type, types);
}
wasm_valkind_t kind_of(ValType type, const gc::TypeTable& types) { return kind_among(type, types); }

std::optional<ValType> val_type_of(wasm_valkind_t kind) {
  switch (kind) {
    case WASM_I32: return kI32;
    case WASM_I64: return kI64;
    case WASM_F32: return kF32;
    case WASM_F64: return kF64;
    case WASM_V128: return kV128;
    case WASM_EXTERNREF: return kExternRef;
    case WASM_FUNCREF: return kFuncRef;
    default: return std::nullopt;
  }
}

std::optional<FuncType> func_type_of(const wasm_functype_t& type) {
  auto params = values_of(*type.params.get());
  auto results = values_of(*type.results.get());
  if (!params || !results) return std::nullopt;
  return FuncType{*std::move(params), *std::move(results)};
}

Limits limits_of(const wasm_limits_t& limits) {
  Limits made{limits.min, std::nullopt};
  if (limits.max != wasm_limits_max_default) made.max = limits.max;
  return made;
}

ExternTypePtr describe(const Module& module, ExternKind kind, std::uint32_t index) {
  switch (kind) {
    case ExternKind::kFunc:
      return describe_function(module.func_type(FuncIndex{index}), module.types);
    case ExternKind::kTable: return describe_table(module.tables[index].type, module.types);
    case ExternKind::kMemory: return describe_memory(module.memories[index]);
    case ExternKind::kGlobal: return describe_global(module.globals[index].type, module.types);
    case ExternKind::kTag:
      return describe_tag(module.func_type(module.tags[index].type), module.types);
  }
  return nullptr;
}

ExternTypePtr describe(const gc::TypeTable& types, const Extern& item) {
  switch (item.kind) {
    case ExternKind::kFunc: return describe_function(*item.function->type, types);
    case ExternKind::kTable: return describe_table(item.table->type(), types);
    case ExternKind::kMemory: return describe_memory(item.memory->type());
    case ExternKind::kGlobal: return describe_global(item.global->type, types);
    case ExternKind::kTag: return describe_tag(*item.tag->type, types);
  }
  return nullptr;
}

}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

// Value types.

wasm_valtype_t* wasm_valtype_new(wasm_valkind_t kind) { return capi::description_of(kind); }
wasm_valtype_t* wasm_valtype_copy(const wasm_valtype_t* type) {
  return const_cast<wasm_valtype_t*>(type);
}
void wasm_valtype_delete(wasm_valtype_t*) {}
wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t* type) { return type->kind; }

// External types: what all of them have.

#define DOPPEL_EXTERNTYPE(name)                                                           \
  void wasm_##name##_delete(wasm_##name##_t* type) { delete type; }                       \
  wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t* type) {                      \
    return type == nullptr ? nullptr : capi::as<wasm_##name##_t>(type->copy()).release(); \
  }
#define DOPPEL_EXTERNTYPE_VIEWS(name)                                                       \
  DOPPEL_EXTERNTYPE(name)                                                                   \
  wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t* type) { return type; }    \
  const wasm_externtype_t* wasm_##name##_as_externtype_const(const wasm_##name##_t* type) { \
    return type;                                                                            \
  }                                                                                         \
  wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t* type) {                     \
    return dynamic_cast<wasm_##name##_t*>(type);                                            \
  }                                                                                         \
  const wasm_##name##_t* wasm_externtype_as_##name##_const(const wasm_externtype_t* type) { \
    return dynamic_cast<const wasm_##name##_t*>(type);                                      \
  }
DOPPEL_EXTERNTYPE(externtype)
DOPPEL_EXTERNTYPE_VIEWS(functype)
DOPPEL_EXTERNTYPE_VIEWS(globaltype)
DOPPEL_EXTERNTYPE_VIEWS(tabletype)
DOPPEL_EXTERNTYPE_VIEWS(memorytype)
DOPPEL_EXTERNTYPE_VIEWS(tagtype)
#undef DOPPEL_EXTERNTYPE_VIEWS
#undef DOPPEL_EXTERNTYPE

wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t* type) { return type->kind; }

// External types: what each of them has.

wasm_functype_t* wasm_functype_new(wasm_valtype_vec_t* params, wasm_valtype_vec_t* results) {
  auto made = std::make_unique<wasm_functype_t>();
  made->params = capi::OwnedTypes(params);
  made->results = capi::OwnedTypes(results);
  if (capi::has_null(*made->params.get()) || capi::has_null(*made->results.get())) return nullptr;
  return made.release();
}
const wasm_valtype_vec_t* wasm_functype_params(const wasm_functype_t* type) {
  return type->params.get();
}
const wasm_valtype_vec_t* wasm_functype_results(const wasm_functype_t* type) {
  return type->results.get();
}

wasm_globaltype_t* wasm_globaltype_new(wasm_valtype_t* content, wasm_mutability_t mutability) {
  if (content == nullptr) return nullptr;
  auto made = std::make_unique<wasm_globaltype_t>();
  made->content = content;
  made->mutability = mutability;
  return made.release();
}
const wasm_valtype_t* wasm_globaltype_content(const wasm_globaltype_t* type) {
  return type->content;
}
wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t* type) {
  return type->mutability;
}

wasm_tabletype_t* wasm_tabletype_new(wasm_valtype_t* element, const wasm_limits_t* limits) {
  if (element == nullptr) return nullptr;
  auto made = std::make_unique<wasm_tabletype_t>();
  made->element = element;
  made->limits = *limits;
  return made.release();
}
const wasm_valtype_t* wasm_tabletype_element(const wasm_tabletype_t* type) { return type->element; }
const wasm_limits_t* wasm_tabletype_limits(const wasm_tabletype_t* type) { return &type->limits; }

wasm_memorytype_t* wasm_memorytype_new(const wasm_limits_t* limits) {
  auto made = std::make_unique<wasm_memorytype_t>();
  made->limits = *limits;
  return made.release();
}
const wasm_limits_t* wasm_memorytype_limits(const wasm_memorytype_t* type) { return &type->limits; }

wasm_tagtype_t* wasm_tagtype_new(wasm_functype_t* functype) {
  if (functype == nullptr) return nullptr;
  const std::unique_ptr<wasm_functype_t> taken(functype);
  auto made = std::make_unique<wasm_tagtype_t>();
  made->functype.params = std::move(taken->params);
  made->functype.results = std::move(taken->results);
  return made.release();
}
const wasm_functype_t* wasm_tagtype_functype(const wasm_tagtype_t* type) { return &type->functype; }

// Imports and exports.

wasm_importtype_t* wasm_importtype_new(wasm_name_t* module, wasm_name_t* name,
                                       wasm_externtype_t* type) {
  auto made = std::make_unique<wasm_importtype_t>(capi::OwnedName(module), capi::OwnedName(name),
                                                  capi::ExternTypePtr(type));
  return type == nullptr ? nullptr : made.release();
}
void wasm_importtype_delete(wasm_importtype_t* type) { delete type; }
wasm_importtype_t* wasm_importtype_copy(const wasm_importtype_t* type) {
  if (type == nullptr) return nullptr;
  return new wasm_importtype_t{type->module, type->name, type->type->copy()};
}
const wasm_name_t* wasm_importtype_module(const wasm_importtype_t* type) {
  return type->module.get();
}
const wasm_name_t* wasm_importtype_name(const wasm_importtype_t* type) { return type->name.get(); }
const wasm_externtype_t* wasm_importtype_type(const wasm_importtype_t* type) {
  return type->type.get();
}

wasm_exporttype_t* wasm_exporttype_new(wasm_name_t* name, wasm_externtype_t* type) {
  auto made = std::make_unique<wasm_exporttype_t>(capi::OwnedName(name), capi::ExternTypePtr(type));
  return type == nullptr ? nullptr : made.release();
}
void wasm_exporttype_delete(wasm_exporttype_t* type) { delete type; }
wasm_exporttype_t* wasm_exporttype_copy(const wasm_exporttype_t* type) {
  if (type == nullptr) return nullptr;
  return new wasm_exporttype_t{type->name, type->type->copy()};
}
const wasm_name_t* wasm_exporttype_name(const wasm_exporttype_t* type) { return type->name.get(); }
const wasm_externtype_t* wasm_exporttype_type(const wasm_exporttype_t* type) {
  return type->type.get();
}
