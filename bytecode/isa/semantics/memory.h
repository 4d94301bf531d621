// SPDX-License-Identifier: Apache-2.0
// Loads and stores (specification 4.6.12): what is accessed, and how it becomes a value.
#pragma once

#include <cstdint>

#include "bytecode/isa/semantics/meaning.h"

namespace doppel::bytecode {

DOPPEL_LOAD(I32Load, I32, std::uint32_t);
DOPPEL_LOAD(I64Load, I64, std::uint64_t);
DOPPEL_LOAD(F32Load, F32, float);
DOPPEL_LOAD(F64Load, F64, double);
DOPPEL_LOAD(I32Load8S, I32, std::int8_t);
DOPPEL_LOAD(I32Load8U, I32, std::uint8_t);
DOPPEL_LOAD(I32Load16S, I32, std::int16_t);
DOPPEL_LOAD(I32Load16U, I32, std::uint16_t);
DOPPEL_LOAD(I64Load8S, I64, std::int8_t);
DOPPEL_LOAD(I64Load8U, I64, std::uint8_t);
DOPPEL_LOAD(I64Load16S, I64, std::int16_t);
DOPPEL_LOAD(I64Load16U, I64, std::uint16_t);
DOPPEL_LOAD(I64Load32S, I64, std::int32_t);
DOPPEL_LOAD(I64Load32U, I64, std::uint32_t);

DOPPEL_STORE(I32Store, I32, std::uint32_t);
DOPPEL_STORE(I64Store, I64, std::uint64_t);
DOPPEL_STORE(F32Store, F32, float);
DOPPEL_STORE(F64Store, F64, double);
DOPPEL_STORE(I32Store8, I32, std::uint8_t);
DOPPEL_STORE(I32Store16, I32, std::uint16_t);
DOPPEL_STORE(I64Store8, I64, std::uint8_t);
DOPPEL_STORE(I64Store16, I64, std::uint16_t);
DOPPEL_STORE(I64Store32, I64, std::uint32_t);

}  // namespace doppel::bytecode
