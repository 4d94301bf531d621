// SPDX-License-Identifier: Apache-2.0
// The bound on a machine's time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace doppel::tools {

/// While it lives, a host thread waits until so many seconds have passed.
class Deadline {
 public:
  explicit Deadline(double seconds);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  [[nodiscard]] bool is_over();

  /// Who is called, on that thread, at the deadline, or at once where it is past; until it is
  /// destroyed.
  class Watch {
   public:
    /// Without a deadline, nothing happens.
    Watch(std::optional<Deadline>& deadline, std::function<void()> call);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Deadline* deadline_;
  };

 private:
  void wait(double seconds);

  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  std::function<void()> call_;
  bool over_ = false;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace doppel::tools
