// SPDX-License-Identifier: Apache-2.0
// Names for everything of the host that compiled code refers to, so that code can be kept and be
// loaded by another process of the same program.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bytecode/interp/compiler.h"

namespace doppel::bytecode::interp {

/// A function's body, what the interpreter enters it by, the room for the cells that it names; and
/// the first of the interpreter's cells.
inline constexpr std::string_view kBodySymbol = "body";
inline constexpr std::string_view kEnterSymbol = "enter";
inline constexpr std::string_view kCellsSymbol = "cells";
inline constexpr std::string_view kPlainCellsSymbol = "plain_cells";

/// Addresses by name: the functions of a CompilerHost, its operations ("operation.7") and handlers
/// ("handler.7", "on_slots.7"), and the functions of C that LLVM may call of itself.
std::map<std::string, const void*, std::less<>> code_symbols(const CompilerHost& host);
/// One of them; null: there is none of this name.
const void* code_symbol(const CompilerHost& host, std::string_view name);

}  // namespace doppel::bytecode::interp
