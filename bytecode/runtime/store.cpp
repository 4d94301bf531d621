// SPDX-License-Identifier: Apache-2.0
// Allocation and instantiation (specification 4.7).
#include "bytecode/runtime/store.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "bytecode/runtime/bulk.h"
#include "bytecode/runtime/const_expr.h"
#include "bytecode/runtime/exception.h"
#include "bytecode/runtime/matching.h"

namespace doppel::bytecode {

namespace {

Trap trap_of(TrapKind kind) {
  Trap trap;
  trap.kind = kind;
  return trap;
}

/// Whether the environment asks for a collection at every allocation.
bool wants_stress() {
  const char* const wanted = std::getenv("DOPPEL_GC_STRESS");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

}  // namespace

Store::Store(const StoreLimits& limits)
    : limits_(limits),
      table_elements_left_(limits.max_table_elements),
      heap_(types_.table(), {limits.max_heap_bytes, limits.gc_stress || wants_stress()}) {
  register_at(heap_);
}

/// Globals, tables and element segments; of the latter two, what has changed since the last
/// collection.
void Store::visit_roots(gc::RootVisitor& visitor) {
  for (GlobalInstance* global : collected_globals_) visitor.visit(global->value[0]);
  for (TableInstance* table : collected_tables_) {
    const auto [begin, end] = visitor.is_minor()
                                  ? table->take_changed()
                                  : std::pair<std::uint64_t, std::uint64_t>(0, table->size());
    for (std::uint64_t i = begin; i < end; ++i) visitor.visit(table->data()[i]);
  }
  for (Instance& instance : instances_) {
    if (visitor.is_minor() && !std::exchange(instance.has_young_elements, false)) continue;
    const auto& segments = instance.module->module().elements;
    for (std::size_t i = 0; i < instance.elements.size(); ++i) {
      if (!gc::is_collected(segments[i].type, instance.module->module().types)) continue;
      for (std::uint64_t& item : instance.elements[i]) visitor.visit(item);
    }
  }
}

Result<std::unique_ptr<Store>> Store::create(const StoreLimits& limits) {
  auto store = std::unique_ptr<Store>(new Store(limits));
  store->thread_ = DOPPEL_TRY(Thread::create(limits.stack_bytes));
  return store;
}

Function* Store::add_host_function(const FuncType& type, HostFunction body, std::string name) {
  Function& function = functions_.emplace_back();
  function.type_id = types_.add(type);
  function.type = &types_[function.type_id].func;
  function.host = std::move(body);
  function.name = std::move(name);
  return &function;
}

Result<MemoryInstance*> Store::add_memory(MemoryType type) {
  return memories_.emplace_back(DOPPEL_TRY(MemoryInstance::create(type, limits_.max_memory_bytes)))
      .get();
}

MemoryInstance* Store::add_memory(std::shared_ptr<MemoryInstance> memory) {
  return memories_.emplace_back(std::move(memory)).get();
}

Result<TableInstance*> Store::add_table(TableType type, std::uint64_t init) {
  if (type.limits.min > table_elements_left_) {
    return fail(ErrorKind::kLimit, "a table of " + std::to_string(type.limits.min) +
                                       " elements, expected at most the " +
                                       std::to_string(table_elements_left_) +
                                       " that the store has left");
  }
  TableInstance& table = tables_.emplace_back(type, init, table_elements_left_);
  if (gc::is_collected(type.element, types_.table())) collected_tables_.push_back(&table);
  return &table;
}

GlobalInstance* Store::add_global(GlobalType type, std::uint64_t value, std::uint64_t high) {
  GlobalInstance& global = globals_.emplace_back(GlobalInstance{type, {value, high}});
  if (gc::is_collected(type.type, types_.table())) collected_globals_.push_back(&global);
  return &global;
}

TagInstance* Store::add_tag(const FuncType& type) { return add_tag(types_.add(type)); }

TagInstance* Store::add_tag(std::uint32_t type) {
  return &tags_.emplace_back(TagInstance{type, &types_[type].func, &types_.exception(type)});
}

std::uint64_t Store::new_exception(const TagInstance& tag, const std::uint64_t* payload) {
  return gc::reference_to(heap_.new_exception(*tag.package, &tag, payload));
}

HostOutcome throw_exception(Store& store, const TagInstance& tag,
                            std::span<const std::uint64_t> payload) {
  const std::uint64_t made = store.new_exception(tag, payload.data());
  if (made == 0) return {TrapKind::kOutOfMemory, {}, 0};
  return {
      TrapKind::kUncaughtException, {}, 0, std::make_shared<const gc::Root>(store.heap(), made)};
}

Result<Store::Instantiation> Store::instantiate(std::shared_ptr<LoadedModule> module,
                                                std::span<const Extern> imports) {
  Instance& instance = instances_.emplace_back(*this, std::move(module));
  DOPPEL_TRY(link(instance, imports));
  DOPPEL_TRY(allocate(instance));
  instance.seal();
  return Instantiation{&instance, initialize(instance)};
}

/// Numbers the types, checks the imports and takes them into the index spaces.
Result<void> Store::link(Instance& instance, std::span<const Extern> imports) {
  const Module& module = instance.module->module();
  instance.type_ids = types_.add(module.types);
  for (const std::uint32_t id : instance.type_ids) instance.types.push_back(&types_[id]);
  if (types_.size() > ValType::kMaxTypeIndex) {
    return fail(ErrorKind::kLimit, std::to_string(types_.size()) +
                                       " types in one store, expected at most " +
                                       std::to_string(ValType::kMaxTypeIndex));
  }
  if (imports.size() != module.imports.size()) {
    return fail(ErrorKind::kUnlinkable, std::to_string(imports.size()) +
                                            " imports given, expected " +
                                            std::to_string(module.imports.size()));
  }
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const Extern& given = imports[i];
    DOPPEL_TRY(match_import(instance, module.imports[i], given));
    switch (given.kind) {
      case ExternKind::kFunc: instance.functions.push_back(given.function); break;
      case ExternKind::kTable: instance.tables.push_back(given.table); break;
      case ExternKind::kMemory: instance.memories.push_back(given.memory); break;
      case ExternKind::kGlobal: instance.globals.push_back(given.global); break;
      case ExternKind::kTag: instance.tags.push_back(given.tag); break;
    }
  }
  return {};
}

/// Makes what the module defines; initial values may refer to what comes before.
Result<void> Store::allocate(Instance& instance) {
  const Module& module = instance.module->module();
  for (std::uint32_t i = 0; i < module.bodies.size(); ++i) {
    const TypeIndex type = module.functions[module.imported_functions + i];
    Function& function = functions_.emplace_back();
    function.type_id = instance.type_ids[type.value()];
    function.type = &types_[function.type_id].func;
    function.code_index = i;
    function.context = &instance.context;
    instance.functions.push_back(&function);
  }
  for (std::size_t i = module.imported_tags; i < module.tags.size(); ++i) {
    instance.tags.push_back(add_tag(instance.type_ids[module.tags[i].type.value()]));
  }
  for (std::size_t i = module.imported_memories; i < module.memories.size(); ++i) {
    instance.memories.push_back(DOPPEL_TRY(add_memory(module.memories[i])));
  }
  for (std::size_t i = module.imported_globals; i < module.globals.size(); ++i) {
    const Global& global = module.globals[i];
    const GlobalType type{canonical(global.type.type, instance.type_ids), global.type.is_mutable};
    const auto [value, high] = DOPPEL_TRY(evaluate(instance, *global.init));
    instance.globals.push_back(add_global(type, value, high));
  }
  for (std::size_t i = module.imported_tables; i < module.tables.size(); ++i) {
    const Table& table = module.tables[i];
    const std::uint64_t init = table.init ? DOPPEL_TRY(evaluate(instance, *table.init))
    [0] : 0;
    TableType type = table.type;
    type.element = canonical(type.element, instance.type_ids).ref();
    instance.tables.push_back(DOPPEL_TRY(add_table(type, init)));
  }
  for (const ElementSegment& segment : module.elements) {
    std::vector<std::uint64_t>& items = instance.elements.emplace_back();
    items.reserve(segment.size());
    if (const auto* functions = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
      for (const FuncIndex f : *functions) {
        items.push_back(reinterpret_cast<std::uint64_t>(instance.functions[f.value()]));
      }
    } else {
      for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items)) {
        items.push_back(DOPPEL_TRY(evaluate(instance, item))[0]);
        instance.has_young_elements = true;
      }
    }
  }
  for (const DataSegment& segment : module.data)
    instance.data.push_back(module.view(segment.bytes));
  return {};
}

