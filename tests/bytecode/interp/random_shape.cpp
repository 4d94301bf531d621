// SPDX-License-Identifier: Apache-2.0
// Each part of the shape asks for the features that it needs, and is left out without them.
#include "tests/bytecode/interp/random_shape.h"

#include <algorithm>

#include "bytecode/validate/heap_types.h"

namespace doppel::bytecode {

namespace {

class Maker {
 public:
  Maker(Choices& choices, const RandomModuleOptions& options) : choices_(choices) {
    shape_.options = options;
  }

  RandomShape make() {
    add_func({});
    choose_values();
    if (shape_.has(Feature::kGc)) add_objects();
    add_signatures();
    add_functions();
    if (shape_.has(Feature::kExceptions)) add_tags();
    if (shape_.has(Feature::kGc)) add_subtype_pair();
    add_memories();
    add_tables();
    return std::move(shape_);
  }

 private:
  static constexpr std::uint32_t kObjectsBegin = 1;  ///< behind [] -> []
  static constexpr std::uint32_t kStructs = 3;
  static constexpr std::uint32_t kArrayVariables = 3;  ///< of their own types

  std::uint32_t next_type() const { return static_cast<std::uint32_t>(shape_.types.size()); }

  std::uint32_t add_func(FuncType type) {
    DefinedType& added = shape_.types.emplace_back();
    added.composite.func = std::move(type);
    return next_type() - 1;
  }

  /// Structs come before arrays; both are known here by their numbers only.
  void choose_values() {
    auto& values = shape_.values;
    values = {kI32, kI64, kF32, kF64};
    if (shape_.has(Feature::kSimd)) values.push_back(kV128);
    shape_.numbers = values.size();
    if (shape_.has(Feature::kReferenceTypes)) {
      values.push_back(kFuncRef);
      values.push_back(kExternRef);
    }
    if (shape_.has(Feature::kExceptions)) values.push_back(reference(HeapKind::kExn));
    if (!shape_.has(Feature::kGc)) return;
    for (const HeapKind heap :
         {HeapKind::kAny, HeapKind::kEq, HeapKind::kI31, HeapKind::kStruct, HeapKind::kArray})
      values.push_back(reference(heap));
    for (std::uint32_t i = 0; i < kStructs; ++i) values.push_back(reference(kObjectsBegin + i));
  }

  FieldType field() {
    FieldType made;
    made.is_mutable = !choices_.one_in(5);
    const std::uint32_t way = choices_.below(6);
    made.packing = way == 0 ? Packing::kI8 : way == 1 ? Packing::kI16 : Packing::kNone;
    made.type = made.packing == Packing::kNone ? choices_.of(shape_.values) : kI32;
    return made;
  }

  DefinedType& add_object(CompositeKind kind, std::vector<FieldType> fields) {
    (kind == CompositeKind::kStruct ? shape_.structs : shape_.arrays).push_back(next_type());
    DefinedType& type = shape_.types.emplace_back();
    type.composite.kind = kind;
    type.composite.fields = std::move(fields);
    return type;
  }

  /// A struct, a subtype of it and one more; arrays of everything.
  void add_objects() {
    std::vector<FieldType> fields;
    for (std::uint32_t more = 1 + choices_.below(5); more > 0; --more) fields.push_back(field());
    add_object(CompositeKind::kStruct, fields).is_final = false;
    fields.push_back(field());
    add_object(CompositeKind::kStruct, fields).super = TypeIndex{kObjectsBegin};
    add_object(CompositeKind::kStruct, {field(), field()});
    add_object(CompositeKind::kArray, {{kI32, Packing::kI8, true}});
    add_object(CompositeKind::kArray, {{kI32, Packing::kI16, true}});
    for (const ValType value : shape_.values)
      add_object(CompositeKind::kArray, {{value, Packing::kNone, !choices_.one_in(8)}});
    for (std::uint32_t i = 0; i < kArrayVariables; ++i)
      shape_.values.push_back(reference(choices_.of(shape_.arrays)));
  }

  /// `plain`: as is_plain() says.
  ResultType random_types(std::uint32_t most, bool plain) {
    const std::size_t numbers = shape_.options.for_any_engine && plain
                                    ? std::min<std::size_t>(4, shape_.numbers)
                                    : shape_.numbers;
    ResultType types(choices_.below(most + 1));
    for (ValType& type : types) {
      type = plain ? shape_.values[choices_.below(static_cast<std::uint32_t>(numbers))]
                   : choices_.of(shape_.values);
    }
    return types;
  }

  void add_signatures() {
    shape_.signatures.push_back(0);
    for (std::uint32_t more = 2 + choices_.below(5); more > 0; --more)
      shape_.signatures.push_back(add_func({random_types(4, true), random_types(3, true)}));
    plain_ = static_cast<std::uint32_t>(shape_.signatures.size());
    if (shape_.values.size() == shape_.numbers) return;
    for (std::uint32_t more = 2 + choices_.below(3); more > 0; --more)
      shape_.signatures.push_back(add_func({random_types(3, false), random_types(3, false)}));
  }

