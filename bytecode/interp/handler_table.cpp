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

// NOLINTBEGIN(misc-use-internal-linkage): the files of each level define these
#define DOPPEL_DECLARE_LEVEL(LEVEL)                  \
  namespace level_##LEVEL {                          \
    void fill_integer(HandlerTable& table);          \
    void fill_float(HandlerTable& table);            \
    void fill_branches(HandlerTable& table);         \
    void fill_memory(HandlerTable& table);           \
    void fill_vector_integer(HandlerTable& table);   \
    void fill_vector_float(HandlerTable& table);     \
    void fill_vector_lanes(HandlerTable& table);     \
    void fill_vector_relaxed(HandlerTable& table);   \
    void fill_vector_memory(HandlerTable& table);    \
    void fill_vector_moves(HandlerTable& table);     \
    void fill_general_accesses(HandlerTable& table); \
    void fill_wide(HandlerTable& table);             \
    void fill_atomics(HandlerTable& table);          \
    void fill_exceptions(HandlerTable& table);       \
    void fill_control(HandlerTable& table);          \
    void fill_objects(HandlerTable& table);          \
    void fill_sequences(HandlerTable& table);        \
    void fill_sequences_vector(HandlerTable& table); \
    static void fill(HandlerTable& table) {          \
      fill_integer(table);                           \
      fill_float(table);                             \
      fill_branches(table);                          \
      fill_memory(table);                            \
      fill_vector_integer(table);                    \
      fill_vector_float(table);                      \
      fill_vector_lanes(table);                      \
      fill_vector_relaxed(table);                    \
      fill_vector_memory(table);                     \
      fill_vector_moves(table);                      \
      fill_general_accesses(table);                  \
      fill_wide(table);                              \
      fill_atomics(table);                           \
      fill_exceptions(table);                        \
      fill_control(table);                           \
      fill_objects(table);                           \
      if (!fuses()) return;                          \
      fill_sequences(table);                         \
      fill_sequences_vector(table);                  \
    }                                                \
  }

#if defined(__x86_64__)
// DOPPEL_HANDLERS_1, _2 and _3 say which levels this build has.
#if DOPPEL_HANDLERS_1
DOPPEL_DECLARE_LEVEL(1)
#endif
#if DOPPEL_HANDLERS_2
DOPPEL_DECLARE_LEVEL(2)
#endif
#if DOPPEL_HANDLERS_3
DOPPEL_DECLARE_LEVEL(3)
#endif
#else
DOPPEL_DECLARE_LEVEL(0)
#endif
// NOLINTEND(misc-use-internal-linkage)

namespace {

/// Fills the table with the handlers of the best level that build and processor have, or of the
/// lower one that the environment asks for.
void fill(HandlerTable& table) {
#if defined(__x86_64__)
  const char* wanted = std::getenv("DOPPEL_HANDLER_LEVEL");
  [[maybe_unused]] const int asked = wanted == nullptr ? 3 : std::atoi(wanted);
#if DOPPEL_HANDLERS_3
  if (asked >= 3 && __builtin_cpu_supports("x86-64-v3")) return level_3::fill(table);
#endif
#if DOPPEL_HANDLERS_2
  if (asked >= 2 && __builtin_cpu_supports("x86-64-v2")) return level_2::fill(table);
#endif
#if DOPPEL_HANDLERS_1
  return level_1::fill(table);
#elif DOPPEL_HANDLERS_2
  return level_2::fill(table);
#else
  return level_3::fill(table);
#endif
#else
  level_0::fill(table);
#endif
}

}  // namespace

const HandlerTable& handlers() {
  static const HandlerTable* const table = [] {
    static HandlerTable filled;
    fill(filled);
    return &filled;
  }();
  return *table;
}

}  // namespace doppel::bytecode::interp