/// Copies active segments and runs the start function.
std::optional<Trap> Store::initialize(Instance& instance) {
  const Module& module = instance.module->module();
  for (std::size_t i = 0; i < module.elements.size(); ++i) {
    const ElementSegment& segment = module.elements[i];
    if (segment.mode == SegmentMode::kPassive) continue;
    std::vector<std::uint64_t>& items = instance.elements[i];
    if (segment.mode == SegmentMode::kActive) {
      TableInstance& table = *instance.tables[segment.table.value()];
      std::uint64_t offset = evaluate(instance, segment.offset).value()[0];  // allocates nothing
      if (!table.type().is_64) offset = static_cast<std::uint32_t>(offset);
      if (!table.contains(offset, items.size())) return trap_of(TrapKind::kTableOutOfBounds);
      std::copy(items.begin(), items.end(), table.data() + offset);
      table.changed(offset, items.size());
    }
    std::vector<std::uint64_t>().swap(items);
  }
  const bool has_image = !module.memories.empty() && !module.data.empty() &&
                         instance.module->memory_image().fill(module, *instance.memories.front());
  for (std::size_t i = 0; i < module.data.size(); ++i) {
    const DataSegment& segment = module.data[i];
    if (segment.mode != SegmentMode::kActive) continue;
    if (has_image && segment.memory == MemoryIndex{0}) {
      instance.data[i] = {};
      continue;
    }
    MemoryInstance& memory = *instance.memories[segment.memory.value()];
    std::uint64_t offset = evaluate(instance, segment.offset).value()[0];  // allocates nothing
    if (!memory.is_64()) offset = static_cast<std::uint32_t>(offset);
    const std::span<const std::byte> bytes = instance.data[i];
    if (!memory.contains(offset, bytes.size())) return trap_of(TrapKind::kMemoryOutOfBounds);
    bulk::copy(memory, offset, bytes.data(), false, bytes.size());
    instance.data[i] = {};
  }
  if (!module.start) return std::nullopt;
  return thread_->call(*instance.functions[module.start->value()], {});
}

}  // namespace doppel::bytecode
