// SPDX-License-Identifier: Apache-2.0
// Numbers come from the validator's identities, which are by recursion group; what is new gets its
// display and layout.
#include "bytecode/runtime/runtime_types.h"

#include "bytecode/validate/heap_types.h"

namespace doppel::bytecode {

ValType canonical(ValType type, const std::vector<std::uint32_t>& ids) {
  if (!type.is_ref() || !type.ref().heap.is_defined()) return type;
  const RefType ref = type.ref();
  return RefType{HeapType(TypeIndex{ids[ref.heap.index().value()]}), ref.nullable};
}

ResultType canonical(const ResultType& types, const std::vector<std::uint32_t>& ids) {
  ResultType made;
  made.reserve(types.size());
  for (const ValType type : types) made.push_back(canonical(type, ids));
  return made;
}

std::vector<std::uint32_t> RuntimeTypes::add(const std::vector<DefinedType>& types) {
  std::vector<std::uint32_t> ids;
  ids.reserve(types.size());
  for (const TypeId id : identities_.identify(types)) ids.push_back(id.value());
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (ids[i] >= types_.size()) types_.resize(std::size_t{ids[i]} + 1);
    if (types_[ids[i]] == nullptr) define(ids[i], types[i], types, ids);
  }
  return ids;
}

std::uint32_t RuntimeTypes::add(const FuncType& type) {
  DefinedType defined;
  defined.composite.func = type;
  return add(std::vector{std::move(defined)}).front();
}

void RuntimeTypes::define(std::uint32_t id, const DefinedType& type,
                          const std::vector<DefinedType>& types,
                          const std::vector<std::uint32_t>& ids) {
  constexpr gc::TypeKind kKinds[] = {gc::TypeKind::kFunc, gc::TypeKind::kStruct,
                                     gc::TypeKind::kArray};
  auto made = std::make_unique<gc::RuntimeType>();
  made->id = id;
  made->kind = kKinds[static_cast<std::size_t>(type.composite.kind)];
  made->func = {canonical(type.composite.func.params, ids),
                canonical(type.composite.func.results, ids)};
  made->layout = gc::lay_out(type.composite, types);
  // A supertype stands before its subtypes.
  if (type.super) made->display = types_[ids[type.super->value()]]->display;
  made->display.push_back(id);
  types_[id] = std::move(made);
}

const gc::RuntimeType& RuntimeTypes::exception(std::uint32_t func) {
  if (const auto found = exceptions_.find(func); found != exceptions_.end())
    return *types_[found->second];
  auto made = std::make_unique<gc::RuntimeType>();
  made->id = identities_.reserve().value();
  made->kind = gc::TypeKind::kException;
  made->display = {made->id};
  std::uint32_t offset = gc::kHeaderBytes + 8;  // behind the tag
  for (const ValType type : types_[func]->func.params) {
    const bool collected = gc::is_collected(type, types_);
    if (collected) made->layout.references.push_back(offset);
    made->layout.fields.push_back({offset, type.is_vector() ? gc::Storage::kV128
                                           : collected      ? gc::Storage::kReference
                                                            : gc::Storage::kWord64});
    offset += type.slots() * 8;
  }
  made->layout.size = offset;
  exceptions_.emplace(func, made->id);
  types_.resize(std::size_t{made->id} + 1);
  return *(types_[made->id] = std::move(made));
}

CompositeKind RuntimeTypes::kind_of(TypeIndex id) const {
  switch (types_[id.value()]->kind) {
    case gc::TypeKind::kStruct: return CompositeKind::kStruct;
    case gc::TypeKind::kArray: return CompositeKind::kArray;
    default: return CompositeKind::kFunc;
  }
}

bool RuntimeTypes::matches(ValType sub, ValType super) const {
  return sub == super || (sub.is_ref() && super.is_ref() && matches(sub.ref(), super.ref()));
}

bool RuntimeTypes::matches(RefType sub, RefType super) const {
  if (sub.nullable && !super.nullable) return false;
  return heap_matches(
      sub.heap, super.heap, [&](TypeIndex id) { return kind_of(id); },
      [&](TypeIndex a, TypeIndex b) {
        return types_[a.value()]->is_subtype_of(*types_[b.value()]);
      });
}

}  // namespace doppel::bytecode
