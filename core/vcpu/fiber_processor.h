// SPDX-License-Identifier: Apache-2.0
// A virtual processor with a host stack of its own, so that it can exit at any depth of compiled
// code and host calls and go on there in its next run.
#pragma once

#include "core/vcpu/fiber.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel {

/// Implement `execute`, which runs the guest from start to end on the processor's own stack and
/// calls `leave` wherever the guest must exit. Destroying a processor in the middle of `execute`
/// drops its frames, as destroying a Fiber does.
class FiberProcessor : public VirtualProcessor {
 public:
  Exit run(Budget budget) final;

 protected:
  explicit FiberProcessor(HostStack stack);

  /// The guest's whole life; `budget` is that of the first run. The last run gives what it returns,
  /// which has the reason kFinished.
  virtual Exit execute(Budget budget) = 0;

  /// From within `execute`: ends the current run with `exit`. Returns with the next run's budget.
  Budget leave(const Exit& exit);

 private:
  Budget budget_;
  Exit exit_;
  Fiber fiber_;
};

}  // namespace doppel
