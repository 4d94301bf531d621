// SPDX-License-Identifier: Apache-2.0
// What machine code may take for granted of the processor that it was made for.
#pragma once

#include <string>

namespace doppel {

/// This processor's model and instructions, as far as the system lets programs use them, in
/// hexadecimal digits: code made for a processor may run on one of which this says the same.
[[nodiscard]] std::string processor();

}  // namespace doppel
