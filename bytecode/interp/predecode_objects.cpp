// SPDX-License-Identifier: Apache-2.0
// Instructions of garbage collection except for branches. Offsets of fields follow from the
// module's types, so that cells name them.
#include "bytecode/interp/casts.h"
#include "bytecode/interp/predecoder.h"

namespace doppel::bytecode::interp {

namespace {

/// How a field is loaded by an instruction that is signed, or not.
Access access_to(const FieldType& field, gc::Storage storage, bool is_signed) {
  switch (storage) {
    case gc::Storage::kI8: return is_signed ? Access::kI8S : Access::kI8U;
    case gc::Storage::kI16: return is_signed ? Access::kI16S : Access::kI16U;
    case gc::Storage::kWord32: return field.type == kF32 ? Access::kF32 : Access::kWord32;
    default: return field.type == kF64 ? Access::kF64 : Access::kWord64;
  }
}

StoreWidth width_of(gc::Storage storage) {
  switch (storage) {
    case gc::Storage::kI8: return StoreWidth::k8;
    case gc::Storage::kI16: return StoreWidth::k16;
    case gc::Storage::kWord32: return StoreWidth::k32;
    case gc::Storage::kReference: return StoreWidth::kReference;
    default: return StoreWidth::k64;
  }
}

RefType reference_to(std::uint32_t type) { return {HeapType(TypeIndex{type}), false}; }

}  // namespace

bool Predecoder::object_instruction(Opcode opcode) {
  const ObjectHandlers& handlers = emitter_.objects();
  switch (opcode) {
    case Opcode::kRefEq: emitter_.binary(Opcode::kI64Eq, kI32); return true;
    case Opcode::kAnyConvertExtern:
    case Opcode::kExternConvertAny: return true;  // any and extern are represented in one way
    case Opcode::kRefI31:
      emitter_.object_unary(handlers.i31_new, RefType{HeapKind::kI31, false});
      return true;
    case Opcode::kI31GetS: emitter_.object_unary(handlers.i31_get_s, kI32); return true;
    case Opcode::kI31GetU: emitter_.object_unary(handlers.i31_get_u, kI32); return true;
    case Opcode::kArrayLen: emitter_.object_unary(handlers.array_len, kI32); return true;
    case Opcode::kRefTest:
    case Opcode::kRefTestNull:
    case Opcode::kRefCast:
    case Opcode::kRefCastNull: {
      const bool nullable = opcode == Opcode::kRefTestNull || opcode == Opcode::kRefCastNull;
      const RefType type{reader_.read_heap_type(), nullable};
      const CastTarget target = cast_target(type.heap, module_);
      if (opcode == Opcode::kRefTest || opcode == Opcode::kRefTestNull) {
        emitter_.object_unary(handlers.test[static_cast<std::size_t>(target)], kI32,
                              pack_cast(type));
      } else {
        emitter_.cast(target, pack_cast(type));
      }
      return true;
    }
    default: return struct_instruction(opcode) || array_instruction(opcode);
  }
}

bool Predecoder::struct_instruction(Opcode opcode) {
  switch (opcode) {
    case Opcode::kStructNew: {
      const std::uint32_t type = reader_.read_u32();
      emitter_.new_object(Special::kStructNew, module_.types[type].composite.fields.size(),
                          reference_to(type), 0, type);
      return true;
    }
    case Opcode::kStructNewDefault: {
      const std::uint32_t type = reader_.read_u32();
      emitter_.new_object(Special::kStructNewDefault, 0, reference_to(type), 0, type);
      return true;
    }
    case Opcode::kStructGet:
    case Opcode::kStructGetS:
    case Opcode::kStructGetU: {
      const std::uint32_t type = reader_.read_u32();
      const std::uint32_t index = reader_.read_u32();
      const auto [offset, storage] = field(type, index);
      const FieldType& declared = field_type(type, index);
      if (storage == gc::Storage::kV128) {
        emitter_.runtime(Special::kStructGetVector, 1, kV128, static_cast<std::uint16_t>(index),
                         type);
      } else {
        emitter_.struct_get(access_to(declared, storage, opcode == Opcode::kStructGetS),
                            declared.type, offset);
      }
      return true;
    }
    case Opcode::kStructSet: {
      const std::uint32_t type = reader_.read_u32();
      const std::uint32_t index = reader_.read_u32();
      const auto [offset, storage] = field(type, index);
      if (storage == gc::Storage::kV128) {
        emitter_.runtime(Special::kStructSetVector, 2, {}, static_cast<std::uint16_t>(index), type);
      } else {
        emitter_.struct_set(width_of(storage), offset);
      }
      return true;
    }
    default: return false;
  }
}

bool Predecoder::array_instruction(Opcode opcode) {
  const std::uint32_t type = reader_.read_u32();
  const gc::Storage storage = field(type, 0).storage;
  const FieldType& declared = field_type(type, 0);
  switch (opcode) {
    case Opcode::kArrayNew:
      emitter_.new_object(Special::kArrayNew, 2, reference_to(type), 0, type);
      return true;
    case Opcode::kArrayNewDefault:
      emitter_.new_object(Special::kArrayNewDefault, 1, reference_to(type), 0, type);
      return true;
    case Opcode::kArrayNewFixed: {
      const std::uint32_t count = reader_.read_u32();
      emitter_.new_object(Special::kArrayNewFixed, count, reference_to(type),
                          static_cast<std::uint16_t>(count), type);
      return true;
    }
    case Opcode::kArrayGet:
    case Opcode::kArrayGetS:
    case Opcode::kArrayGetU:
      if (storage == gc::Storage::kV128) {
        emitter_.runtime(Special::kArrayGetVector, 2, kV128, 0, type);
      } else {
        emitter_.array_get(access_to(declared, storage, opcode == Opcode::kArrayGetS),
                           declared.type);
      }
      return true;
    case Opcode::kArraySet:
      if (storage == gc::Storage::kV128) {
        emitter_.runtime(Special::kArraySetVector, 3, {}, 0, type);
      } else {
        emitter_.array_set(width_of(storage));
      }
      return true;
    case Opcode::kArrayFill: emitter_.runtime(Special::kArrayFill, 4, {}, 0, type); return true;
    case Opcode::kArrayCopy:
      reader_.read_u32();
      emitter_.runtime(Special::kArrayCopy, 5, {}, 0, type);
      return true;
    default: array_with_segment(opcode, type); return true;
  }
}

void Predecoder::array_with_segment(Opcode opcode, std::uint32_t type) {
  const std::uint32_t segment = reader_.read_u32();
  switch (opcode) {
    case Opcode::kArrayNewData:
      emitter_.new_object(Special::kArrayNewData, 2, reference_to(type), 0, type, segment);
      return;
    case Opcode::kArrayNewElem:
      emitter_.new_object(Special::kArrayNewElem, 2, reference_to(type), 0, type, segment);
      return;
    case Opcode::kArrayInitData:
      emitter_.runtime(Special::kArrayInitData, 4, {}, 0, segment);
      return;
    default: emitter_.runtime(Special::kArrayInitElem, 4, {}, 0, segment); return;
  }
}

}  // namespace doppel::bytecode::interp
