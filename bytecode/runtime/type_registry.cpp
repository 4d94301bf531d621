// SPDX-License-Identifier: Apache-2.0
// Interning of function types.
#include "bytecode/runtime/type_registry.h"

#include <algorithm>

namespace doppel::bytecode {

namespace {

bool less(const ResultType& a, const ResultType& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](ValType x, ValType y) { return x.bits() < y.bits(); });
}

}  // namespace

bool TypeRegistry::Less::operator()(const FuncType* a, const FuncType* b) const {
  if (a->params != b->params) return less(a->params, b->params);
  return less(a->results, b->results);
}

std::uint32_t TypeRegistry::id(const FuncType& type) {
  if (const auto found = ids_.find(&type); found != ids_.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(types_.size());
  ids_.emplace(&types_.emplace_back(type), id);
  return id;
}

}  // namespace doppel::bytecode
