// SPDX-License-Identifier: Apache-2.0
// The index spaces of a WebAssembly module (specification 2.5.1), one type each.
#pragma once

#include "core/types.h"

namespace doppel::bytecode {

using TypeIndex = Ordinal<struct TypeIndexTag, std::uint32_t>;
using FuncIndex = Ordinal<struct FuncIndexTag, std::uint32_t>;
using TableIndex = Ordinal<struct TableIndexTag, std::uint32_t>;
using MemoryIndex = Ordinal<struct MemoryIndexTag, std::uint32_t>;
using GlobalIndex = Ordinal<struct GlobalIndexTag, std::uint32_t>;
using TagIndex = Ordinal<struct TagIndexTag, std::uint32_t>;
using ElementIndex = Ordinal<struct ElementIndexTag, std::uint32_t>;
using DataIndex = Ordinal<struct DataIndexTag, std::uint32_t>;
using LocalIndex = Ordinal<struct LocalIndexTag, std::uint32_t>;
using LabelIndex = Ordinal<struct LabelIndexTag, std::uint32_t>;
using FieldIndex = Ordinal<struct FieldIndexTag, std::uint32_t>;

/// A place in the module's bytes; what error messages and backtraces give as "offset".
using ByteOffset = Ordinal<struct ByteOffsetTag, std::uint32_t>;

}  // namespace doppel::bytecode