  /// The imported ones and the first of the others are for the host to call.
  void add_functions() {
    const auto all = static_cast<std::uint32_t>(shape_.signatures.size());
    for (std::uint32_t i = RandomShape::kImports + 2 + choices_.below(5); i > 0; --i) {
      const bool plain = shape_.functions.size() < RandomShape::kImports + 2;
      shape_.functions.push_back(shape_.signatures[choices_.below(plain ? plain_ : all)]);
    }
    if (shape_.has(Feature::kFunctionReferences))
      shape_.values.push_back(reference(shape_.functions.back()));
  }

  void add_tags() {
    for (int i = 0; i < 2; ++i) {
      RandomShape::Tag tag{};
      ResultType payload = random_types(2, i == 0);
      tag.type = add_func({payload, {}});
      tag.caught = add_func({{}, payload});
      payload.push_back(reference(HeapKind::kExn));
      tag.caught_ref = add_func({{}, payload});
      shape_.tags.push_back(tag);
    }
  }

  /// [i31ref] -> [anyref] and its subtype [anyref] -> [i31ref], with a function of each.
  void add_subtype_pair() {
    const ValType any = reference(HeapKind::kAny);
    const ValType i31 = reference(HeapKind::kI31);
    const std::uint32_t super = add_func({{i31}, {any}});
    shape_.types[super].is_final = false;
    shape_.types[add_func({{any}, {i31}})].super = TypeIndex{super};
    shape_.subtype_pair = 2;
    for (const std::uint32_t type : {super, super + 1}) {
      shape_.signatures.push_back(type);
      shape_.functions.push_back(type);
    }
  }

  void add_memories() {
    shape_.memories.push_back({{1, 3}, false, false, 16});
    if (!shape_.has(Feature::kMultiMemory)) return;
    shape_.memories.push_back({{1, 2}, shape_.has(Feature::kMemory64), false, 16});
    if (shape_.has(Feature::kThreads)) shape_.memories.push_back({{1, 2}, false, true, 16});
    if (shape_.has(Feature::kCustomPageSizes))
      shape_.memories.push_back({{200, 300}, choices_.one_in(2), false, 0});
  }

  void add_tables() {
    constexpr std::uint32_t kSize = RandomShape::kTableSize;
    const auto add_table = [this](ValType type, bool is_64) {
      shape_.tables.push_back({type.ref(), {kSize, kSize + 2}, is_64});
    };
    const auto functions = static_cast<std::uint32_t>(shape_.functions.size());
    shape_.elements = {{kFuncRef.ref(), functions}, {kFuncRef.ref(), kSize - 2}};
    add_table(kFuncRef, false);
    if (shape_.has(Feature::kReferenceTypes)) add_table(kExternRef, false);
    if (shape_.has(Feature::kFunctionReferences)) {
      add_table(shape_.values.back(), shape_.has(Feature::kMemory64));
      shape_.elements.push_back({shape_.values.back().ref(), 3});
    }
    if (shape_.has(Feature::kGc)) {
      add_table(reference(HeapKind::kAny), shape_.has(Feature::kMemory64));
      shape_.elements.push_back({reference(HeapKind::kAny).ref(), 4});
      shape_.elements.push_back({reference(HeapKind::kExtern).ref(), 2});
    }
  }

  Choices& choices_;
  RandomShape shape_;
  std::uint32_t plain_ = 0;  ///< how many of the signatures, at the front, are plain
};

}  // namespace

bool RandomShape::matches(ValType sub, ValType super) const {
  if (sub == super) return true;
  if (!sub.is_ref() || !super.is_ref() || (sub.ref().nullable && !super.ref().nullable))
    return false;
  const auto kind_of = [this](TypeIndex type) { return kind(type); };
  const auto is_sub = [this](TypeIndex type, TypeIndex above) {
    for (;;) {
      if (type == above) return true;
      const auto next = types[type.value()].super;
      if (!next) return false;
      type = *next;
    }
  };
  return heap_matches(sub.ref().heap, super.ref().heap, kind_of, is_sub);
}

ValType RandomShape::top_of(ValType type) const {
  return reference(
      bytecode::top_of(type.ref().heap, [this](TypeIndex each) { return kind(each); }));
}

bool RandomShape::is_plain(const FuncType& type) const {
  const auto fits = [this](ValType each) {
    return each.is_numeric() || (each.is_vector() && !options.for_any_engine);
  };
  return std::ranges::all_of(type.params, fits) && std::ranges::all_of(type.results, fits);
}

ValType RandomShape::value(Choices& choices) const {
  if (choices.one_in(4)) return choices.of(values);
  return values[choices.below(static_cast<std::uint32_t>(numbers))];
}

std::uint32_t RandomShape::global_of(ValType type) const {
  return 1 + static_cast<std::uint32_t>(std::ranges::find(values, type) - values.begin());
}

RandomShape random_shape(Choices& choices, const RandomModuleOptions& options) {
  return Maker(choices, options).make();
}

}  // namespace doppel::bytecode
