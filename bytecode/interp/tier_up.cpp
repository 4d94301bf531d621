// SPDX-License-Identifier: Apache-2.0
// Two threads: one that interrupts, one that compiles.
#include "bytecode/interp/tier_up.h"

#include <algorithm>
#include <chrono>

#include "bytecode/interp/module_code.h"

namespace doppel::bytecode::interp {

TierUp::TierUp(std::function<Result<FunctionCompiler*>()> open) : open_(std::move(open)) {}

TierUp::~TierUp() { stop(); }

void TierUp::stop() {
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
  if (ticker_.joinable()) ticker_.join();
  if (worker_.joinable()) worker_.join();
}

void TierUp::enter(VirtualProcessor& thread) {
  const std::scoped_lock lock(mutex_);
  running_.push_back(&thread);
  if (!ticker_.joinable()) ticker_ = std::thread([this] { tick(); });
  if (running_.size() == 1) changed_.notify_all();
}

void TierUp::leave(VirtualProcessor& thread) {
  const std::scoped_lock lock(mutex_);
  running_.erase(std::ranges::find(running_, &thread));
}

void TierUp::request(ModuleCode& code, const Cell* cells, std::optional<std::uint32_t> loop,
                     Effort effort) {
  const std::scoped_lock lock(mutex_);
  const auto after =
      effort == Effort::kFull ? jobs_.end() : std::ranges::find(jobs_, Effort::kFull, &Job::effort);
  jobs_.insert(after, {&code, cells, loop, effort});
  if (!worker_.joinable()) worker_ = std::thread([this] { compile(); });
  changed_.notify_all();
}

bool TierUp::is_busy() const {
  const std::scoped_lock lock(mutex_);
  return under_way_ != nullptr || !jobs_.empty();
}

void TierUp::forget(const ModuleCode& code) {
  std::unique_lock lock(mutex_);
  std::erase_if(jobs_, [&](const Job& job) { return job.code == &code; });
  std::erase_if(changed_codes_, [&](const ModuleCode* changed) { return changed == &code; });
  changed_.wait(lock, [&] { return under_way_ != &code; });
}

void TierUp::tick() {
  constexpr std::chrono::milliseconds kPeriod(1);
  std::unique_lock lock(mutex_);
  while (!ends_) {
    changed_.wait(lock, [this] { return ends_ || !running_.empty(); });
    changed_.wait_for(lock, kPeriod, [this] { return ends_; });
    for (VirtualProcessor* thread : running_) thread->request_interrupt_when_it_looks();
  }
}

void TierUp::compile() {
  const Result<FunctionCompiler*> compiler = open_();
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return ends_ || !jobs_.empty(); };
  for (;;) {
    constexpr std::chrono::milliseconds kIdle(500);
    if (!changed_codes_.empty() && !changed_.wait_for(lock, kIdle, has_work)) write_when_idle(lock);
    changed_.wait(lock, has_work);
    if (ends_) return;
    const Job job = jobs_.front();
    jobs_.pop_front();
    if (!compiler) continue;
    under_way_ = job.code;
    lock.unlock();
    job.code->compile_in_background(**compiler, job.cells, job.loop, job.effort);
    lock.lock();
    if (job.code->kept() != nullptr) changed_codes_.insert(job.code);
    under_way_ = nullptr;
    changed_.notify_all();
  }
}

/// Writes what is kept: a process that runs for long may end by being killed.
void TierUp::write_when_idle(std::unique_lock<std::mutex>& lock) {
  while (!changed_codes_.empty() && jobs_.empty() && !ends_) {
    ModuleCode* code = *changed_codes_.begin();
    changed_codes_.erase(changed_codes_.begin());
    under_way_ = code;
    lock.unlock();
    code->kept()->write();
    lock.lock();
    under_way_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace doppel::bytecode::interp
