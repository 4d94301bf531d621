// SPDX-License-Identifier: Apache-2.0
// The first pass over a module's fields: since identifiers may be used before they are defined, all
// of them are collected before anything else is read.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "bytecode/isa/types.h"
#include "bytecode/text/cursor.h"
#include "bytecode/text/scope.h"

namespace doppel::bytecode::text {

/// Where fields begin, in their order.
struct FieldPlaces {
  std::vector<std::size_t> types;   ///< (type ...) and (rec ...)
  std::vector<std::size_t> others;  ///< all other fields, custom annotations among them
};

/// Defines the identifiers of all fields at the cursor, up to a closing parenthesis or the end.
Result<FieldPlaces> collect_fields(Cursor& in, Scope& scope);

/// Whether a module field begins at the cursor, so that a script is a single module.
bool at_module_field(const Cursor& in);

inline constexpr std::size_t kExternKindCount = 5;
/// The kind that a keyword names: "func".
std::optional<ExternKind> extern_kind(std::string_view keyword);
/// The same where one must stand.
Result<ExternKind> expect_extern_kind(Cursor& in);
/// The index space of a kind.
IndexSpace& space_of(Scope& scope, ExternKind kind);

}  // namespace doppel::bytecode::text
