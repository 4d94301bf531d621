// SPDX-License-Identifier: Apache-2.0
// The thread that waits.
#include "tools/vm/deadline.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace doppel::tools {

Deadline::Deadline(double seconds) : thread_([this, seconds] { wait(seconds); }) {}

Deadline::~Deadline() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Deadline::is_over() {
  const std::scoped_lock lock(mutex_);
  return over_;
}

void Deadline::wait(double seconds) {
  using namespace std::chrono;
  std::unique_lock lock(mutex_);
  const auto limit = duration_cast<nanoseconds>(duration<double>(std::min(seconds, 1e9)));
  if (changed_.wait_for(lock, limit, [this] { return done_; })) return;
  over_ = true;
  if (call_) call_();
}

Deadline::Watch::Watch(std::optional<Deadline>& deadline, std::function<void()> call)
    : deadline_(deadline ? &*deadline : nullptr) {
  if (deadline_ == nullptr) return;
  const std::scoped_lock lock(deadline_->mutex_);
  if (deadline_->over_) call();
  deadline_->call_ = std::move(call);
}

Deadline::Watch::~Watch() {
  if (deadline_ == nullptr) return;
  const std::scoped_lock lock(deadline_->mutex_);
  deadline_->call_ = nullptr;
}

}  // namespace doppel::tools
