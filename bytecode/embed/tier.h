// SPDX-License-Identifier: Apache-2.0
// How the code of a module is executed.
#pragma once

#include <cstdint>

namespace doppel::bytecode {

/// All of them do the same; they differ in speed. Where the compiler is not installed, code is
/// interpreted.
enum class Tier : std::uint8_t {
  kInterpreter,
  kAuto,      ///< interpreted at first; compiled in the background where it is found running often
  kCompiled,  ///< every function is compiled before its first call
};

}  // namespace doppel::bytecode
