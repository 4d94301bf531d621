// SPDX-License-Identifier: Apache-2.0
// Counters, exit accounts and probes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/observe/counters.h"
#include "core/observe/exit_account.h"
#include "core/observe/probes.h"

namespace doppel {
namespace {

using testing::ElementsAre;

TEST(CounterTable, AddsUpOverProcessorsWhileTheyCount) {
  CounterTable table;
  const CounterId loads = table.declare("loads");
  const CounterId stores = table.declare("stores");
  EXPECT_EQ(table.declare("loads"), loads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, counters = &table.add_processor()] {
      for (int i = 0; i < 10'000; ++i) counters->add(loads);
      counters->add(stores, 7);
    });
  }
  EXPECT_LE(table.total(loads), 40'000u);
  for (std::thread& thread : threads) thread.join();
  const auto totals = table.totals();
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].name, "loads");
  EXPECT_EQ(totals[0].value, 40'000u);
  EXPECT_EQ(totals[1].name, "stores");
  EXPECT_EQ(totals[1].value, 28u);
}

TEST(CounterTable, CountingWithoutCountersDoesNothing) {
  CounterTable table;
  const CounterId id = table.declare("events");
  Counters& counters = table.add_processor();
  count(nullptr, id);
  count(&counters, id, 3);
  EXPECT_EQ(table.total(id), 3u);
}

TEST(ExitAccount, CountsReasonsAndInstructions) {
  CounterTable table;
  const ExitAccount account(table);
  Counters& counters = table.add_processor();
  account.record(counters, {ExitReason::kBudget, 100, {}});
  account.record(counters, {ExitReason::kBudget, 100, {}});
  account.record(counters, {ExitReason::kHypercall, 5, {}});
  EXPECT_EQ(table.total(account.exits(ExitReason::kBudget)), 2u);
  EXPECT_EQ(table.total(account.exits(ExitReason::kHypercall)), 1u);
  EXPECT_EQ(table.total(account.exits(ExitReason::kFault)), 0u);
  EXPECT_EQ(table.total(account.instructions()), 205u);
  EXPECT_EQ(table.totals().front().name, "exit.budget");
}

/// Runs the locations 0, 1, 2, … as an engine would: it asks nobody, but keeps a mark per location.
class MarkedProcessor : public VirtualProcessor {
 public:
  MarkedProcessor(Probes& probes, std::size_t size) : probes_(probes), marks_(size) {
    probes.listen([this](ProbeSite site, bool probed) { marks_[site.location] = probed; });
  }

  Exit run(Budget) override {
    for (; at < marks_.size(); ++at) {
      if (marks_[at]) {
        const auto action = probes_.fire({{ProbeEvent::kInstruction, at}, *this});
        if (action == ProbeAction::kExit) return {ExitReason::kBreakpoint, 0, {}};
        if (action == ProbeAction::kSkip) continue;
      }
      executed.push_back(at);
    }
    return {ExitReason::kFinished, executed.size(), {}};
  }

  std::uint64_t at = 0;
  std::vector<std::uint64_t> executed;

 private:
  Probes& probes_;
  std::vector<bool> marks_;
};

ProbeSite instruction(std::uint64_t location) { return {ProbeEvent::kInstruction, location}; }

TEST(Probes, InspectInterposeAndBreak) {
  Probes probes;
  std::string seen;
  probes.attach(instruction(1), [&](const ProbeHit& hit) {
    seen += std::to_string(static_cast<MarkedProcessor&>(hit.processor).executed.size());
    return ProbeAction::kContinue;
  });
  MarkedProcessor processor(probes, 5);
  probes.attach(instruction(2), [](const ProbeHit&) { return ProbeAction::kSkip; });
  probes.attach(instruction(2), [](const ProbeHit&) { return ProbeAction::kContinue; });
  const ProbeId stop =
      probes.attach(instruction(3), [](const ProbeHit&) { return ProbeAction::kExit; });

  EXPECT_EQ(processor.run({}).reason, ExitReason::kBreakpoint);
  EXPECT_THAT(processor.executed, ElementsAre(0, 1));
  EXPECT_EQ(seen, "1");
  EXPECT_TRUE(probes.detach(stop));
  EXPECT_FALSE(probes.detach(stop));
  EXPECT_EQ(processor.run({}).reason, ExitReason::kFinished);
  EXPECT_THAT(processor.executed, ElementsAre(0, 1, 3, 4));
}

TEST(Probes, AListenerHearsOfSitesNotOfSingleProbes) {
  Probes probes;
  std::string heard;
  probes.listen([&](ProbeSite site, bool probed) {
    heard += (probed ? "+" : "-") + std::to_string(site.location);
  });
  const auto nothing = [](const ProbeHit&) { return ProbeAction::kContinue; };
  const ProbeId first = probes.attach(instruction(4), nothing);
  const ProbeId second = probes.attach(instruction(4), nothing);
  EXPECT_TRUE(probes.probed(instruction(4)));
  EXPECT_FALSE(probes.probed({ProbeEvent::kCall, 4}));
  probes.detach(first);
  EXPECT_EQ(heard, "+4");
  probes.detach(second);
  EXPECT_EQ(heard, "+4-4");
  EXPECT_FALSE(probes.probed(instruction(4)));
}

TEST(Probes, AProbeMayDetachItself) {
  Probes probes;
  MarkedProcessor processor(probes, 3);
  int calls = 0;
  ProbeId once;
  once = probes.attach(instruction(0), [&](const ProbeHit&) {
    ++calls;
    probes.detach(once);
    return ProbeAction::kContinue;
  });
  processor.run({});
  processor.at = 0;
  processor.run({});
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace doppel
