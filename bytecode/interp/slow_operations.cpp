// SPDX-License-Identifier: Apache-2.0
// Instructions on whole memories, tables and segments (specification 4.6.9 and 4.6.12). Bounds are
// checked before the first effect, without overflow. Indices and sizes are as wide as the index
// type of their memory or table; of a copy between two, the size is as wide as the narrower.
#include <algorithm>
#include <cstring>

#include "bytecode/interp/slow.h"
#include "bytecode/runtime/bulk.h"
#include "bytecode/runtime/instance.h"

namespace doppel::bytecode::interp::slow {

namespace {

std::uint64_t u32(std::uint64_t slot) { return static_cast<std::uint32_t>(slot); }
/// An operand of an index type.
std::uint64_t index(std::uint64_t slot, bool is_64) { return is_64 ? slot : u32(slot); }
/// A result of an index type.
std::uint64_t answer(std::int64_t value, bool is_64) {
  return index(static_cast<std::uint64_t>(value), is_64);
}

MemoryInstance& memory(Context& context, std::uint32_t index) {
  return *context.instance->memories[index];
}
TableInstance& table(Context& context, std::uint32_t index) {
  return *context.instance->tables[index];
}

}  // namespace

TrapKind memory_size(Context& context, const Cell& cell, std::uint64_t* operands) {
  operands[0] = memory(context, cell.call.index).pages();
  return TrapKind::kNone;
}

TrapKind memory_grow(Context& context, const Cell& cell, std::uint64_t* operands) {
  MemoryInstance& grown = memory(context, cell.call.index);
  operands[0] = answer(grown.grow(index(operands[0], grown.is_64())), grown.is_64());
  return TrapKind::kNone;
}

TrapKind memory_copy(Context& context, const Cell& cell, std::uint64_t* operands) {
  MemoryInstance& to = memory(context, cell.call.index);
  MemoryInstance& from = memory(context, cell.call.extra);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t source = index(operands[1], from.is_64());
  const std::uint64_t count = index(operands[2], to.is_64() && from.is_64());
  if (!to.contains(destination, count) || !from.contains(source, count))
    return TrapKind::kMemoryOutOfBounds;
  bulk::copy(to, destination, from.base() + source, from.is_shared(), count);
  return TrapKind::kNone;
}

TrapKind memory_fill(Context& context, const Cell& cell, std::uint64_t* operands) {
  MemoryInstance& to = memory(context, cell.call.index);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t count = index(operands[2], to.is_64());
  if (!to.contains(destination, count)) return TrapKind::kMemoryOutOfBounds;
  bulk::fill(to, destination, static_cast<std::uint8_t>(operands[1]), count);
  return TrapKind::kNone;
}

TrapKind memory_init(Context& context, const Cell& cell, std::uint64_t* operands) {
  const std::span<const std::byte> segment = context.instance->data[cell.call.index];
  MemoryInstance& to = memory(context, cell.call.extra);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t source = u32(operands[1]);
  const std::uint64_t count = u32(operands[2]);
  if (source + count > segment.size() || !to.contains(destination, count))
    return TrapKind::kMemoryOutOfBounds;
  bulk::copy(to, destination, segment.data() + source, false, count);
  return TrapKind::kNone;
}

TrapKind data_drop(Context& context, const Cell& cell, std::uint64_t*) {
  context.instance->data[cell.call.index] = {};
  return TrapKind::kNone;
}

TrapKind table_get(Context& context, const Cell& cell, std::uint64_t* operands) {
  const TableInstance& from = table(context, cell.call.index);
  const std::uint64_t at = index(operands[0], from.is_64());
  if (at >= from.size()) return TrapKind::kTableOutOfBounds;
  operands[0] = from.get(at);
  return TrapKind::kNone;
}

TrapKind table_set(Context& context, const Cell& cell, std::uint64_t* operands) {
  TableInstance& to = table(context, cell.call.index);
  const std::uint64_t at = index(operands[0], to.is_64());
  if (at >= to.size()) return TrapKind::kTableOutOfBounds;
  to.set(at, operands[1]);
  return TrapKind::kNone;
}

TrapKind table_size(Context& context, const Cell& cell, std::uint64_t* operands) {
  operands[0] = table(context, cell.call.index).size();
  return TrapKind::kNone;
}

TrapKind table_grow(Context& context, const Cell& cell, std::uint64_t* operands) {
  TableInstance& grown = table(context, cell.call.index);
  operands[0] = answer(grown.grow(index(operands[1], grown.is_64()), operands[0]), grown.is_64());
  return TrapKind::kNone;
}

TrapKind table_fill(Context& context, const Cell& cell, std::uint64_t* operands) {
  TableInstance& to = table(context, cell.call.index);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t count = index(operands[2], to.is_64());
  if (!to.contains(destination, count)) return TrapKind::kTableOutOfBounds;
  std::fill_n(to.data() + destination, count, operands[1]);
  to.changed(destination, count);
  return TrapKind::kNone;
}

TrapKind table_copy(Context& context, const Cell& cell, std::uint64_t* operands) {
  TableInstance& to = table(context, cell.call.index);
  TableInstance& from = table(context, cell.call.extra);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t source = index(operands[1], from.is_64());
  const std::uint64_t count = index(operands[2], to.is_64() && from.is_64());
  if (!to.contains(destination, count) || !from.contains(source, count))
    return TrapKind::kTableOutOfBounds;
  if (count != 0) {
    std::memmove(to.data() + destination, from.data() + source,
                 static_cast<std::size_t>(count) * sizeof(std::uint64_t));
    to.changed(destination, count);
  }
  return TrapKind::kNone;
}

TrapKind table_init(Context& context, const Cell& cell, std::uint64_t* operands) {
  const std::vector<std::uint64_t>& segment = context.instance->elements[cell.call.index];
  TableInstance& to = table(context, cell.call.extra);
  const std::uint64_t destination = index(operands[0], to.is_64());
  const std::uint64_t source = u32(operands[1]);
  const std::uint64_t count = u32(operands[2]);
  if (source + count > segment.size() || !to.contains(destination, count))
    return TrapKind::kTableOutOfBounds;
  std::copy_n(segment.data() + source, count, to.data() + destination);
  to.changed(destination, count);
  return TrapKind::kNone;
}

TrapKind elem_drop(Context& context, const Cell& cell, std::uint64_t*) {
  std::vector<std::uint64_t>().swap(context.instance->elements[cell.call.index]);
  return TrapKind::kNone;
}

TrapKind ref_func(Context& context, const Cell& cell, std::uint64_t* operands) {
  operands[0] = reinterpret_cast<std::uint64_t>(context.functions[cell.call.index]);
  return TrapKind::kNone;
}

}  // namespace doppel::bytecode::interp::slow
