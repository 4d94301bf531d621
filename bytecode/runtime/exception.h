// SPDX-License-Identifier: Apache-2.0
// An exception package (specification 4.2.11): an object of the heap that holds a tag and the
// values that were thrown with it.
#pragma once

#include <cstdint>
#include <span>

#include "bytecode/gc/heap.h"
#include "bytecode/runtime/function.h"
#include "bytecode/runtime/tag.h"

namespace doppel::bytecode {

class Store;

/// The tag of an exception, whose reference is not null.
inline const TagInstance& tag_of(std::uint64_t exception) {
  return *static_cast<const TagInstance*>(gc::Heap::exception_tag(gc::object_of(exception)));
}

/// What a host function answers in order to throw a new exception, whose payload stands in slots
/// that are roots, as its arguments are, or holds no references.
HostOutcome throw_exception(Store& store, const TagInstance& tag,
                            std::span<const std::uint64_t> payload);

/// The values that were thrown, as slots; valid until the next allocation.
inline std::span<const std::uint64_t> payload_of(std::uint64_t exception) {
  return {gc::Heap::exception_payload(gc::object_of(exception)),
          slot_count(tag_of(exception).type->params)};
}

}  // namespace doppel::bytecode
