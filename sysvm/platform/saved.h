// SPDX-License-Identifier: Apache-2.0
// What is saved with a machine.
#pragma once

#include "core/state/stream.h"

namespace doppel::sysvm {

/// A part of a machine with state of its own, a section of the stream. While no hart runs.
class Saved {
 public:
  virtual ~Saved() = default;
  virtual void save(StateWriter& writer) const = 0;
  /// Takes the place of all state. The reader keeps what failed; the part may be anything then, but
  /// not one that could do harm. Interrupt lines are set anew.
  virtual void restore(StateReader& reader) = 0;
};

}  // namespace doppel::sysvm
