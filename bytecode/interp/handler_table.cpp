// SPDX-License-Identifier: Apache-2.0
// Choice of the handlers' processor level.
#include "bytecode/interp/handler_table.h"

#include <cstdlib>
#include <string_view>

namespace doppel::bytecode::interp {

namespace {

/// Whether the environment lets sequences of cells be fused.
bool fuses() {
  const char* wanted = std::getenv("DOPPEL_SEQUENCES");
  return wanted == nullptr || std::string_view(wanted) != "0";
}

}  // namespace

void HandlerTable::add_sequence(Handler before, Handler last, Handler all) {
  std::size_t at = first_place(before, last);
  while (sequences[at].all != nullptr) at = (at + 1) % sequences.size();
  sequences[at] = {before, last, all};
}

#define DOPPEL_DECLARE_LEVEL(LEVEL)           \
  namespace level_##LEVEL {                   \
    void fill_integer(HandlerTable& table);   \
    void fill_float(HandlerTable& table);     \
    void fill_branches(HandlerTable& table);  \
    void fill_memory(HandlerTable& table);    \
    void fill_control(HandlerTable& table);   \
    void fill_sequences(HandlerTable& table); \
    static void fill(HandlerTable& table) {   \
      fill_integer(table);                    \
      fill_float(table);                      \
      fill_branches(table);                   \
      fill_memory(table);                     \
      fill_control(table);                    \
      if (fuses()) fill_sequences(table);     \
    }                                         \
  }

namespace {

#if defined(__x86_64__)

/// The best level that the processor offers, or the lower one that the environment asks for.
int level() {
  const int best = __builtin_cpu_supports("x86-64-v3")   ? 3
                   : __builtin_cpu_supports("x86-64-v2") ? 2
                                                         : 1;
  const char* wanted = std::getenv("DOPPEL_HANDLER_LEVEL");
  const int asked = wanted == nullptr ? best : std::atoi(wanted);
  return asked >= 1 && asked < best ? asked : best;
}

#endif

}  // namespace

#if defined(__x86_64__)
DOPPEL_DECLARE_LEVEL(1)
DOPPEL_DECLARE_LEVEL(2)
DOPPEL_DECLARE_LEVEL(3)
#else
DOPPEL_DECLARE_LEVEL(0)
#endif

const HandlerTable& handlers() {
  static const HandlerTable* const table = [] {
    static HandlerTable filled;
#if defined(__x86_64__)
    switch (level()) {
      case 3: level_3::fill(filled); break;
      case 2: level_2::fill(filled); break;
      default: level_1::fill(filled); break;
    }
#else
    level_0::fill(filled);
#endif
    return &filled;
  }();
  return *table;
}

}  // namespace doppel::bytecode::interp
