// SPDX-License-Identifier: Apache-2.0
// A recursion group is written as a string of numbers, which serves as its key.
#include "bytecode/validate/type_identity.h"

namespace doppel::bytecode {
namespace {

/// Writes one recursion group.
class GroupKey {
 public:
  GroupKey(const std::vector<TypeId>& ids, TypeIndex begin) : ids_(ids), begin_(begin) {}

  void add(const DefinedType& type) {
    number(static_cast<std::uint32_t>(type.composite.kind) | (type.is_final ? 4U : 0U) |
           (type.super ? 8U : 0U));
    if (type.super) index(*type.super);
    list(type.composite.func.params);
    list(type.composite.func.results);
    number(static_cast<std::uint32_t>(type.composite.fields.size()));
    for (const FieldType& field : type.composite.fields) {
      number(static_cast<std::uint32_t>(field.packing) | (field.is_mutable ? 4U : 0U));
      value(field.type);
    }
  }

  std::string take() { return std::move(key_); }

 private:
  void number(std::uint32_t n) {
    for (unsigned shift = 0; shift < 32; shift += 8) key_ += static_cast<char>(n >> shift & 0xffU);
  }
  /// A reference into the group is odd, one to an earlier type even.
  void index(TypeIndex type) {
    number(type < begin_ ? ids_[type.value()].value() * 2 : (type - begin_) * 2 + 1);
  }
  void value(ValType type) {
    number(static_cast<std::uint32_t>(type.kind()));
    if (!type.is_ref()) return;
    const RefType ref = type.ref();
    number(static_cast<std::uint32_t>(ref.heap.kind()) * 2 + (ref.nullable ? 1 : 0));
    if (ref.heap.is_defined()) index(ref.heap.index());
  }
  void list(const ResultType& types) {
    number(static_cast<std::uint32_t>(types.size()));
    for (const ValType& type : types) value(type);
  }

  const std::vector<TypeId>& ids_;
  TypeIndex begin_;
  std::string key_;
};

}  // namespace

std::vector<TypeId> TypeRegistry::identify(const std::vector<DefinedType>& types) {
  std::vector<TypeId> ids;
  ids.reserve(types.size());
  while (ids.size() < types.size()) {
    const auto first = static_cast<std::uint32_t>(ids.size());
    const std::uint32_t size = types[first].group_size;
    GroupKey key(ids, TypeIndex{first});
    for (std::uint32_t i = 0; i < size; ++i) key.add(types[first + i]);
    const auto [place, is_new] = groups_.try_emplace(key.take(), TypeId{next_});
    if (is_new) next_ += size;
    for (std::uint32_t i = 0; i < size; ++i) ids.push_back(place->second + i);
  }
  return ids;
}

}  // namespace doppel::bytecode
