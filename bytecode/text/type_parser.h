// SPDX-License-Identifier: Apache-2.0
// Types of the text format (specification 6.4) and the uses of them in definitions.
#pragma once

#include <optional>
#include <vector>

#include "bytecode/isa/types.h"
#include "bytecode/text/cursor.h"
#include "bytecode/text/scope.h"

namespace doppel::bytecode::text {

/// A function type written out, with what its parameters are called.
struct Signature {
  FuncType type;
  std::vector<Binding> params;  ///< one for each parameter
  bool is_empty = true;         ///< neither (param) nor (result) was written
};

/// A type use: the type's index, and the names given to its parameters.
struct TypeUse {
  TypeIndex type;
  std::vector<Binding> params;  ///< empty where the parameters were not written out
};

/// Whether a parameter may have a name.
enum class ParamNames : bool { kForbidden, kAllowed };

/// See the file comment. Borrows the cursor and the scope.
class TypeParser {
 public:
  TypeParser(Cursor& in, Scope& scope) : in_(in), scope_(scope) {}

  Result<HeapType> heap_type();
  Result<RefType> ref_type();
  Result<ValType> value_type();
  /// Whether a value type can begin here.
  [[nodiscard]] bool at_value_type() const;
  /// Whether a reference type can begin here.
  [[nodiscard]] bool at_ref_type() const;

  /// (param ...)* (result ...)*
  Result<Signature> signature(ParamNames names);
  /// (result ...)*
  Result<ResultType> results();
  /// (type x)? (param ...)* (result ...)*
  Result<TypeUse> type_use(ParamNames names);
  /// The same for a block, where nothing and one result have a short form; encoded by the caller.
  struct BlockUse {
    std::optional<TypeIndex> type;
    ResultType results;  ///< at most one, when there is no `type`
  };
  Result<BlockUse> block_type();

  /// The inside of (type ...), after its binding: a subtype, with its closing parenthesis left.
  Result<DefinedType> sub_type(IndexSpace& fields);

  /// "i64" or "i32" before limits: whether 64-bit addresses are used.
  bool address_type();
  Result<Limits> limits();
  /// The rest of a memory type after its address type.
  Result<MemoryType> memory_type(bool is_64);
  /// (pagesize n), or the default.
  Result<std::uint8_t> page_size();
  Result<TableType> table_type(bool is_64);
  Result<GlobalType> global_type();

 private:
  Result<TypeIndex> type_index();
  Result<CompositeType> composite_type(IndexSpace& fields);
  Result<FieldType> field_type();
  Result<FieldType> storage_type();
  Result<TypeUse> resolve(std::optional<TypeIndex> type, Signature signature, const Cursor& at);

  Cursor& in_;
  Scope& scope_;
};

}  // namespace doppel::bytecode::text
