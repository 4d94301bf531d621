// SPDX-License-Identifier: Apache-2.0
// The binary encoding of 2019, in which ref.null named no type. The interface's own example hostref
// comes as such a module; no module that is valid today reads differently.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace doppel::bytecode::capi {

/// The module with the global's type in each `ref.null` that initializes a global without naming
/// one. None if there is no such, or the module cannot be read that far.
std::optional<std::vector<std::byte>> with_typed_nulls(std::span<const std::byte> module);

}  // namespace doppel::bytecode::capi
