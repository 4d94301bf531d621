// SPDX-License-Identifier: Apache-2.0
// Whether a reference matches a type (specification 3.3.3), for tests and casts: what a type is
// tested as, and the test.
#pragma once

#include "bytecode/binary/module.h"
#include "bytecode/gc/heap.h"
#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/slow.h"
#include "bytecode/runtime/function.h"

namespace doppel::bytecode::interp {

/// How a reference is tested for a type of the module.
inline CastTarget cast_target(HeapType type, const Module& module) {
  switch (type.kind()) {
    case HeapKind::kEq: return CastTarget::kEq;
    case HeapKind::kI31: return CastTarget::kI31;
    case HeapKind::kStruct: return CastTarget::kStruct;
    case HeapKind::kArray: return CastTarget::kArray;
    case HeapKind::kDefined:
      return module.types[type.index().value()].composite.kind == CompositeKind::kFunc
                 ? CastTarget::kFuncType
                 : CastTarget::kObjectType;
    case HeapKind::kFunc:
    case HeapKind::kExtern:
    case HeapKind::kAny:
    case HeapKind::kExn: return CastTarget::kAnything;
    default: return CastTarget::kNothing;
  }
}

/// Whether a reference that is not null matches; `index` is that of a defined type in the module.
DOPPEL_INLINE bool matches(CastTarget target, const Context& context, std::uint64_t reference,
                           std::uint32_t index) {
  const auto kind_is = [&](gc::TypeKind kind) {
    return gc::is_object(reference) && context.heap->type_of(gc::object_of(reference)).kind == kind;
  };
  switch (target) {
    case CastTarget::kAnything: return true;
    case CastTarget::kNothing: return false;
    case CastTarget::kEq: return !gc::is_host_reference(reference);
    case CastTarget::kI31: return gc::is_i31(reference);
    case CastTarget::kStruct: return kind_is(gc::TypeKind::kStruct);
    case CastTarget::kArray: return kind_is(gc::TypeKind::kArray);
    case CastTarget::kObjectType: {
      if (!gc::is_object(reference)) return false;
      const gc::RuntimeType& wanted = *context.types[index];
      const gc::Object* object = gc::object_of(reference);
      return object->type == wanted.id || context.heap->type_of(object).is_subtype_of(wanted);
    }
    case CastTarget::kFuncType: {
      const auto& function = *reinterpret_cast<const Function*>(reference);
      return function.type_id == context.type_ids[index] ||
             slow::is_of_type(context, function, index);
    }
  }
  return false;
}

}  // namespace doppel::bytecode::interp
