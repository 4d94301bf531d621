// SPDX-License-Identifier: Apache-2.0
// A decoded module: what the sections of the binary format say, over a private copy of the bytes.
// Function bodies and constant expressions stay bytes; index spaces list imports first. A Module
// is immutable once decoded and validated, and can be shared by threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bytecode/isa/types.h"

namespace doppel::bytecode {

/// A range of the module's bytes.
struct ByteRange {
  ByteOffset begin;
  ByteOffset end;
  [[nodiscard]] std::uint32_t size() const { return end - begin; }
};

/// A constant expression, as bytes including its final `end`.
struct ConstExpr {
  ByteRange code;
};

struct Import {
  std::string module;
  std::string name;
  ExternKind kind = ExternKind::kFunc;
  std::uint32_t index = 0;  ///< in the index space of its kind, where its type stands
  ByteOffset offset;        ///< of the import's first byte
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::kFunc;
  std::uint32_t index = 0;
  ByteOffset offset;
};

/// `count` consecutive locals of one type, as the binary format declares them.
struct LocalRun {
  std::uint32_t count = 0;
  ValType type;
};

/// A function defined in the module.
struct FuncBody {
  ByteRange code;                 ///< instructions, including the final `end`
  std::vector<LocalRun> locals;   ///< declared locals, without the parameters
  std::uint32_t local_count = 0;  ///< sum over `locals`
};

struct Table {
  TableType type;
  std::optional<ConstExpr> init;  ///< absent: null
  ByteOffset offset;              ///< of the table's type
};

struct Global {
  GlobalType type;
  std::optional<ConstExpr> init;  ///< absent for imports
  ByteOffset offset;              ///< of the global's type
};

struct Tag {
  TypeIndex type;
  ByteOffset offset;
};

enum class SegmentMode : std::uint8_t { kActive, kPassive, kDeclarative };

struct ElementSegment {
  SegmentMode mode = SegmentMode::kPassive;
  RefType type;
  TableIndex table;  ///< when active
  ConstExpr offset;  ///< when active
  std::variant<std::vector<FuncIndex>, std::vector<ConstExpr>> items;
  ByteOffset begin;  ///< where the segment stands
  [[nodiscard]] std::size_t size() const {
    return std::visit([](const auto& list) { return list.size(); }, items);
  }
};

struct DataSegment {
  SegmentMode mode = SegmentMode::kPassive;
  MemoryIndex memory;  ///< when active
  ConstExpr offset;    ///< when active
  ByteRange bytes;
  ByteOffset begin;  ///< where the segment stands
};

/// Where a section stands in the file.
struct SectionRange {
  std::uint8_t id = 0;
  ByteOffset offset;  ///< of the id
  ByteRange contents;
};

struct CustomSection {
  std::string name;
  ByteRange bytes;  ///< the contents after the name
  ByteOffset offset;
};

/// See the file comment.
struct Module {
  std::vector<std::byte> bytes;

  std::vector<DefinedType> types;
  std::vector<Import> imports;
  std::vector<TypeIndex> functions;  ///< the type of every function, imported ones first
  std::vector<Table> tables;
  std::vector<MemoryType> memories;
  std::vector<Global> globals;
  std::vector<Tag> tags;
  std::vector<Export> exports;
  std::optional<FuncIndex> start;
  std::vector<ElementSegment> elements;
  std::vector<DataSegment> data;
  std::optional<std::uint32_t> data_count;
  std::vector<FuncBody> bodies;  ///< of the functions that are not imported
  std::vector<CustomSection> customs;
  std::vector<SectionRange> sections;  ///< all of them, in the file's order

  std::uint32_t imported_functions = 0;
  std::uint32_t imported_tables = 0;
  std::uint32_t imported_memories = 0;
  std::uint32_t imported_globals = 0;
  std::uint32_t imported_tags = 0;

  [[nodiscard]] bool is_imported(FuncIndex f) const { return f.value() < imported_functions; }
  [[nodiscard]] const FuncType& func_type(TypeIndex t) const {
    return types[t.value()].composite.func;
  }
  [[nodiscard]] const FuncType& func_type(FuncIndex f) const {
    return func_type(functions[f.value()]);
  }
  /// The body of a function that is not imported.
  [[nodiscard]] const FuncBody& body(FuncIndex f) const {
    return bodies[f.value() - imported_functions];
  }
  [[nodiscard]] std::span<const std::byte> view(ByteRange range) const {
    return std::span(bytes).subspan(range.begin.value(), range.size());
  }
};

}  // namespace doppel::bytecode
