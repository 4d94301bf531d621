// SPDX-License-Identifier: Apache-2.0
// The contents of "spectest" as the specification's interpreter has them.
#include "bytecode/text/spectest.h"

#include <bit>

namespace doppel::bytecode::text {
namespace {

constexpr const char* kModule = "spectest";

void define_global(Store& store, Linker& linker, const char* name, ValType type,
                   std::uint64_t value) {
  Extern global{.kind = ExternKind::kGlobal};
  global.global = store.add_global(GlobalType{type}, value);
  linker.define(kModule, name, global);
}

Result<void> define_table(Store& store, Linker& linker, const char* name, bool is_64) {
  Extern table{.kind = ExternKind::kTable};
  table.table = DOPPEL_TRY(store.add_table(TableType{RefType{}, Limits{10, 20}, is_64}));
  linker.define(kModule, name, table);
  return {};
}

Result<void> define_memory(Store& store, Linker& linker, const char* name, bool is_shared) {
  Extern memory{.kind = ExternKind::kMemory};
  MemoryType type{Limits{1, 2}};
  type.is_shared = is_shared;
  memory.memory = DOPPEL_TRY(store.add_memory(type));
  linker.define(kModule, name, memory);
  return {};
}

}  // namespace

Result<void> define_spectest(Store& store, Linker& linker) {
  linker.define_function(kModule, "print", [] {});
  linker.define_function(kModule, "print_i32", [](std::int32_t) {});
  linker.define_function(kModule, "print_i64", [](std::int64_t) {});
  linker.define_function(kModule, "print_f32", [](float) {});
  linker.define_function(kModule, "print_f64", [](double) {});
  linker.define_function(kModule, "print_i32_f32", [](std::int32_t, float) {});
  linker.define_function(kModule, "print_f64_f64", [](double, double) {});

  define_global(store, linker, "global_i32", kI32, 666);
  define_global(store, linker, "global_i64", kI64, 666);
  define_global(store, linker, "global_f32", kF32, std::bit_cast<std::uint32_t>(666.6F));
  define_global(store, linker, "global_f64", kF64, std::bit_cast<std::uint64_t>(666.6));

  DOPPEL_TRY(define_table(store, linker, "table", false));
  DOPPEL_TRY(define_table(store, linker, "table64", true));
  DOPPEL_TRY(define_memory(store, linker, "memory", false));
  return define_memory(store, linker, "shared_memory", true);
}

}  // namespace doppel::bytecode::text
