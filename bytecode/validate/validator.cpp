// SPDX-License-Identifier: Apache-2.0
// The module as a whole: its parts in an order in which each finds what it needs already checked.
#include "bytecode/validate/validator.h"

#include <fmt/format.h>

#include "bytecode/validate/function_validator.h"
#include "bytecode/validate/module_checks.h"

namespace doppel::bytecode {
namespace {

class ModuleValidator {
 public:
  ModuleValidator(const Module& module, Features features)
      : module_(module), context_(module, features), code_(context_) {}

  Result<void> validate() {
    DOPPEL_TRY(check_types(context_));
    DOPPEL_TRY(check_declarations(context_));
    DOPPEL_TRY(check_globals());
    DOPPEL_TRY(check_tables());
    DOPPEL_TRY(check_exports(context_));
    DOPPEL_TRY(check_start(context_));
    for (const ElementSegment& segment : module_.elements) DOPPEL_TRY(check_elements(segment));
    for (const DataSegment& segment : module_.data) DOPPEL_TRY(check_data(segment));
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      DOPPEL_TRY(
          code_.check_body(FuncIndex{static_cast<std::uint32_t>(module_.imported_functions + i)}));
    }
    return {};
  }

 private:
  [[nodiscard]] std::uint32_t all_globals() const {
    return static_cast<std::uint32_t>(module_.globals.size());
  }

  Result<void> check_globals() {
    // An initializer sees the globals before its own, or only imported ones without extended
    // constants.
    const bool sees_previous = context_.features.has(Feature::kExtendedConst);
    for (std::uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      const Global& global = module_.globals[i];
      DOPPEL_TRY(code_.check_constant(*global.init, global.type.type,
                                      sees_previous ? i : module_.imported_globals,
                                      "a global's initializer"));
    }
    return {};
  }

  Result<void> check_tables() {
    for (std::uint32_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
      const Table& table = module_.tables[i];
      if (table.init) {
        DOPPEL_TRY(code_.check_constant(*table.init, table.type.element, module_.imported_globals,
                                        "a table's initializer"));
      } else if (!table.type.element.nullable) {
        return invalid(table.offset, "a table",
                       fmt::format("elements of type {} without initializer",
                                   to_string(ValType(table.type.element))),
                       "an initializer");
      }
    }
    return {};
  }

  Result<void> check_elements(const ElementSegment& segment) {
    constexpr const char* kPlace = "an element segment";
    if (!context_.exists(segment.type.heap)) {
      return invalid(segment.begin, kPlace, to_string(ValType(segment.type)),
                     "a type of the module");
    }
    if (segment.mode == SegmentMode::kActive) {
      if (segment.table.value() >= module_.tables.size()) {
        return invalid(segment.begin, kPlace, fmt::format("table {}", segment.table.value()),
                       fmt::format("one of the module's {}", module_.tables.size()));
      }
      const TableType& table = module_.tables[segment.table.value()].type;
      if (!context_.matcher.matches(segment.type, table.element)) {
        return invalid(segment.begin, kPlace,
                       fmt::format("elements of type {}", to_string(ValType(segment.type))),
                       to_string(ValType(table.element)));
      }
      DOPPEL_TRY(code_.check_constant(segment.offset, table.address_type(), all_globals(), kPlace));
    }
    if (const auto* functions = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
      return check_functions(*functions, segment.begin);
    }
    for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items)) {
      DOPPEL_TRY(code_.check_constant(item, segment.type, all_globals(), kPlace));
    }
    return {};
  }

  Result<void> check_functions(const std::vector<FuncIndex>& functions, ByteOffset offset) {
    for (const FuncIndex& function : functions) {
      if (function.value() >= module_.functions.size()) {
        return invalid(offset, "an element segment", fmt::format("function {}", function.value()),
                       fmt::format("one of the module's {}", module_.functions.size()));
      }
      context_.referenced_functions[function.value()] = true;
    }
    return {};
  }

  Result<void> check_data(const DataSegment& segment) {
    if (segment.mode != SegmentMode::kActive) return {};
    if (segment.memory.value() >= module_.memories.size()) {
      return invalid(segment.begin, "a data segment",
                     fmt::format("memory {}", segment.memory.value()),
                     fmt::format("one of the module's {}", module_.memories.size()));
    }
    return code_.check_constant(segment.offset,
                                module_.memories[segment.memory.value()].address_type(),
                                all_globals(), "a data segment");
  }

  const Module& module_;
  ValidationContext context_;
  FunctionValidator code_;
};

}  // namespace

Result<void> validate(const Module& module, Features features) {
  return ModuleValidator(module, features).validate();
}

}  // namespace doppel::bytecode
