// SPDX-License-Identifier: Apache-2.0
// The memory model (RVWMO) between harts on host threads: small programs of two harts, again and
// again, none of which may come to what the model forbids.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/sysvm/hart/pair.h"

namespace doppel::sysvm {
namespace {

constexpr unsigned kTrials = 16'384;  // a multiple of those between two meetings of the harts

/// Each trial has a word x at (a0), a word y at (a1), both zero, and t0 is 1. What a hart leaves in
/// t1 and t2 is its outcome.
struct Litmus {
  const char* first;
  const char* second;
};

struct Outcome {
  std::uint64_t t1;
  std::uint64_t t2;
};

class MemoryModel : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_assemble()) GTEST_SKIP() << "clang-19 and lld-19 are not installed";
  }

  /// All trials of one hart, whose outcomes lie `part` bytes into those of a trial.
  static std::string trials(unsigned part, const char* body) {
    return fmt::format(R"(
  la a0, x
  la a1, y
  la a2, outcomes + {1}
  la s2, meeting
  li s1, {0}
  li s3, 0
  li t0, 1
1: andi t3, s1, 63
  bnez t3, 3f
  addi s3, s3, 2
  amoadd.d.aqrl x0, t0, (s2)     // the harts meet
2: ld t3, 0(s2)
  bltu t3, s3, 2b
3: li t1, 0
  li t2, 0
  {2}
  sd t1, 0(a2)
  sd t2, 8(a2)
  addi a0, a0, 64
  addi a1, a1, 64
  addi a2, a2, 32
  addi s1, s1, -1
  bnez s1, 1b
4: j 4b
)",
                       kTrials, part, body);
  }

  /// Runs all trials and calls `judge` with what the first and the second hart saw in each.
  template <class Judge>
  static void run(const Litmus& litmus, Judge judge) {
    test::Pair pair(fmt::format(R"(
.globl _start, first, second, outcomes, tohost
_start:
first: {1}
second: {2}
.bss
.balign 4096
meeting: .space 64
x: .space {0} * 64
y: .space {0} * 64
outcomes: .space {0} * 32
.balign 4096
tohost: .space 4096
)",
                                kTrials, trials(0, litmus.first), trials(16, litmus.second)));
    pair.run_until_done();
    for (unsigned i = 0; i < kTrials; ++i) {
      Outcome seen[2];
      const GuestVirt place{pair.symbol("outcomes") + std::uint64_t{i} * sizeof seen};
      ASSERT_TRUE(pair.hart(0).read_memory(place, &seen, sizeof seen));
      ASSERT_TRUE(judge(seen[0], seen[1])) << "trial " << i << ": " << seen[0].t1 << ' '
                                           << seen[0].t2 << ", " << seen[1].t1 << ' ' << seen[1].t2;
    }
  }
  static bool one_saw_the_other(const Outcome& first, const Outcome& second) {
    return first.t1 != 0 || second.t1 != 0;
  }
  static bool not_the_flag_alone(const Outcome&, const Outcome& second) {
    return second.t1 == 0 || second.t2 != 0;
  }
};

TEST_F(MemoryModel, AFenceKeepsAStoreBeforeALoad) {
  run({.first = "sd t0, 0(a0); fence rw, rw; ld t1, 0(a1)",
       .second = "sd t0, 0(a1); fence rw, rw; ld t1, 0(a0)"},
      one_saw_the_other);
  run({.first = "sd t0, 0(a0); fence w, r; ld t1, 0(a1)",
       .second = "sd t0, 0(a1); fence w, r; ld t1, 0(a0)"},
      one_saw_the_other);
}

TEST_F(MemoryModel, AnAtomicThatAcquiresAndReleasesIsInOrderWithTheLoadBehindIt) {
  run({.first = "amoswap.d.aqrl x0, t0, (a0); ld t1, 0(a1)",
       .second = "amoswap.d.aqrl x0, t0, (a1); ld t1, 0(a0)"},
      one_saw_the_other);
}

TEST_F(MemoryModel, WhoSeesTheFlagSeesTheMessage) {
  run({.first = "sd t0, 0(a0); fence w, w; sd t0, 0(a1)",
       .second = "ld t1, 0(a1); fence r, r; ld t2, 0(a0)"},
      not_the_flag_alone);
  run({.first = "sd t0, 0(a0); amoswap.d.rl x0, t0, (a1)",
       .second = "lr.d.aq t1, (a1); ld t2, 0(a0)"},
      not_the_flag_alone);
  run({.first = "sw t0, 0(a0); fence.tso; sh t0, 0(a1)",
       .second = "lhu t1, 0(a1); fence.tso; lb t2, 0(a0)"},
      not_the_flag_alone);
}

TEST_F(MemoryModel, AWordNeverGoesBack) {
  run({.first = "sd t0, 0(a0); sd s1, 0(a0)", .second = "ld t1, 0(a0); ld t2, 0(a0)"},
      [](const Outcome&, const Outcome& second) {
        return second.t1 <= 1 ? true : second.t2 == second.t1;
      });
}

TEST_F(MemoryModel, AnAtomicIsOne) {
  run({.first = "amoadd.w x0, t0, (a0); amoswap.w t1, t0, (a1)",
       .second = "amoadd.w x0, t0, (a0); amoswap.w t1, t0, (a1)"},
      [](const Outcome& first, const Outcome& second) { return first.t1 + second.t1 == 1; });
}

}  // namespace
}  // namespace doppel::sysvm
