// SPDX-License-Identifier: Apache-2.0
// From a virtual pc to translated code.
#include <cstring>

#include "sysvm/hart/core.h"

namespace doppel::sysvm {

std::optional<Trap> HartCore::fetch(std::uint64_t address, Place& place) {
  const TlbEntry& known = tlb.entry(address);
  if (known.fetch == (page_of(address) | tlb.fetch_context)) {
    place.host = reinterpret_cast<std::byte*>(address + known.addend);
    return std::nullopt;
  }
  if (const auto fault = translate(address, 2, Access::kFetch, place)) return fault;
  if (place.host == nullptr) return Trap{Exception::kFetchFault, address};
  return std::nullopt;
}

const Cell* HartCore::enter(std::uint64_t target, std::uint64_t most) {
  if (budget <= 0) {
    pc = target;
    stop = Stop::kBudget;
    return nullptr;
  }
  if (blocks.is_full()) {
    blocks.clear();
    forget_jumps();
  }
  const bool passes = is_stepping || (retired() == passes_at && target == stopped_at);
  if (!stops.empty() && !passes && stops.is_breakpoint(target)) {
    return stop_for_debugger(target, {DebugStop::Reason::kBreakpoint, {}});
  }
  for (;;) {
    Place place;
    std::optional<Trap> fault = fetch(target, place);
    if (!fault) {
      const std::byte* const page = place.host - (target & kPageMask);
      const std::uint64_t offset = target & kPageMask;
      // A page that is not in the TLB is protected in parts: one instruction at a time.
      const bool is_whole = tlb.entry(target).fetch == (page_of(target) | tlb.fetch_context);
      std::uint16_t second_half = 0;
      if (straddles(page, offset) || !is_whole) {
        std::uint16_t first_half;
        std::memcpy(&first_half, place.host, 2);
        if (instruction_length(first_half) == 4) {
          Place second;
          fault = fetch(target + 2, second);
          if (!fault) std::memcpy(&second_half, second.host, 2);
        }
      }
      if (!fault) {
        pc = target;
        page_base = page_of(target);
        if (!is_whole || stops.has_breakpoint_in(page_base, kPageSize)) most = 1;
        if (most < Blocks::kMostInstructions) {
          return blocks.passing(page, offset, second_half, most);
        }
        const Cell* const cell = blocks.block(blocks.page(page), offset, second_half);
        jumps[(target >> 1) % kJumpEntries] = {target, jump_key, cell};
        code_pages[target >> 12 & 63] |= std::uint64_t{1} << (target >> 18 & 63);
        return cell;
      }
    }
    if (!deliver(*fault, target)) return nullptr;
    target = pc;
  }
}

std::uint64_t HartCore::instruction_at(std::uint64_t address) {
  Place place;
  if (fetch(address, place)) return 0;
  std::uint16_t half;
  std::memcpy(&half, place.host, 2);
  std::uint64_t bits = half;
  if (instruction_length(half) == 4) {
    if (fetch(address + 2, place)) return 0;
    std::memcpy(&half, place.host, 2);
    bits |= std::uint64_t{half} << 16;
  }
  return bits;
}

bool HartCore::straddles_as_before(std::uint64_t page, std::uint16_t second_half) {
  Place place;
  if (fetch(page + kPageSize, place)) return false;
  std::uint16_t half;
  std::memcpy(&half, place.host, 2);
  return half == second_half;
}

}  // namespace doppel::sysvm
