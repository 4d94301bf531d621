// SPDX-License-Identifier: Apache-2.0
// The set of code ranges whose faults are guests'.
#include "core/trap/fault_code.h"

namespace doppel {
namespace {

constinit AddressRanges code_ranges;

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

Result<void> FaultCode::add(const void* begin, const void* end, const void* owner) {
  const AddressRange range{address_of(begin), address_of(end), owner};
  if (range.begin == 0 || range.begin >= range.end) {
    return fail(ErrorKind::kUsage, "found an empty range of code, expected instructions");
  }
  if (find(range.begin)) return {};
  if (!code_ranges.add(range)) return fail(ErrorKind::kSystem, "no memory to note a range of code");
  return {};
}

void FaultCode::remove(const void* begin) noexcept { code_ranges.remove(address_of(begin)); }

std::optional<AddressRange> FaultCode::find(std::uintptr_t pc) noexcept {
  return code_ranges.find(pc);
}

}  // namespace doppel
