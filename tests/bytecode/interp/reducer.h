// SPDX-License-Identifier: Apache-2.0
// Makes a random module that shows a difference small: it is the choices that are taken away, so
// that what is left is a valid module at every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace doppel::bytecode {

/// Whether the module of these choices still shows what is looked for.
using StillShows = std::function<bool(std::span<const std::uint8_t> choices)>;

/// Fewer and smaller choices for which `shows` holds as it does for `choices`, found in at most so
/// many attempts.
std::vector<std::uint8_t> reduce(std::vector<std::uint8_t> choices, const StillShows& shows,
                                 int attempts);

/// A module in the text format.
std::string module_text(std::span<const std::byte> module);

}  // namespace doppel::bytecode
