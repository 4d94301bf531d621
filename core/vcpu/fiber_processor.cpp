// SPDX-License-Identifier: Apache-2.0
// Runs and exits, as resuming and yielding of a fiber.
#include "core/vcpu/fiber_processor.h"

#include <utility>

namespace doppel {

FiberProcessor::FiberProcessor(HostStack stack)
    : fiber_(std::move(stack), [this] { exit_ = execute(budget_); }) {}

Exit FiberProcessor::run(Budget budget) {
  budget_ = budget;
  fiber_.resume();
  return exit_;
}

Budget FiberProcessor::leave(const Exit& exit) {
  exit_ = exit;
  Fiber::yield();
  return budget_;
}

}  // namespace doppel
