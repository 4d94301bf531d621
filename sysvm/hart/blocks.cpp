// SPDX-License-Identifier: Apache-2.0
// Translation of instructions into cells.
#include "sysvm/hart/blocks.h"

#include <algorithm>
#include <cstring>

#include "sysvm/hart/handler_table.h"
#include "sysvm/isa/decode.h"

namespace doppel::sysvm {

namespace {

/// Guest memory, which other harts may write meanwhile.
template <class T>
T load(const std::byte* host) {
  return __atomic_load_n(reinterpret_cast<const T*>(host), __ATOMIC_RELAXED);
}

std::uint16_t half_at(const std::byte* host, std::uint64_t offset) {
  return load<std::uint16_t>(host + offset);
}

/// A 64-bit digest of a page: four lanes of multiply and rotate.
std::uint64_t digest_of(const std::byte* host) {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
  std::uint64_t lanes[4] = {1, 2, 3, 4};
  for (std::size_t i = 0; i < kPageSize; i += 32) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      lanes[lane] = (lanes[lane] ^ load<std::uint64_t>(host + i + 8 * lane)) * kOdd;
      lanes[lane] ^= lanes[lane] >> 29;
    }
  }
  std::uint64_t digest = 0;
  for (const std::uint64_t lane : lanes) digest = (digest ^ lane) * kOdd + (digest >> 32);
  return digest;
}

/// How an instruction ends a block, if it does.
enum class Ending : std::uint8_t { kNone, kBranch, kJump, kRegister, kSystem };

Ending ending(Opcode opcode) {
  switch (info(opcode).format) {
    case Format::kBranch: return Ending::kBranch;
    case Format::kJump: return Ending::kJump;
    case Format::kJumpRegister: return Ending::kRegister;
    case Format::kCsr:
    case Format::kCsrImmediate:
    case Format::kFenceI:
    case Format::kFence2: return Ending::kSystem;
    case Format::kNone:
      return opcode == Opcode::kPause || opcode == Opcode::kFenceTso ? Ending::kNone
                                                                     : Ending::kSystem;
    default: return Ending::kNone;
  }
}

std::uint8_t x_source(unsigned number) { return static_cast<std::uint8_t>(number); }
std::uint8_t x_target(unsigned number) {
  return number == 0 ? kDiscarded : static_cast<std::uint8_t>(number);
}
std::uint8_t f_slot(unsigned number) { return static_cast<std::uint8_t>(kFloatSlots + number); }

/// The operands of a cell; `offset` is the instruction's in its page.
CellOperands operands_of(const Instruction& it, std::uint64_t offset) {
  CellOperands op{.rd = kDiscarded, .rs1 = 0, .rs2 = 0, .back = 0, .immediate = it.immediate};
  const auto next = static_cast<std::uint32_t>(offset) + it.length;
  for (const char letter : syntax(info(it.opcode).format)) {
    switch (letter) {
      case 'd': op.rd = x_target(it.rd); break;
      case 'D': op.rd = f_slot(it.rd); break;
      case 's':
      case 'o':
      case 'a': op.rs1 = x_source(it.rs1); break;
      case 'z': op.rs1 = it.rs1; break;
      case 'S': op.rs1 = f_slot(it.rs1); break;
      case 't': op.rs2 = x_source(it.rs2); break;
      case 'T': op.rs2 = f_slot(it.rs2); break;
      // Float instructions have no immediate: it holds the third operand and the rounding mode.
      case 'R': op.immediate |= f_slot(it.rs3) << 8; break;
      case 'm': op.immediate |= it.rounding; break;
      default: break;
    }
  }
  switch (ending(it.opcode)) {
    case Ending::kNone:
      if (it.opcode == Opcode::kAuipc) op.immediate |= static_cast<std::int32_t>(offset);
      break;
    case Ending::kBranch: break;
    case Ending::kJump: op.immediate = static_cast<std::int32_t>(next); break;
    case Ending::kRegister:
      op.immediate = static_cast<std::int32_t>((next << 16) |
                                               (static_cast<std::uint32_t>(it.immediate) & 0xffff));
      break;
    case Ending::kSystem: {
      // The CSR is read and written only if rd and rs1 say so; x0 must stay recognizable.
      op.rd = it.rd;
      const bool second = info(it.opcode).format == Format::kFence2;
      op.immediate = pack_system(static_cast<std::uint32_t>(second ? it.rs2 : it.immediate) & 0xfff,
                                 static_cast<std::uint32_t>(offset));
      op.rs2 = static_cast<std::uint8_t>(it.opcode);
      break;
    }
  }
  return op;
}
static_assert(kOpcodeCount <= 256);

