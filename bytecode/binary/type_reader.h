// SPDX-License-Identifier: Apache-2.0
// A cursor that also reads types (specification 5.3). Checked, it refuses types of features that
// are not in its set; whether a type index exists is the validator's question.
#pragma once

#include <optional>

#include "bytecode/binary/byte_reader.h"
#include "bytecode/isa/features.h"

namespace doppel::bytecode {

/// The binary codes of types.
namespace type_code {
inline constexpr std::uint8_t kI32 = 0x7f;
inline constexpr std::uint8_t kI64 = 0x7e;
inline constexpr std::uint8_t kF32 = 0x7d;
inline constexpr std::uint8_t kF64 = 0x7c;
inline constexpr std::uint8_t kV128 = 0x7b;
inline constexpr std::uint8_t kI8 = 0x78;
inline constexpr std::uint8_t kI16 = 0x77;
inline constexpr std::uint8_t kRef = 0x64;
inline constexpr std::uint8_t kRefNull = 0x63;
inline constexpr std::uint8_t kFunc = 0x60;
inline constexpr std::uint8_t kStruct = 0x5f;
inline constexpr std::uint8_t kArray = 0x5e;
inline constexpr std::uint8_t kSub = 0x50;
inline constexpr std::uint8_t kSubFinal = 0x4f;
inline constexpr std::uint8_t kRec = 0x4e;
inline constexpr std::uint8_t kEmpty = 0x40;
}  // namespace type_code

/// The abstract heap type of a code, if it is one.
constexpr std::optional<HeapKind> heap_kind_of(std::uint8_t code) {
  switch (code) {
    case 0x74: return HeapKind::kNoExn;
    case 0x73: return HeapKind::kNoFunc;
    case 0x72: return HeapKind::kNoExtern;
    case 0x71: return HeapKind::kNone;
    case 0x70: return HeapKind::kFunc;
    case 0x6f: return HeapKind::kExtern;
    case 0x6e: return HeapKind::kAny;
    case 0x6d: return HeapKind::kEq;
    case 0x6c: return HeapKind::kI31;
    case 0x6b: return HeapKind::kStruct;
    case 0x6a: return HeapKind::kArray;
    case 0x69: return HeapKind::kExn;
    default: return std::nullopt;
  }
}

/// The feature that brought an abstract heap type.
constexpr Feature feature_of(HeapKind kind) {
  switch (kind) {
    case HeapKind::kFunc: return Feature::kMvp;
    case HeapKind::kExtern: return Feature::kReferenceTypes;
    case HeapKind::kExn:
    case HeapKind::kNoExn: return Feature::kExceptions;
    case HeapKind::kDefined: return Feature::kFunctionReferences;
    default: return Feature::kGc;
  }
}

/// See the file comment.
template <Trust kTrust>
class TypeReader : public ByteReader<kTrust> {
 public:
  using ByteReader<kTrust>::kChecked;

  TypeReader(std::span<const std::byte> module, ByteRange range, Features features)
      : ByteReader<kTrust>(module, range), features_(features) {}

  [[nodiscard]] Features features() const { return features_; }

  HeapType read_heap_type() {
    if (const auto kind = heap_kind_of(this->peek_byte())) {
      require(feature_of(*kind), "a heap type");
      this->read_byte();
      return *kind;
    }
    const ByteOffset begin = this->offset();
    const std::int64_t index = this->read_s33();
    if (kChecked && index < 0) [[unlikely]]
      fail_type(begin, "a heap type");
    require(Feature::kFunctionReferences, "a type index as a heap type", begin);
    return HeapType(clamped(begin, index));
  }

  RefType read_ref_type() {
    const std::uint8_t code = this->peek_byte();
    if (const auto kind = heap_kind_of(code)) {
      require(feature_of(*kind), "a reference type");
      this->read_byte();
      return RefType{*kind, true};
    }
    if (code == type_code::kRef || code == type_code::kRefNull) {
      require(Feature::kFunctionReferences, "a reference type with nullability");
      this->read_byte();
      return RefType{read_heap_type(), code == type_code::kRefNull};
    }
    if constexpr (kChecked) fail_type(this->offset(), "a reference type");
    return {};
  }

  ValType read_val_type() {
    switch (this->peek_byte()) {
      case type_code::kI32: this->read_byte(); return kI32;
      case type_code::kI64: this->read_byte(); return kI64;
      case type_code::kF32: this->read_byte(); return kF32;
      case type_code::kF64: this->read_byte(); return kF64;
      case type_code::kV128:
        require(Feature::kSimd, "the type v128");
        this->read_byte();
        return kV128;
      default: return read_ref_type();
    }
  }

 protected:
  /// Refuses what stands at the cursor when its feature is not in the set.
  void require(Feature feature, const char* what) { require(feature, what, this->offset()); }
  void require(Feature feature, const char* what, ByteOffset offset) {
    if (kChecked && !features_.has(feature)) [[unlikely]]
      fail_feature(feature, what, offset);
  }

  /// A type index that fits a ValType; a larger one exists in no module.
  TypeIndex clamped(ByteOffset begin, std::int64_t index) {
    if (kChecked && index > ValType::kMaxTypeIndex) [[unlikely]] {
      this->fail(ErrorKind::kInvalid, begin,
                 found_but_expected("type " + std::to_string(index), "a type of the module"));
    }
    return TypeIndex{static_cast<std::uint32_t>(index)};
  }

  [[gnu::cold, gnu::noinline]] void fail_feature(Feature feature, const char* what,
                                                 ByteOffset offset) {
    this->fail(ErrorKind::kUnsupported, offset,
               found_but_expected(std::string(what) + ", which needs " + to_string(feature),
                                  "only features that are enabled"));
  }

 private:
  [[gnu::cold, gnu::noinline]] void fail_type(ByteOffset begin, const char* expected) {
    if (begin == this->end()) {
      this->fail(ErrorKind::kMalformed, begin, found_but_expected("the end", expected));
      return;
    }
    static constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = this->byte_at(begin);
    this->fail(ErrorKind::kMalformed, begin,
               found_but_expected(
                   std::string("byte 0x") + kDigits[byte >> 4U] + kDigits[byte & 15U], expected));
  }

  Features features_;
};

}  // namespace doppel::bytecode
