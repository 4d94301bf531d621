// SPDX-License-Identifier: Apache-2.0
// Matching of external types, and their description.
#include "bytecode/runtime/matching.h"

#include <fmt/format.h>

namespace doppel::bytecode {

namespace {

std::string describe(const Limits& limits, const char* unit) {
  return limits.max ? fmt::format("{} to {} {}", limits.min, *limits.max, unit)
                    : fmt::format("at least {} {}", limits.min, unit);
}

std::string describe(const TableType& type) {
  return fmt::format("table of {} {}", describe(type.limits, "elements"),
                     to_string(ValType(type.element)));
}
std::string describe(const MemoryType& type) {
  return "memory of " + describe(type.limits, "pages");
}
std::string describe(const GlobalType& type) {
  return fmt::format("{} global of type {}", type.is_mutable ? "mutable" : "constant",
                     to_string(type.type));
}
std::string describe(const FuncType& type) { return "function of type " + to_string(type); }

std::string describe(const Extern& given) {
  switch (given.kind) {
    case ExternKind::kFunc: return describe(*given.function->type);
    case ExternKind::kTable: return describe(given.table->type());
    case ExternKind::kMemory: return describe(given.memory->type());
    case ExternKind::kGlobal: return describe(given.global->type);
    case ExternKind::kTag: break;
  }
  return "tag";
}

bool matches(const Instance& instance, const Import& import, const Extern& given) {
  const Module& module = instance.module->module();
  switch (import.kind) {
    case ExternKind::kFunc:
      return given.function->type_id == instance.type_ids[module.functions[import.index].value()];
    case ExternKind::kTable: {
      const TableType& wanted = module.tables[import.index].type;
      return given.table->type().element == wanted.element &&
             limits_match(given.table->type().limits, wanted.limits);
    }
    case ExternKind::kMemory: {
      const MemoryType& wanted = module.memories[import.index];
      const MemoryType& found = given.memory->type();
      return found.is_shared == wanted.is_shared && found.is_64 == wanted.is_64 &&
             found.page_log2 == wanted.page_log2 && limits_match(found.limits, wanted.limits);
    }
    case ExternKind::kGlobal: return given.global->type == module.globals[import.index].type;
    case ExternKind::kTag: break;
  }
  return false;
}

}  // namespace

bool limits_match(const Limits& given, const Limits& wanted) {
  return given.min >= wanted.min && (!wanted.max || (given.max && *given.max <= *wanted.max));
}

std::string describe_import(const Module& module, const Import& import) {
  switch (import.kind) {
    case ExternKind::kFunc: return describe(module.func_type(FuncIndex{import.index}));
    case ExternKind::kTable: return describe(module.tables[import.index].type);
    case ExternKind::kMemory: return describe(module.memories[import.index]);
    case ExternKind::kGlobal: return describe(module.globals[import.index].type);
    case ExternKind::kTag: break;
  }
  return "tag";
}

Result<void> match_import(const Instance& instance, const Import& import, const Extern& given) {
  if (given.kind == import.kind && matches(instance, import, given)) return {};
  return fail(
      ErrorKind::kUnlinkable,
      fmt::format("import \"{}\" \"{}\": found a {}, expected a {}", import.module, import.name,
                  describe(given), describe_import(instance.module->module(), import)));
}

}  // namespace doppel::bytecode