Handler handler_of(const Instruction& it) {
  const bool rounds = syntax(info(it.opcode).format).find('m') != std::string_view::npos;
  const auto index = static_cast<std::size_t>(it.opcode);
  return rounds && it.rounding != kDynamicRounding ? handlers().static_rounding[index]
                                                   : handlers().instructions[index];
}

/// How many instructions after a load-reserved, which `offset` follows, its store-conditional
/// comes; 0 where something else than computation may lie between. Negative: it waits for others,
/// so that there is nothing to store.
std::int32_t distance_to_store(const std::byte* host, std::uint64_t offset) {
  constexpr std::int32_t kMost = 16;
  std::uint64_t first_target = kPageSize;
  for (std::int32_t distance = 1; distance <= kMost && offset + 4 <= kPageSize; ++distance) {
    const std::uint32_t high = half_at(host, offset + 2);
    const std::optional<Instruction> it = decode(half_at(host, offset) | high << 16U);
    if (!it) return 0;
    switch (info(it->opcode).format) {
      case Format::kR:
      case Format::kUnary:
      case Format::kI:
      case Format::kShift6:
      case Format::kShift5:
      case Format::kU: break;
      case Format::kBranch:
        // A branch forward, to before the store, would make the way shorter.
        if (it->immediate > 0) {
          first_target = std::min(first_target, offset + static_cast<std::uint64_t>(it->immediate));
        }
        break;
      case Format::kAmo:
        if (it->opcode != Opcode::kScW && it->opcode != Opcode::kScD) return 0;
        return offset < first_target ? distance : 0;
      default: return it->opcode == Opcode::kWrsNto || it->opcode == Opcode::kWrsSto ? -1 : 0;
    }
    offset += it->length;
  }
  return 0;
}

}  // namespace

bool straddles(const std::byte* host, std::uint64_t offset) {
  return offset == kPageSize - 2 && instruction_length(half_at(host, offset)) == 4;
}

CodePage& Blocks::page(const std::byte* host) {
  CodePage*& recent =
      recent_[(reinterpret_cast<std::uintptr_t>(host) / kPageSize) % recent_.size()];
  if (recent == nullptr || recent->host != host) {
    auto& found = pages_[host];
    if (found == nullptr) found = std::make_unique<CodePage>();
    recent = found.get();
    recent->host = host;
  }
  CodePage& page = *recent;
  if (page.epoch != epoch_) {
    const std::uint64_t digest = digest_of(host);
    if (digest != page.digest) {
      page.starts.fill(0);
      page.blocks.clear();
      page.digest = digest;
    }
    page.epoch = epoch_;
  }
  return page;
}

void Blocks::clear() {
  pages_.clear();
  recent_ = {};
  cells_ = 0;
}

const Cell* Blocks::block(CodePage& page, std::uint64_t offset, std::uint16_t second_half) {
  std::uint16_t& start = page.starts[offset / 2];
  if (start != 0) {
    const Cell* const known = page.blocks[start - 1U].get();
    if (!straddles(page.host, offset) || known->op.immediate == second_half) {
      return straddles(page.host, offset) ? known : known + 2;
    }
  }
  // What was written without a fence, and executed, must not pass for unchanged once it is written
  // back.
  if (const std::uint64_t now = digest_of(page.host); now != page.digest) page.digest = ~now;
  page.blocks.push_back(translate(&page, page.host, offset, second_half, kMostInstructions));
  start = static_cast<std::uint16_t>(page.blocks.size());
  const Cell* const made = page.blocks.back().get();
  return straddles(page.host, offset) ? made : made + 2;
}

const Cell* Blocks::passing(const std::byte* host, std::uint64_t offset, std::uint16_t second_half,
                            std::uint64_t most) {
  passing_ = translate(nullptr, host, offset, second_half, most);
  return passing_.get() + 2;
}

