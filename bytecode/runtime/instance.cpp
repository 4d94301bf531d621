// SPDX-License-Identifier: Apache-2.0
// Look-up in an instance.
#include "bytecode/runtime/instance.h"

#include "bytecode/runtime/store.h"

namespace doppel::bytecode {

Extern Instance::at(ExternKind kind, std::uint32_t index) const {
  Extern found;
  found.kind = kind;
  switch (kind) {
    case ExternKind::kFunc: found.function = functions[index]; break;
    case ExternKind::kTable: found.table = tables[index]; break;
    case ExternKind::kMemory: found.memory = memories[index]; break;
    case ExternKind::kGlobal: found.global = globals[index]; break;
    case ExternKind::kTag: found.tag = tags[index]; break;
  }
  return found;
}

std::optional<Extern> Instance::find_export(std::string_view name) const {
  for (const Export& item : module->module().exports) {
    if (item.name == name) return at(item.kind, item.index);
  }
  return std::nullopt;
}

void Instance::seal() {
  for (GlobalInstance* global : globals) global_values.push_back(global->value);
  context.codes = module->code().codes();
  context.bodies = module->code().bodies();
  context.targets = module->code().targets();
  context.memory = memories.empty() ? nullptr : memories.front();
  context.memory_base = memories.empty() ? nullptr : memories.front()->base();
  context.globals = global_values.data();
  context.tables = tables.data();
  context.memories = memories.data();
  context.functions = functions.data();
  context.types = types.data();
  context.heap = &store.heap();
  context.type_ids = type_ids.data();
  context.instance = this;
}

}  // namespace doppel::bytecode
