// SPDX-License-Identifier: Apache-2.0
// The sizes this implementation accepts. They follow the limits that the WebAssembly JavaScript
// interface prescribes for browsers, so that a module that runs there is not refused here. Beyond
// them the answer is an error of kind kLimit, never an allocation.
#pragma once

#include <cstdint>

namespace doppel::bytecode::limits {

inline constexpr std::uint64_t kModuleBytes = std::uint64_t{1} << 30U;
inline constexpr std::uint32_t kTypes = 1'000'000;
inline constexpr std::uint32_t kSubtypeDepth = 63;
inline constexpr std::uint32_t kFunctions = 1'000'000;
inline constexpr std::uint32_t kImports = 1'000'000;
inline constexpr std::uint32_t kExports = 1'000'000;
inline constexpr std::uint32_t kGlobals = 1'000'000;
inline constexpr std::uint32_t kTags = 1'000'000;
inline constexpr std::uint32_t kTables = 100'000;
inline constexpr std::uint32_t kMemories = 100;
inline constexpr std::uint32_t kDataSegments = 100'000;
inline constexpr std::uint32_t kElementSegments = 10'000'000;
inline constexpr std::uint32_t kSegmentElements = 10'000'000;
inline constexpr std::uint32_t kParams = 1'000;
inline constexpr std::uint32_t kResults = 1'000;
inline constexpr std::uint32_t kStructFields = 10'000;
inline constexpr std::uint32_t kFunctionBytes = 7'654'321;
inline constexpr std::uint32_t kLocals = 50'000;  ///< of one function, parameters included
inline constexpr std::uint32_t kArrayNewFixedOperands = 10'000;
inline constexpr std::uint32_t kTableLabels = 65'520;  ///< of one br_table
inline constexpr std::uint32_t kNesting = 100'000;     ///< blocks open at once
inline constexpr std::uint32_t kOperands = 1'000'000;  ///< on the stack at once

}  // namespace doppel::bytecode::limits
