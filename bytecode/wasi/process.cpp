// SPDX-License-Identifier: Apache-2.0
// clock_*, random_get, sched_yield, proc_*: what concerns the program as a whole.
#include <sched.h>

#include <algorithm>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {

Outcome clock_res_get(Context& context, GuestMemory memory, Number32 id, Pointer resolution) {
  const auto slot = DOPPEL_TRY(memory.slot<Timestamp>(resolution));
  slot.set(DOPPEL_TRY(context.clock().resolution(static_cast<ClockId>(id))));
  return Errno::kSuccess;
}

Outcome clock_time_get(Context& context, GuestMemory memory, Number32 id, Timestamp /*precision*/,
                       Pointer time) {
  const auto slot = DOPPEL_TRY(memory.slot<Timestamp>(time));
  slot.set(DOPPEL_TRY(context.clock().now(static_cast<ClockId>(id))));
  return Errno::kSuccess;
}

Outcome random_get(Context& context, GuestMemory memory, Pointer buf, Size buf_len) {
  constexpr std::size_t kSlice = 1 << 20;  // a few milliseconds' worth, then see whether to stop
  auto bytes = DOPPEL_TRY(memory.span(buf, buf_len));
  while (!bytes.empty()) {
    const std::size_t slice = std::min(bytes.size(), kSlice);
    DOPPEL_TRY(context.random().fill(bytes.first(slice)));
    bytes = bytes.subspan(slice);
    if (!bytes.empty() && context.interrupted()) return Outcome::interrupted();
  }
  return Errno::kSuccess;
}

Outcome sched_yield(Context& /*context*/, GuestMemory /*memory*/) {
  ::sched_yield();
  return Errno::kSuccess;
}

Exit proc_exit(Context& /*context*/, GuestMemory /*memory*/, Exitcode rval) { return {rval}; }

Outcome proc_raise(Context& /*context*/, GuestMemory /*memory*/, Number32 sig) {
  // The witx's signals are numbered as Linux numbers them up to 15, then without a gap. A guest has
  // no handlers, so the default action is all there is, and it is the guest's alone.
  enum class Action : std::uint8_t { kIgnore, kEnd, kStop };
  struct Row {
    Action action;
    std::uint8_t number;  ///< the number by which a shell reports the end
  };
  using enum Action;
  static constexpr Row kSignals[] = {
      {kIgnore, 0},  {kEnd, 1},   {kEnd, 2},   {kEnd, 3},   {kEnd, 4},     {kEnd, 5},
      {kEnd, 6},     {kEnd, 7},   {kEnd, 8},   {kEnd, 9},   {kEnd, 10},    {kEnd, 11},
      {kEnd, 12},    {kEnd, 13},  {kEnd, 14},  {kEnd, 15},  {kIgnore, 17},  // chld
      {kIgnore, 18},                                                        // cont
      {kStop, 19},   {kStop, 20}, {kStop, 21}, {kStop, 22},                 // stop … ttou
      {kIgnore, 23},                                                        // urg
      {kEnd, 24},    {kEnd, 25},  {kEnd, 26},  {kEnd, 27},                  // xcpu … prof
      {kIgnore, 28},                                                        // winch
      {kEnd, 29},    {kEnd, 30},  {kEnd, 31},                               // poll, pwr, sys
  };
  if (sig >= std::size(kSignals)) return Errno::kInval;
  switch (kSignals[sig].action) {
    case kIgnore: return Errno::kSuccess;
    case kEnd: return Outcome::exit(128u + kSignals[sig].number);
    case kStop: break;
  }
  return Errno::kNotsup;  // nobody could continue it
}

}  // namespace doppel::bytecode::wasi
