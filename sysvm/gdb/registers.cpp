// SPDX-License-Identifier: Apache-2.0
// Register numbers: x0–x31, pc, f0–f31, the CSRs from 65 on, and the privilege after them.
#include "sysvm/gdb/registers.h"

#include <fmt/format.h>

#include "sysvm/isa/csr_names.h"
#include "sysvm/isa/disassemble.h"

namespace doppel::sysvm::gdb {

namespace {

constexpr std::uint64_t kPc = 32;
constexpr std::uint64_t kFirstFloat = 33;
constexpr std::uint64_t kFirstCsr = 65;
constexpr std::uint64_t kPrivilege = kFirstCsr + 4096;
constexpr std::uint16_t kLastFloatCsr = 3;

std::string describe() {
  std::string xml =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
      "<target version=\"1.0\"><architecture>riscv:rv64</architecture>"
      "<feature name=\"org.gnu.gdb.riscv.cpu\">";
  const auto add = [&](std::string_view name, unsigned bits, std::uint64_t number,
                       std::string_view type) {
    xml += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\" regnum=\"{}\"/>", name, bits,
                       type, number);
  };
  for (unsigned i = 0; i < 32; ++i) {
    add(x_name(i), 64, i, i == 1 ? "code_ptr" : i == 2 ? "data_ptr" : "int");
  }
  add("pc", 64, kPc, "code_ptr");
  xml += "</feature><feature name=\"org.gnu.gdb.riscv.fpu\">";
  for (unsigned i = 0; i < 32; ++i) add(f_name(i), 64, kFirstFloat + i, "ieee_double");
  const auto add_csrs = [&](std::uint16_t first, std::uint16_t last) {
    for (std::uint32_t i = first; i <= last; ++i) {
      const auto csr = static_cast<std::uint16_t>(i);
      if (const auto name = csr_name(csr); !name.empty()) add(name, 64, kFirstCsr + i, "int");
    }
  };
  add_csrs(1, kLastFloatCsr);
  xml += "</feature><feature name=\"org.gnu.gdb.riscv.csr\">";
  add_csrs(kLastFloatCsr + 1, 4095);
  xml += "</feature><feature name=\"org.gnu.gdb.riscv.virtual\">";
  add("priv", 8, kPrivilege, "int");
  xml += "</feature></target>";
  return xml;
}

}  // namespace

const std::string& target_description() {
  static const std::string description = describe();
  return description;
}

unsigned register_bytes(std::uint64_t number) { return number == kPrivilege ? 1 : 8; }

std::optional<std::uint64_t> read_register(const Hart& hart, std::uint64_t number) {
  if (number < kPc) return hart.x(static_cast<unsigned>(number));
  if (number == kPc) return hart.pc().value();
  if (number < kFirstCsr) return hart.f(static_cast<unsigned>(number - kFirstFloat));
  if (number < kPrivilege) return hart.csr(static_cast<std::uint16_t>(number - kFirstCsr));
  if (number == kPrivilege) return static_cast<std::uint64_t>(hart.mode().privilege);
  return std::nullopt;
}

bool write_register(Hart& hart, std::uint64_t number, std::uint64_t value) {
  if (number < kPc) {
    hart.set_x(static_cast<unsigned>(number), value);
  } else if (number == kPc) {
    hart.set_pc(GuestVirt{value});
  } else if (number < kFirstCsr) {
    hart.set_f(static_cast<unsigned>(number - kFirstFloat), value);
  } else if (number < kPrivilege) {
    return hart.set_csr(static_cast<std::uint16_t>(number - kFirstCsr), value);
  } else {
    if (number != kPrivilege || value > 3 || value == 2) return false;
    hart.set_mode({static_cast<Privilege>(value), false});
  }
  return true;
}

}  // namespace doppel::sysvm::gdb
