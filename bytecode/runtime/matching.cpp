// SPDX-License-Identifier: Apache-2.0
// Matching of external types, and their description.
#include "bytecode/runtime/matching.h"

#include <fmt/format.h>

#include "bytecode/runtime/store.h"

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

std::string describe_tag(const FuncType& type) { return "tag of type " + to_string(type); }

std::string describe(const Extern& given) {
  switch (given.kind) {
    case ExternKind::kFunc: return describe(*given.function->type);
    case ExternKind::kTable: return describe(given.table->type());
    case ExternKind::kMemory: return describe(given.memory->type());
    case ExternKind::kGlobal: return describe(given.global->type);
    case ExternKind::kTag: return describe_tag(*given.tag->type);
  }
  return "";
}

/// Of what can be written, types must be the same; of what is only read, a subtype will do.
bool matches(const RuntimeTypes& types, ValType given, ValType wanted, bool is_mutable) {
  return types.matches(given, wanted) && (!is_mutable || types.matches(wanted, given));
}

bool matches(const Instance& instance, const Import& import, const Extern& given) {
  const Module& module = instance.module->module();
  const RuntimeTypes& types = instance.store.types();
  switch (import.kind) {
    case ExternKind::kFunc: {
      const std::uint32_t wanted = instance.type_ids[module.functions[import.index].value()];
      return types[given.function->type_id].is_subtype_of(types[wanted]);
    }
    case ExternKind::kTable: {
      const TableType& wanted = module.tables[import.index].type;
      return matches(types, given.table->type().element,
                     canonical(wanted.element, instance.type_ids), true) &&
             given.table->type().is_64 == wanted.is_64 &&
             limits_match(given.table->type().limits, wanted.limits);
    }
    case ExternKind::kMemory: {
      const MemoryType& wanted = module.memories[import.index];
      const MemoryType& found = given.memory->type();
      return found.is_shared == wanted.is_shared && found.is_64 == wanted.is_64 &&
             found.page_log2 == wanted.page_log2 && limits_match(found.limits, wanted.limits);
    }
    case ExternKind::kGlobal: {
      const GlobalType& wanted = module.globals[import.index].type;
      return given.global->type.is_mutable == wanted.is_mutable &&
             matches(types, given.global->type.type, canonical(wanted.type, instance.type_ids),
                     wanted.is_mutable);
    }
    case ExternKind::kTag:
      return given.tag->type_id == instance.type_ids[module.tags[import.index].type.value()];
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
    case ExternKind::kTag: return describe_tag(module.func_type(module.tags[import.index].type));
  }
  return "";
}

Result<void> match_import(const Instance& instance, const Import& import, const Extern& given) {
  if (given.kind == import.kind && matches(instance, import, given)) return {};
  return fail(
      ErrorKind::kUnlinkable,
      fmt::format("import \"{}\" \"{}\": found a {}, expected a {}", import.module, import.name,
                  describe(given), describe_import(instance.module->module(), import)));
}

}  // namespace doppel::bytecode
