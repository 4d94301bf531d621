// SPDX-License-Identifier: Apache-2.0
// The name section (specification 7.4.1, with the extended name section proposal): what people call
// things. It has no effect on meaning, so what is malformed in it is left out without an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "bytecode/binary/module.h"

namespace doppel::bytecode {

/// Names by index.
using NamesByIndex = std::unordered_map<std::uint32_t, std::string>;
/// Names of parts, by the index of the whole.
using NamesByIndices = std::unordered_map<std::uint32_t, NamesByIndex>;

/// The codes of the subsections.
enum class NameKind : std::uint8_t {
  kModule,
  kFunction,
  kLocal,
  kLabel,
  kType,
  kTable,
  kMemory,
  kGlobal,
  kElement,
  kData,
  kField,
  kTag,
};

/// See the file comment.
struct NameSection {
  std::optional<std::string> module;
  NamesByIndex functions;
  NamesByIndices locals;  ///< of each function
  NamesByIndices labels;  ///< of each function, by the number of their block
  NamesByIndex types;
  NamesByIndex tables;
  NamesByIndex memories;
  NamesByIndex globals;
  NamesByIndex elements;
  NamesByIndex data;
  NamesByIndices fields;  ///< of each type
  NamesByIndex tags;
};

/// The first name section of the module; empty where there is none.
NameSection read_names(const Module& module);

}  // namespace doppel::bytecode
