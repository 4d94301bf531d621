// SPDX-License-Identifier: Apache-2.0
// Instructions on memories and tables: which accesses need no bounds check, and the types of the
// operands of those that slow.h carries out.
#include "bytecode/interp/predecoder.h"
#include "bytecode/runtime/memory.h"

namespace doppel::bytecode::interp {

void Predecoder::memory_access(Opcode opcode, ValType result) {
  const MemArg arg = reader_.read_mem_arg();
  const Signature& signature = info(opcode).signature;
  const bool loads = signature.pushes == 1;
  const MemoryType& memory = module_.memories[arg.memory.value()];
  const CheckedAccess access{arg.memory.value(), memory.is_64, arg.offset};
  if (const Handler atomic = handlers_.on_slots[static_cast<std::size_t>(opcode)]) {
    return emitter_.on_slots(atomic, signature.pops, {&result, signature.pushes}, access);
  }
  if (arg.memory.value() == 0 && MemoryInstance::is_guarded(memory)) {
    const auto offset = static_cast<std::uint32_t>(arg.offset);
    return loads ? emitter_.load(opcode, result, offset) : emitter_.store(opcode, offset);
  }
  return loads ? emitter_.load(opcode, result, access) : emitter_.store(opcode, access);
}

/// A load or store of a vector's lane.
void Predecoder::lane_access(Opcode opcode) {
  const MemArg arg = reader_.read_mem_arg();
  const std::uint8_t lane = reader_.read_byte();
  const bool loads = info(opcode).signature.pushes == 1;
  const MemoryType& memory = module_.memories[arg.memory.value()];
  if (arg.memory.value() == 0 && MemoryInstance::is_guarded(memory)) {
    const auto offset = static_cast<std::uint32_t>(arg.offset);
    return loads ? emitter_.load_lane(opcode, offset, lane)
                 : emitter_.store_lane(opcode, offset, lane);
  }
  const CheckedAccess access{arg.memory.value(), memory.is_64, arg.offset};
  return loads ? emitter_.load_lane(opcode, access, lane)
               : emitter_.store_lane(opcode, access, lane);
}

void Predecoder::table_operation(Opcode opcode) {
  const std::uint32_t first = reader_.read_u32();
  const auto second = [&] { return static_cast<std::uint16_t>(reader_.read_u32()); };
  const auto memory_index = [&] { return module_.memories[first].address_type(); };
  const auto table_index = [&] { return module_.tables[first].type.address_type(); };
  const auto emit = [&](Special special, std::size_t operands, std::optional<ValType> result = {},
                        std::uint16_t extra = 0) {
    emitter_.runtime(special, operands, result, extra, first);
  };
  switch (opcode) {
    case Opcode::kMemorySize: return emit(Special::kMemorySize, 0, memory_index());
    case Opcode::kMemoryGrow: return emit(Special::kMemoryGrow, 1, memory_index());
    case Opcode::kMemoryFill: return emit(Special::kMemoryFill, 3);
    case Opcode::kMemoryCopy: return emit(Special::kMemoryCopy, 3, {}, second());
    case Opcode::kMemoryInit: return emit(Special::kMemoryInit, 3, {}, second());
    case Opcode::kDataDrop: return emit(Special::kDataDrop, 0);
    case Opcode::kTableGet: return emit(Special::kTableGet, 1, module_.tables[first].type.element);
    case Opcode::kTableSet: return emit(Special::kTableSet, 2);
    case Opcode::kTableSize: return emit(Special::kTableSize, 0, table_index());
    case Opcode::kTableGrow: return emit(Special::kTableGrow, 2, table_index());
    case Opcode::kTableFill: return emit(Special::kTableFill, 3);
    case Opcode::kTableCopy: return emit(Special::kTableCopy, 3, {}, second());
    case Opcode::kTableInit: return emit(Special::kTableInit, 3, {}, second());
    case Opcode::kElemDrop: return emit(Special::kElemDrop, 0);
    case Opcode::kRefFunc: return emit(Special::kRefFunc, 0, kFuncRef);
    default: return;
  }
}

}  // namespace doppel::bytecode::interp
