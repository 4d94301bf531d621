// SPDX-License-Identifier: Apache-2.0
// Composition of messages about modules.
#include "bytecode/binary/module_error.h"

#include <fmt/format.h>

namespace doppel::bytecode {
namespace {

const char* adjective(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kMalformed: return "malformed";
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kLimit: return "too large";
    default: return "unusable";
  }
}

}  // namespace

std::string found_but_expected(std::string_view found, std::string_view expected) {
  return fmt::format("found {}, expected {}", found, expected);
}

Error module_error(ErrorKind kind, ByteOffset offset, std::string_view place,
                   std::string_view detail) {
  return Error{kind, fmt::format("{} module at offset 0x{:x}{}{}: {}", adjective(kind),
                                 offset.value(), place.empty() ? "" : " in ", place, detail)};
}

}  // namespace doppel::bytecode
