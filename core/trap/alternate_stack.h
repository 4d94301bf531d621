// SPDX-License-Identifier: Apache-2.0
// The stack on which a thread's signal handlers run, so that an overflow of the thread's own stack
// can be handled at all.
#pragma once

#include <cstddef>

namespace doppel {

/// Gives the calling thread a guarded alternate signal stack for the object's life, unless it has
/// one of sufficient size already, as sanitizers and other runtimes install. Create and destroy it
/// on the same thread. When the host refuses, the thread stays without: an overflow then kills.
class AlternateStack {
 public:
  AlternateStack();
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  void* mapping_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace doppel
