// SPDX-License-Identifier: Apache-2.0
// The guest code of the core's tests: functions marked GUEST lie in one section, whose faults are
// guests' once declare_guest_code has been called.
#pragma once

#include <gtest/gtest.h>

#include "core/sanitizer.h"
#include "core/trap/fault_code.h"

// The thread sanitizer's calls would overflow the stack in its own code, which is no guest's.
#if DOPPEL_TSAN && defined(__clang__)
#define GUEST_UNINSTRUMENTED [[clang::disable_sanitizer_instrumentation]]
#else
#define GUEST_UNINSTRUMENTED
#endif
#define GUEST \
  [[maybe_unused, gnu::section("doppel_test_guest"), gnu::noinline]] GUEST_UNINSTRUMENTED

// The linker's names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char __start_doppel_test_guest[];
extern "C" const char __stop_doppel_test_guest[];
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace doppel {

/// What faults of the tests' guest code have as their owner.
inline const int kGuestCode = 0;

/// Makes it so.
inline void declare_guest_code() {
  EXPECT_TRUE(FaultCode::add(__start_doppel_test_guest, __stop_doppel_test_guest, &kGuestCode));
}

/// Writes to `*address`, which may fault.
// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): tests want that fault.
GUEST static void guest_write(volatile std::byte* address) { *address = std::byte{1}; }

/// Executes an instruction that there is none of.
GUEST static void guest_illegal_instruction() {
#if defined(__x86_64__)
  asm volatile("ud2");
#else
  asm volatile("udf #0");
#endif
}

/// Recurses until the stack ends, counting in `*depth`.
GUEST static int guest_recurse(int* depth) {
  volatile char frame[1000];
  frame[0] = 1;
  *depth += frame[0];
  return *depth < 0 ? 0 : guest_recurse(depth) + frame[0];
}

}  // namespace doppel
