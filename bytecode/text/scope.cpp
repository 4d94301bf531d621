// SPDX-License-Identifier: Apache-2.0
// The type table: function types are found by their encoding.
#include "bytecode/text/scope.h"

#include "bytecode/binary/encoder.h"

namespace doppel::bytecode::text {
namespace {

std::string encoding_of(const FuncType& type) {
  Encoder encoder;
  encoder.result_type(type.params);
  encoder.result_type(type.results);
  return {reinterpret_cast<const char*>(encoder.bytes().data()), encoder.size()};
}

}  // namespace

void TypeTable::add(DefinedType type) {
  const bool is_plain_function = type.composite.kind == CompositeKind::kFunc && type.is_final &&
                                 !type.super && type.group_size == 1;
  if (is_plain_function) {
    plain_functions_.emplace(encoding_of(type.composite.func),
                             TypeIndex{static_cast<std::uint32_t>(types_.size())});
  }
  types_.push_back(std::move(type));
}

TypeIndex TypeTable::find_or_add(const FuncType& type) {
  const auto found = plain_functions_.find(encoding_of(type));
  if (found != plain_functions_.end()) return found->second;
  const TypeIndex index{static_cast<std::uint32_t>(types_.size())};
  DefinedType defined;
  defined.composite.func = type;
  defined.group_begin = index;
  add(std::move(defined));
  return index;
}

}  // namespace doppel::bytecode::text
