// SPDX-License-Identifier: Apache-2.0
// The name that the linker gives to what it has linked, after its contents.
#pragma once

#include <string>

namespace doppel {

/// The build identifier of an ELF program or shared object, in hexadecimal digits; empty where the
/// file has none or cannot be read.
[[nodiscard]] std::string build_id(const std::string& path);

}  // namespace doppel
