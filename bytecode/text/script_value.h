// SPDX-License-Identifier: Apache-2.0
// Values of scripts as the runtime holds them, and whether results are what a script expects.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bytecode/gc/heap.h"
#include "bytecode/text/script.h"

namespace doppel::bytecode::text {

/// Appends the slots of an argument. The host's reference number n has the value n.
void append_slots(const ScriptValue& value, std::vector<std::uint64_t>& slots);

/// Whether the value of type `type` in `slots` (as many as the type takes) matches the pattern.
/// `heap` is that of its store.
bool matches(const ResultPattern& pattern, ValType type, std::span<const std::uint64_t> slots,
             const gc::Heap& heap);

/// A value for messages: "i32 7", "f32 nan:0x1", "v128 0x...", "(ref null func)".
std::string describe_value(ValType type, std::span<const std::uint64_t> slots);

/// A pattern for messages.
std::string describe_pattern(const ResultPattern& pattern);

}  // namespace doppel::bytecode::text