std::unique_ptr<Cell[]> Blocks::translate(const CodePage* page, const std::byte* host,
                                          std::uint64_t offset, std::uint16_t second_half,
                                          std::uint64_t most) {
  std::vector<Cell> cells(3);
  std::vector<std::uint16_t> offsets;
  const auto back = [&] { return static_cast<std::uint8_t>(cells.size() - 2); };
  const auto add = [&](Handler handler, CellOperands op) {
    op.back = back();
    Cell cell;
    cell.handler = handler;
    cell.op = op;
    cells.push_back(cell);
  };
  std::size_t link = 0;
  // The link, and the resolvers that it leads to at first.
  const auto add_link = [&](std::int64_t taken, std::int64_t next) {
    link = cells.size();
    cells.emplace_back();
    add(handlers()[Special::kResolve], {0, 0, 1, 0, static_cast<std::int32_t>(taken)});
    add(handlers()[Special::kResolve], {0, 1, 2, 0, static_cast<std::int32_t>(next)});
  };

  std::optional<Opcode> before;  // what a pair may begin with
  const auto join = [&](Opcode opcode) {
    const Handler pair = fuses_ && before ? handlers().pair(*before, opcode) : nullptr;
    before = opcode;
    if (pair == nullptr) return;
    cells[cells.size() - 2].handler = pair;
    before.reset();
  };
  const std::uint64_t first = offset;
  const auto operands = [&](const Instruction& it) {
    CellOperands op = operands_of(it, offset);
    if (info(it.opcode).format == Format::kLoadReserved) {
      op.immediate = distance_to_store(host, offset + it.length);
    }
    return op;
  };
  bool ended = false;
  while (!ended && offsets.size() < most && offset < kPageSize) {
    if (straddles(host, offset) && offset != first) break;
    std::uint32_t bits = half_at(host, offset);
    if (instruction_length(static_cast<std::uint16_t>(bits)) == 4) {
      const std::uint16_t second =
          straddles(host, offset) ? second_half : half_at(host, offset + 2);
      bits |= static_cast<std::uint32_t>(second) << 16;
    }
    const std::optional<Instruction> it = decode(bits);
    offsets.push_back(static_cast<std::uint16_t>(offset));
    if (!it) {
      // The bits, for tval.
      add(handlers()[Special::kIllegal], {0, 0, 0, 0, static_cast<std::int32_t>(bits)});
      ended = true;
      break;
    }
    add(handler_of(*it), operands(*it));
    join(it->opcode);
    const std::uint64_t next = offset + it->length;
    switch (ending(it->opcode)) {
      case Ending::kNone: break;
      case Ending::kBranch:
      case Ending::kJump:
        add_link(static_cast<std::int64_t>(offset) + it->immediate,
                 static_cast<std::int64_t>(next));
        ended = true;
        break;
      case Ending::kRegister: ended = true; break;
      case Ending::kSystem:
        add(handlers()[Special::kGoOn], {});
        add_link(static_cast<std::int64_t>(next), static_cast<std::int64_t>(next));
        ended = true;
        break;
    }
    offset = next;
  }
  if (!ended) {
    add(handlers()[Special::kGoOn], {});
    add_link(static_cast<std::int64_t>(offset), static_cast<std::int64_t>(offset));
  }

  const std::size_t table =
      (offsets.size() * sizeof(std::uint16_t) + sizeof(Cell) - 1) / sizeof(Cell);
  auto block = std::make_unique<Cell[]>(cells.size() + table);
  std::memcpy(block.get(), cells.data(), cells.size() * sizeof(Cell));
  std::memcpy(block.get() + cells.size(), offsets.data(), offsets.size() * sizeof(std::uint16_t));
  block[0].handler = handlers()[Special::kStraddle];
  block[0].op = {0, 0, 0, 0, second_half};
  block[1].page = page;
  block[2].handler = handlers()[Special::kHeader];
  block[2].header = {.count = static_cast<std::uint16_t>(offsets.size()),
                     .offset = static_cast<std::uint16_t>(first),
                     .cells = static_cast<std::uint16_t>(cells.size() - 2),
                     .mark = kHeaderMark};
  if (link != 0) {
    block[link].taken = &block[link + 1];
    block[link].next = &block[link + 2];
  }
  cells_ += cells.size() + table;
  ++translated_;
  return block;
}

}  // namespace doppel::sysvm
