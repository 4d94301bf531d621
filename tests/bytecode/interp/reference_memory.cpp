// SPDX-License-Identifier: Apache-2.0
// Memories and tables of the reference.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "tests/bytecode/interp/reference_stack.h"

namespace doppel::bytecode {

namespace {

/// Minus one in the address type of a memory or table.
Word minus_one(bool is_64) { return is_64 ? Word{UINT64_MAX} : Word{UINT32_MAX}; }

std::size_t size(Word value) { return static_cast<std::size_t>(value); }

/// What is in memory after a read-modify-write instruction, called by the word in its name.
std::uint64_t modified(std::string_view operation, std::uint64_t old, std::uint64_t operand) {
  if (operation.starts_with("add")) return old + operand;
  if (operation.starts_with("sub")) return old - operand;
  if (operation.starts_with("and")) return old & operand;
  if (operation.starts_with("or")) return old | operand;
  if (operation.starts_with("xor")) return old ^ operand;
  return operand;  // xchg
}

}  // namespace

bool Reference::memory_instruction(Activation& at, Opcode opcode) {
  switch (info(opcode).immediates) {
    case Immediates::kMemArg:
    case Immediates::kMemArgLane: access(at, opcode); return true;
    case Immediates::kFence: at.reader.read_byte(); return true;
    case Immediates::kMemory:
    case Immediates::kMemoryMemory:
    case Immediates::kDataMemory:
    case Immediates::kData: bulk(at, opcode); return true;
    default: return false;
  }
}

/// The place of an access, which must lie in memory.
std::byte* Reference::checked(std::uint32_t memory, Word address, std::uint64_t offset,
                              std::uint64_t width) {
  check(contains(memories[memory].size(), address + offset, width), TrapKind::kMemoryOutOfBounds);
  return memories[memory].data() + size(address + offset);
}

void Reference::access(Activation& at, Opcode opcode) {
  const OpcodeInfo& row = info(opcode);
  const MemArg arg = at.reader.read_mem_arg();
  const std::uint32_t memory = arg.memory.value();
  const unsigned lane = row.immediates == Immediates::kMemArgLane ? at.reader.read_byte() : 0;
  const std::size_t width = std::size_t{1} << row.width_log2;
  const Values operands = take_many(at.stack, row.signature.pops - 1U);
  const Word index = take(at.stack);
  std::byte* const address = checked(memory, index, arg.offset, width);
  at.stack.insert(at.stack.end(), operands.begin(), operands.end());
  if (row.feature == Feature::kThreads) {
    check((index + arg.offset) % width == 0, TrapKind::kUnalignedAtomic);
    const bool waits = row.signature.pops == 3 && row.code <= 2;
    check(!waits || module_.memories[memory].is_shared, TrapKind::kWaitOnUnsharedMemory);
    return atomic(at.stack, opcode, address);
  }
  if (const auto vector = evaluators_of(opcode).access; vector != nullptr)
    return vector(at.stack, address, lane);
  if (row.signature.pushes == 0) {
    const std::uint64_t value = take_i64(at.stack);
    std::memcpy(address, &value, width);
    return;
  }
  std::uint64_t value = 0;
  std::memcpy(&value, address, width);
  // The names of sign-extending loads end in "_s".
  if (std::string_view(row.name).ends_with("_s")) {
    const std::size_t unused = 64 - 8 * width;
    value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
    if (row.signature.types[1] == OperandKind::kI32) value = static_cast<std::uint32_t>(value);
  }
  at.stack.push_back(value);
}

/// There is one thread: nobody waits, and nobody comes to notify.
void Reference::atomic(Values& stack, Opcode opcode, std::byte* address) {
  const OpcodeInfo& row = info(opcode);
  const std::size_t width = std::size_t{1} << row.width_log2;
  const std::uint64_t mask = width == 8 ? ~0ULL : (1ULL << 8 * width) - 1;
  std::uint64_t old = 0;
  std::memcpy(&old, address, width);
  const Values operands = take_many(stack, row.signature.pops - 1U);
  const auto operand = [&](std::size_t i) {
    return static_cast<std::uint64_t>(operands[i]) & mask;
  };
  const auto store = [&](std::uint64_t value) { std::memcpy(address, &value, width); };
  constexpr Word kNotEqual = 1;
  constexpr Word kTimedOut = 2;
  const std::string_view name = row.name;
  const std::size_t dot = name.find("rmw");
  if (opcode == Opcode::kMemoryAtomicNotify) return stack.push_back(0);
  if (opcode == Opcode::kMemoryAtomicWait32 || opcode == Opcode::kMemoryAtomicWait64)
    return stack.push_back(operand(0) == old ? kTimedOut : kNotEqual);
  if (row.signature.pushes == 0) return store(operand(0));
  stack.push_back(old);
  if (dot == std::string_view::npos) return;  // a load
  const std::string_view operation = name.substr(name.find('.', dot) + 1);
  if (operation.starts_with("cmpxchg")) {
    if (operand(0) == old) store(operand(1));
  } else {
    store(modified(operation, old, operand(0)));
  }
}

/// Instructions on whole ranges of memory.
void Reference::bulk(Activation& at, Opcode opcode) {
  Values& stack = at.stack;
  const std::uint32_t immediate = at.reader.read_u32();
  if (opcode == Opcode::kDataDrop) {
    data_[immediate] = {};
    return;
  }
  const bool is_init = opcode == Opcode::kMemoryInit;
  const bool is_copy = opcode == Opcode::kMemoryCopy;
  const std::uint32_t second = is_init || is_copy ? at.reader.read_u32() : 0;
  const std::uint32_t index = is_init ? second : immediate;
  const MemoryType& type = module_.memories[index];
  std::vector<std::byte>& memory = memories[index];
  const auto page = static_cast<std::size_t>(1) << type.page_log2;
  if (opcode == Opcode::kMemorySize) return stack.push_back(memory.size() / page);
  if (opcode == Opcode::kMemoryGrow) {
    const Word old = memory.size() / page;
    const Word pages = old + take(stack);
    const bool fits = pages <= *type.limits.max;
    if (fits) memory.resize(size(pages) * page);
    return stack.push_back(fits ? old : minus_one(type.is_64));
  }
  const Word count = take(stack);
  const Word from = take(stack);
  const Word to = take(stack);
  const bool fits = contains(memory.size(), to, count);
  if (opcode == Opcode::kMemoryFill) {
    check(fits, TrapKind::kMemoryOutOfBounds);
    std::fill_n(memory.data() + size(to), size(count), static_cast<std::byte>(from));
    return;
  }
  const std::span<const std::byte> source =
      is_copy ? std::span<const std::byte>(memories[second]) : data_[immediate];
  check(contains(source.size(), from, count) && fits, TrapKind::kMemoryOutOfBounds);
  if (count != 0) std::memmove(memory.data() + size(to), source.data() + size(from), size(count));
}

bool Reference::table_instruction(Activation& at, Opcode opcode) {
  const Immediates immediates = info(opcode).immediates;
  if (immediates != Immediates::kTable && immediates != Immediates::kTableTable &&
      immediates != Immediates::kElement && immediates != Immediates::kElementTable)
    return false;
  Values& stack = at.stack;
  const std::uint32_t immediate = at.reader.read_u32();
  if (opcode == Opcode::kElemDrop) {
    elements_[immediate].clear();
    return true;
  }
  const bool is_init = opcode == Opcode::kTableInit;
  const bool is_copy = opcode == Opcode::kTableCopy;
  const std::uint32_t second = is_init || is_copy ? at.reader.read_u32() : 0;
  const std::uint32_t index = is_init ? second : immediate;
  const TableType& type = module_.tables[index].type;
  Values& table = tables[index];
  if (opcode == Opcode::kTableSize) {
    stack.push_back(table.size());
  } else if (opcode == Opcode::kTableGet) {
    check(stack.back() < table.size(), TrapKind::kTableOutOfBounds);
    stack.back() = table[size(stack.back())];
  } else if (opcode == Opcode::kTableSet) {
    const Word value = take(stack);
    const Word place = take(stack);
    check(place < table.size(), TrapKind::kTableOutOfBounds);
    table[size(place)] = value;
  } else if (opcode == Opcode::kTableGrow) {
    const Word more = take(stack);
    const Word value = take(stack);
    const Word old = table.size();
    const bool fits = old + more <= *type.limits.max;
    if (fits) table.resize(size(old + more), value);
    stack.push_back(fits ? old : minus_one(type.is_64));
  } else if (opcode == Opcode::kTableFill) {
    const Word count = take(stack);
    const Word value = take(stack);
    const Word to = take(stack);
    check(contains(table.size(), to, count), TrapKind::kTableOutOfBounds);
    std::fill_n(table.begin() + static_cast<std::ptrdiff_t>(to), size(count), value);
  } else {
    const Word count = take(stack);
    const Word from = take(stack);
    const Word to = take(stack);
    const Values source = is_copy ? tables[second] : elements_[immediate];
    check(contains(source.size(), from, count) && contains(table.size(), to, count),
          TrapKind::kTableOutOfBounds);
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from), size(count),
                table.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return true;
}

}  // namespace doppel::bytecode
