// SPDX-License-Identifier: Apache-2.0
// Names from the table of control and status registers.
#include "sysvm/isa/csr_names.h"

namespace doppel::sysvm {

std::string_view csr_name(std::uint16_t number) {
  switch (number) {
#define CSR(enumerator, name, number) \
  case number: return name;
#include "sysvm/isa/csrs.inc"
    default: return "";
  }
}

std::string csr_text(std::uint16_t number) {
  const std::string_view name = csr_name(number);
  return name.empty() ? std::to_string(number) : std::string(name);
}

}  // namespace doppel::sysvm
