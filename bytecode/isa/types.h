// SPDX-License-Identifier: Apache-2.0
// The types of WebAssembly 3.0 (specification 2.3): value, reference, composite and external types.
// A ValType is one 32-bit word, so that type stacks and comparisons are cheap; a reference to a
// defined type holds the module's type index, whose meaning the module's type section gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytecode/isa/indices.h"

namespace doppel::bytecode {

/// The abstract heap types, kDefined for a type index, and kBottom, the validator's type below all.
enum class HeapKind : std::uint8_t {
  kFunc,
  kNoFunc,
  kExtern,
  kNoExtern,
  kAny,
  kEq,
  kI31,
  kStruct,
  kArray,
  kNone,
  kExn,
  kNoExn,
  kDefined,
  kBottom,
};

/// What a reference refers to (specification 2.3.4).
class HeapType {
 public:
  constexpr HeapType(HeapKind abstract) : kind_(abstract) {}  // NOLINT(google-explicit-constructor)
  explicit constexpr HeapType(TypeIndex defined) : kind_(HeapKind::kDefined), index_(defined) {}

  [[nodiscard]] constexpr HeapKind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is_defined() const { return kind_ == HeapKind::kDefined; }
  /// The type index; meaningful only when is_defined().
  [[nodiscard]] constexpr TypeIndex index() const { return index_; }

  friend constexpr bool operator==(HeapType, HeapType) = default;

 private:
  HeapKind kind_;
  TypeIndex index_;
};

/// A reference type (specification 2.3.5).
struct RefType {
  HeapType heap = HeapKind::kFunc;
  bool nullable = true;
  friend constexpr bool operator==(RefType, RefType) = default;
};

/// The classes of value types. kBottom is the validator's type of an unreachable operand.
enum class ValKind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kRef, kBottom };

/// A value type (specification 2.3.6), packed: kind in bits 0–3, nullable in bit 4, heap kind in
/// bits 5–8, type index in bits 9–31.
class ValType {
 public:
  /// Type indices above this cannot be packed; the decoder refuses such modules.
  static constexpr std::uint32_t kMaxTypeIndex = (1U << 23U) - 1;

  constexpr ValType() = default;
  constexpr ValType(ValKind kind) : bits_(static_cast<std::uint32_t>(kind)) {}  // NOLINT
  constexpr ValType(RefType ref)  // NOLINT(google-explicit-constructor)
      : bits_(static_cast<std::uint32_t>(ValKind::kRef) | (ref.nullable ? 16U : 0U) |
              (static_cast<std::uint32_t>(ref.heap.kind()) << 5U) |
              (ref.heap.is_defined() ? ref.heap.index().value() << 9U : 0U)) {}

  [[nodiscard]] constexpr ValKind kind() const { return static_cast<ValKind>(bits_ & 15U); }
  [[nodiscard]] constexpr bool is_ref() const { return kind() == ValKind::kRef; }
  [[nodiscard]] constexpr bool is_numeric() const { return kind() <= ValKind::kF64; }
  [[nodiscard]] constexpr bool is_vector() const { return kind() == ValKind::kV128; }
  [[nodiscard]] constexpr bool is_bottom() const { return kind() == ValKind::kBottom; }
  /// The reference type; meaningful only when is_ref().
  [[nodiscard]] constexpr RefType ref() const {
    const auto heap = static_cast<HeapKind>((bits_ >> 5U) & 15U);
    return RefType{heap == HeapKind::kDefined ? HeapType(TypeIndex{bits_ >> 9U}) : HeapType(heap),
                   (bits_ & 16U) != 0};
  }
  /// Whether a local of this type starts with a value of its own (specification 3.2.10).
  [[nodiscard]] constexpr bool is_defaultable() const { return !is_ref() || (bits_ & 16U) != 0; }
  /// The packed word, for hashing and ordering.
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  /// How many 8-byte slots of a canonical frame a value takes.
  [[nodiscard]] constexpr std::uint32_t slots() const { return is_vector() ? 2 : 1; }

  friend constexpr bool operator==(ValType, ValType) = default;

 private:
  std::uint32_t bits_ = static_cast<std::uint32_t>(ValKind::kBottom);
};

inline constexpr ValType kI32{ValKind::kI32};
inline constexpr ValType kI64{ValKind::kI64};
inline constexpr ValType kF32{ValKind::kF32};
inline constexpr ValType kF64{ValKind::kF64};
inline constexpr ValType kV128{ValKind::kV128};
inline constexpr ValType kFuncRef{RefType{HeapKind::kFunc, true}};
inline constexpr ValType kExternRef{RefType{HeapKind::kExtern, true}};

using ResultType = std::vector<ValType>;

/// How many slots of a canonical frame values of these types take.
inline std::uint32_t slot_count(const ResultType& types) {
  std::uint32_t slots = 0;
  for (const ValType type : types) slots += type.slots();
  return slots;
}

/// A function type: parameters and results.
struct FuncType {
  ResultType params;
  ResultType results;
  friend bool operator==(const FuncType&, const FuncType&) = default;
};

/// How a field is stored: as a value, or packed into 8 or 16 bits.
enum class Packing : std::uint8_t { kNone, kI8, kI16 };

/// A field of a struct, or the element of an array (specification 2.3.9).
struct FieldType {
  ValType type;  ///< what access yields: i32 for packed fields
  Packing packing = Packing::kNone;
  bool is_mutable = false;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

enum class CompositeKind : std::uint8_t { kFunc, kStruct, kArray };

/// A composite type. `func` is meaningful for functions; `fields` for structs, and holds the one
/// element of an array.
struct CompositeType {
  CompositeKind kind = CompositeKind::kFunc;
  FuncType func;
  std::vector<FieldType> fields;
};

/// A defined type: a composite with its place in the subtype hierarchy and in its recursion group.
struct DefinedType {
  CompositeType composite;
  bool is_final = true;
  std::optional<TypeIndex> super;
  TypeIndex group_begin;         ///< first type of the recursion group
  std::uint32_t group_size = 1;  ///< how many types the group has
  std::uint32_t depth = 0;       ///< length of the chain of supertypes
};

/// Limits of a memory (in pages) or table (in elements).
struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// A memory type (specification 2.3.13); pages are 2^page_log2 bytes.
struct MemoryType {
  Limits limits;
  bool is_64 = false;
  bool is_shared = false;
  std::uint8_t page_log2 = 16;
  [[nodiscard]] ValType address_type() const { return is_64 ? kI64 : kI32; }
  friend bool operator==(const MemoryType&, const MemoryType&) = default;
};

/// A table type (specification 2.3.14).
struct TableType {
  RefType element;
  Limits limits;
  bool is_64 = false;
  [[nodiscard]] ValType address_type() const { return is_64 ? kI64 : kI32; }
  friend bool operator==(const TableType&, const TableType&) = default;
};

/// A global type (specification 2.3.12).
struct GlobalType {
  ValType type;
  bool is_mutable = false;
  friend bool operator==(const GlobalType&, const GlobalType&) = default;
};

/// The kinds of things a module imports and exports, with their binary codes.
enum class ExternKind : std::uint8_t { kFunc = 0, kTable = 1, kMemory = 2, kGlobal = 3, kTag = 4 };

/// "i32", "funcref", "(ref null 3)": the text format's notation.
std::string to_string(ValType type);
std::string to_string(HeapType type);
/// "[i32 i64] -> [f32]".
std::string to_string(const FuncType& type);
/// "func", "table", "memory", "global", "tag".
const char* to_string(ExternKind kind);

}  // namespace doppel::bytecode
