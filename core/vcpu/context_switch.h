// SPDX-License-Identifier: Apache-2.0
// The machine's part of a context switch: saved registers lie on the stack they belong to, so a
// suspended context is its stack pointer.
#pragma once

#include <cstddef>

extern "C" {
/// Pushes the registers that a callee must preserve, floating-point control included, stores the
/// stack pointer to `*suspended`, and goes on in the context `resumed`. Returns when some other
/// call resumes what was stored.
void doppel_switch_context(void** suspended, void* resumed);
}

namespace doppel {

/// Prepares a context on the stack that ends at `top` (16-byte aligned): when first resumed, it
/// calls `entry(argument)`, which must not return, with default floating-point control.
void* make_context(std::byte* top, void (*entry)(void*), void* argument);

}  // namespace doppel
