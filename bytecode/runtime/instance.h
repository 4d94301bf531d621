// SPDX-License-Identifier: Apache-2.0
// A module instance (specification 4.2.5): its index spaces as pointers into the store. The store
// owns it.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bytecode/runtime/function.h"
#include "bytecode/runtime/loaded_module.h"
#include "bytecode/runtime/memory.h"
#include "bytecode/runtime/table.h"
#include "bytecode/runtime/tag.h"

namespace doppel::bytecode {

class Store;

/// A global instance; a vector takes both words.
struct GlobalInstance {
  GlobalType type;
  std::uint64_t value[2] = {0, 0};
};

/// Something that an instance imports or exports. The pointer of its kind is not null.
struct Extern {
  ExternKind kind = ExternKind::kFunc;
  Function* function = nullptr;
  TableInstance* table = nullptr;
  MemoryInstance* memory = nullptr;
  GlobalInstance* global = nullptr;
  TagInstance* tag = nullptr;
};

/// See the file comment.
class Instance {
 public:
  explicit Instance(Store& store, std::shared_ptr<LoadedModule> module)
      : store(store), module(std::move(module)) {}
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// The export of that name; none if there is no such.
  [[nodiscard]] std::optional<Extern> find_export(std::string_view name) const;
  /// What an index of an index space leads to.
  [[nodiscard]] Extern at(ExternKind kind, std::uint32_t index) const;

  Store& store;
  const std::shared_ptr<LoadedModule> module;
  std::vector<Function*> functions;
  std::vector<TableInstance*> tables;
  std::vector<MemoryInstance*> memories;
  std::vector<GlobalInstance*> globals;
  std::vector<TagInstance*> tags;
  std::vector<std::uint32_t> type_ids;
  std::vector<const gc::RuntimeType*> types;
  std::vector<std::vector<std::uint64_t>> elements;  ///< element segments; dropped ones are empty
  bool has_young_elements = false;  ///< element segments may refer to objects in the nursery
  std::vector<std::span<const std::byte>> data;  ///< data segments, likewise
  std::vector<std::uint64_t*> global_values;
  interp::Context context;

  /// Fills `context` from the index spaces, which do not change any more.
  void seal();
};

}  // namespace doppel::bytecode
