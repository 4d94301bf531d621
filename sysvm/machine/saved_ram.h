// SPDX-License-Identifier: Apache-2.0
// RAM in a state stream: its pages that are not zero.
#pragma once

#include "core/state/stream.h"
#include "sysvm/platform/bus.h"

namespace doppel::sysvm {

/// Writes the section. While no hart runs.
void save_ram(const Bus& bus, StateWriter& writer);
/// Fills RAM, which is zero before.
void restore_ram(Bus& bus, StateReader& reader);

}  // namespace doppel::sysvm
