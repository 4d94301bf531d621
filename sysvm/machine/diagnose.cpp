// SPDX-License-Identifier: Apache-2.0
// Words for traps, and for the states of a hart that is stuck.
#include "sysvm/machine/diagnose.h"

#include <fmt/format.h>

#include <algorithm>

namespace doppel::sysvm {

namespace {

constexpr std::size_t kMostPlaces = 8;  ///< harts of which a message tells
constexpr std::uint16_t kMie = 0x304;

std::string_view name_of(Mode mode) {
  switch (mode.privilege) {
    case Privilege::kUser: return "U-mode";
    case Privilege::kSupervisor: return "S-mode";
    case Privilege::kMachine: return "M-mode";
  }
  return "no mode";
}

std::string place(std::uint64_t pc, const SymbolTable& symbols) {
  const auto symbol = symbols.describe(pc);
  return symbol ? fmt::format("{:#x} ({})", pc, *symbol) : fmt::format("{:#x}", pc);
}

std::string describe(std::uint64_t pc, const Trap& trap, const SymbolTable& symbols) {
  return fmt::format("{} at pc {}, tval {:#x}", sysvm::name_of(trap.cause), place(pc, symbols),
                     trap.tval);
}

std::string describe_place(const Hart& hart, const SymbolTable& symbols) {
  if (hart.is_stopped()) return fmt::format("hart {} is stopped", hart.id());
  const std::uint64_t pc = hart.pc().value();
  if (!hart.is_waiting())
    return fmt::format("hart {} in {} at pc {}", hart.id(), name_of(hart.mode()),
                       place(pc, symbols));
  return fmt::format("hart {} in {} waits at pc {}, mie {:#x}", hart.id(), name_of(hart.mode()),
                     place(pc - 4, symbols), hart.csr(kMie).value());
}

std::string_view hint_of(Exception cause) {
  switch (cause) {
    case Exception::kFetchFault:
    case Exception::kFetchPageFault:
      return "it jumped to where no code is; was the image loaded where it was linked to run";
    case Exception::kIllegalInstruction:
      return "it runs data, or uses an extension that this machine does not have";
    case Exception::kLoadFault:
    case Exception::kStoreFault:
      return "nothing is at that address; does it expect another board or more memory";
    default: return "its trap handler cannot run; was stvec or mtvec set up";
  }
}

}  // namespace

std::string diagnose(const Hart& hart, const SymbolTable& symbols) {
  const Diagnosis& it = hart.diagnosis();
  std::string text =
      fmt::format("hart {} cannot go on: {}", hart.id(), describe(it.first_pc, it.first, symbols));
  if (it.first_pc != it.pc || it.first.cause != it.trap.cause)
    text += fmt::format("; then {}", describe(it.pc, it.trap, symbols));
  const std::string_view how =
      it.repeats == 0 ? "faults at once" : "faults again and again and never returns";
  return fmt::format("{}, in a trap handler in {} that {}\nhint: {}", text, name_of(it.mode), how,
                     it.repeats == 0
                         ? hint_of(it.first.cause)
                         : "its trap handler cannot save registers; was a stack set up for it");
}

std::string describe_places(std::span<Hart* const> harts, const SymbolTable& symbols) {
  std::string text;
  for (const Hart* hart : harts.first(std::min(harts.size(), kMostPlaces))) {
    if (!text.empty()) text += '\n';
    text += describe_place(*hart, symbols);
  }
  if (harts.size() > kMostPlaces)
    text += fmt::format("\nand {} harts more", harts.size() - kMostPlaces);
  return text;
}

std::string diagnose_waiting(std::span<Hart* const> harts, const SymbolTable& symbols) {
  return fmt::format(
      "all harts wait for interrupts, and none can come\n{}\n"
      "hint: wfi ends with an interrupt that is enabled in mie or sie; was one, and its source",
      describe_places(harts, symbols));
}

std::string describe(std::uint64_t hart, std::uint64_t pc, Mode mode, const Trap& trap,
                     const SymbolTable& symbols) {
  return fmt::format("hart {} in {}: {}", hart, name_of(mode), describe(pc, trap, symbols));
}

}  // namespace doppel::sysvm
