// SPDX-License-Identifier: Apache-2.0
// Access to control and status registers from instructions: permission, then the register's rule.
#include "sysvm/hart/core.h"
#include "sysvm/hart/csr_rules.h"

namespace doppel::sysvm {

std::optional<std::uint64_t> HartCore::read_csr(std::uint16_t number, bool for_write) {
  // Bits 9:8 of the number are the lowest privilege, 11:10 are 3 where it is read-only.
  if ((number >> 8 & 3) > static_cast<unsigned>(mode.privilege)) return std::nullopt;
  if (for_write && number >> 10 == 3) return std::nullopt;
  const CsrRule* const rule = csr_rule(number);
  if (rule == nullptr || (rule->permits != nullptr && !rule->permits(*this, number))) {
    return std::nullopt;
  }
  return rule->read(*this, number);
}

void HartCore::write_csr(std::uint16_t number, std::uint64_t value) {
  const CsrRule* const rule = csr_rule(number);
  if (rule->write != nullptr) rule->write(*this, number, value);
}

void HartCore::update_float() {
  const bool dirty = (csrs.mstatus & status::kFs) == status::kFs;
  float_off = dirty ? 0 : 1;
  float_slow = dirty && rounding < 4 ? 0 : 1;
}

void HartCore::dirty_float() {
  csrs.mstatus |= status::kFs;
  update_float();
}

}  // namespace doppel::sysvm
