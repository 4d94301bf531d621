// SPDX-License-Identifier: Apache-2.0
// Memory and table instructions (specification 3.4.5, 3.4.6).
#include <fmt/format.h>

#include <limits>

#include "bytecode/validate/function_validator.h"

namespace doppel::bytecode {
namespace {

constexpr std::uint8_t kAtomicPrefix = 0xfe;

/// The type that counts what is copied between two address spaces: the smaller one's.
ValType smaller(ValType a, ValType b) { return a == kI64 && b == kI64 ? kI64 : kI32; }

}  // namespace

const MemoryType* FunctionValidator::memory(MemoryIndex index) {
  if (index.value() >= module_.memories.size()) [[unlikely]] {
    fail_index("memory", index.value(), module_.memories.size());
    return nullptr;
  }
  return &module_.memories[index.value()];
}

void FunctionValidator::memory_access(Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const MemArg arg = reader_.read_mem_arg();
  const MemoryType* type = memory(arg.memory);
  if (type == nullptr) return;
  const bool must_be_natural = row.prefix == kAtomicPrefix;
  if (arg.align_log2 > row.width_log2 || (must_be_natural && arg.align_log2 != row.width_log2))
      [[unlikely]] {
    return fail(fmt::format("an alignment of 2^{}", arg.align_log2),
                fmt::format("{}2^{}", must_be_natural ? "" : "at most ", row.width_log2));
  }
  if (!type->is_64 && arg.offset > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
    return fail(fmt::format("offset {}", arg.offset), "one of 32 bits");
  }
  fixed_on_memory(opcode, type->address_type());
}

void FunctionValidator::memory_access_lane(Opcode opcode) {
  memory_access(opcode);
  lane(opcode);
}

/// Applies the row's signature with the memory's address type.
void FunctionValidator::fixed_on_memory(Opcode opcode, ValType address) {
  const Signature& signature = info(opcode).signature;
  const auto type = [&](unsigned i) {
    const OperandKind kind = signature.types[i];
    return kind == OperandKind::kAddress ? address : ValType(static_cast<ValKind>(kind));
  };
  for (unsigned i = signature.pops; i > 0; --i) pop(type(i - 1));
  for (unsigned i = 0; i < signature.pushes; ++i) push(type(signature.pops + i));
}

void FunctionValidator::memory_whole(Opcode opcode) {
  const MemoryType* type = memory(reader_.read_memory_index());
  if (type != nullptr) fixed_on_memory(opcode, type->address_type());
}

void FunctionValidator::memory_copy() {
  const MemoryType* destination = memory(reader_.read_memory_index());
  const MemoryType* source = memory(reader_.read_memory_index());
  if (destination == nullptr || source == nullptr) return;
  pop(smaller(destination->address_type(), source->address_type()));
  pop(source->address_type());
  pop(destination->address_type());
}

void FunctionValidator::memory_init(Opcode opcode) {
  const auto segment = reader_.read_index<DataIndex>();
  const MemoryType* type = memory(reader_.read_memory_index());
  if (type != nullptr && data_segment(segment)) fixed_on_memory(opcode, type->address_type());
}

void FunctionValidator::data_drop() { data_segment(reader_.read_index<DataIndex>()); }

bool FunctionValidator::data_segment(DataIndex index) {
  if (!module_.data_count && !module_.data.empty()) {
    fail("an instruction on a data segment", "a data count section", ErrorKind::kMalformed);
    return false;
  }
  if (index.value() >= module_.data.size())
    fail_index("data segment", index.value(), module_.data.size());
  return index.value() < module_.data.size();
}

const TableType* FunctionValidator::table(TableIndex index) {
  if (index.value() >= module_.tables.size()) [[unlikely]] {
    fail_index("table", index.value(), module_.tables.size());
    return nullptr;
  }
  return &module_.tables[index.value()].type;
}

const ElementSegment* FunctionValidator::element_segment(ElementIndex index) {
  if (index.value() >= module_.elements.size()) {
    fail_index("element segment", index.value(), module_.elements.size());
    return nullptr;
  }
  return &module_.elements[index.value()];
}

void FunctionValidator::table_get() {
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (type == nullptr) return;
  pop(type->address_type());
  push(type->element);
}

void FunctionValidator::table_set() {
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (type == nullptr) return;
  pop(type->element);
  pop(type->address_type());
}

void FunctionValidator::table_size() {
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (type != nullptr) push(type->address_type());
}

void FunctionValidator::table_grow() {
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (type == nullptr) return;
  pop(type->address_type());
  pop(type->element);
  push(type->address_type());
}

void FunctionValidator::table_fill() {
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (type == nullptr) return;
  pop(type->address_type());
  pop(type->element);
  pop(type->address_type());
}

void FunctionValidator::table_copy() {
  const TableType* destination = table(reader_.read_index<TableIndex>());
  const TableType* source = table(reader_.read_index<TableIndex>());
  if (destination == nullptr || source == nullptr) return;
  if (!context_.matcher.matches(source->element, destination->element)) {
    return fail(fmt::format("a source of {}", to_string(ValType(source->element))),
                to_string(ValType(destination->element)));
  }
  pop(smaller(destination->address_type(), source->address_type()));
  pop(source->address_type());
  pop(destination->address_type());
}

void FunctionValidator::table_init() {
  const ElementSegment* segment = element_segment(reader_.read_index<ElementIndex>());
  const TableType* type = table(reader_.read_index<TableIndex>());
  if (segment == nullptr || type == nullptr) return;
  if (!context_.matcher.matches(segment->type, type->element)) {
    return fail(fmt::format("a segment of {}", to_string(ValType(segment->type))),
                to_string(ValType(type->element)));
  }
  pop(kI32);
  pop(kI32);
  pop(type->address_type());
}

void FunctionValidator::elem_drop() { element_segment(reader_.read_index<ElementIndex>()); }

}  // namespace doppel::bytecode
