// SPDX-License-Identifier: Apache-2.0
// Types in the text format's notation.
#include "bytecode/isa/types.h"

#include <fmt/format.h>

namespace doppel::bytecode {
namespace {

std::string list(const ResultType& types) {
  std::string text = "[";
  for (const ValType& type : types) {
    if (text.size() > 1) text += ' ';
    text += to_string(type);
  }
  return text + "]";
}

/// The short form of a nullable reference to an abstract type, such as "funcref".
const char* abbreviation(HeapKind kind) {
  switch (kind) {
    case HeapKind::kFunc: return "funcref";
    case HeapKind::kNoFunc: return "nullfuncref";
    case HeapKind::kExtern: return "externref";
    case HeapKind::kNoExtern: return "nullexternref";
    case HeapKind::kAny: return "anyref";
    case HeapKind::kEq: return "eqref";
    case HeapKind::kI31: return "i31ref";
    case HeapKind::kStruct: return "structref";
    case HeapKind::kArray: return "arrayref";
    case HeapKind::kNone: return "nullref";
    case HeapKind::kExn: return "exnref";
    case HeapKind::kNoExn: return "nullexnref";
    case HeapKind::kBottom: return "any reference";
    case HeapKind::kDefined: break;
  }
  return nullptr;
}

}  // namespace

std::string to_string(HeapType type) {
  switch (type.kind()) {
    case HeapKind::kFunc: return "func";
    case HeapKind::kNoFunc: return "nofunc";
    case HeapKind::kExtern: return "extern";
    case HeapKind::kNoExtern: return "noextern";
    case HeapKind::kAny: return "any";
    case HeapKind::kEq: return "eq";
    case HeapKind::kI31: return "i31";
    case HeapKind::kStruct: return "struct";
    case HeapKind::kArray: return "array";
    case HeapKind::kNone: return "none";
    case HeapKind::kExn: return "exn";
    case HeapKind::kNoExn: return "noexn";
    case HeapKind::kBottom: return "any";
    case HeapKind::kDefined: break;
  }
  return std::to_string(type.index().value());
}

std::string to_string(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32: return "i32";
    case ValKind::kI64: return "i64";
    case ValKind::kF32: return "f32";
    case ValKind::kF64: return "f64";
    case ValKind::kV128: return "v128";
    case ValKind::kBottom: return "any type";
    case ValKind::kRef: break;
  }
  const RefType ref = type.ref();
  if (ref.nullable && !ref.heap.is_defined()) return abbreviation(ref.heap.kind());
  return fmt::format("(ref {}{})", ref.nullable ? "null " : "", to_string(ref.heap));
}

std::string to_string(const FuncType& type) {
  return list(type.params) + " -> " + list(type.results);
}

const char* to_string(ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunc: return "func";
    case ExternKind::kTable: return "table";
    case ExternKind::kMemory: return "memory";
    case ExternKind::kGlobal: return "global";
    case ExternKind::kTag: return "tag";
  }
  return "unknown";
}

}  // namespace doppel::bytecode
