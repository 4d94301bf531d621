// SPDX-License-Identifier: Apache-2.0
// The sections around the random bodies.
#include "tests/bytecode/interp/random_module.h"

#include <random>
#include <string>

#include "tests/bytecode/interp/random_body.h"

namespace doppel::bytecode {

namespace {

/// A section that is a vector of `count` items, which `item` writes.
template <class Item>
void vector_section(Encoder& out, SectionId id, std::size_t count, Item item) {
  Encoder contents;
  contents.unsigned_leb(count);
  for (std::uint32_t i = 0; i < count; ++i) item(contents, i);
  out.section(id, contents);
}

/// What a constant expression starts a global or an element of a segment with.
void initial(Encoder& out, ValType type, const RandomShape& shape, Choices& choices) {
  if (type.is_ref() && choices.one_in(3)) {
    write_null(out, type.ref().heap);
  } else {
    write_new(out, type, shape, choices);
  }
  if (type == kI64 && shape.has(Feature::kExtendedConst) && choices.one_in(2)) {
    write_new(out, type, shape, choices);
    out.opcode(Opcode::kI64Mul);
  }
  out.opcode(Opcode::kEnd);
}

void types(Encoder& out, const RandomShape& shape) {
  constexpr std::uint8_t kRecursive = 0x4e;
  const auto objects = static_cast<std::uint32_t>(shape.structs.size() + shape.arrays.size());
  const auto count = static_cast<std::uint32_t>(shape.types.size());
  const std::uint32_t pair = count - shape.subtype_pair;
  std::uint32_t groups = count;
  if (objects > 0) groups -= objects - 1;
  if (shape.subtype_pair > 0) groups -= shape.subtype_pair - 1;
  Encoder contents;
  contents.unsigned_leb(groups);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool begins =
        (objects > 0 && i == shape.structs.front()) || (shape.subtype_pair > 0 && i == pair);
    if (begins) {
      contents.byte(kRecursive);
      contents.unsigned_leb(i == pair ? shape.subtype_pair : objects);
    }
    contents.sub_type(shape.types[i]);
  }
  out.section(SectionId::kType, contents);
}

void globals(Encoder& out, const RandomShape& shape, Choices& choices) {
  vector_section(out, SectionId::kGlobal, 1 + shape.values.size(),
                 [&](Encoder& item, std::uint32_t i) {
                   item.global_type({i == 0 ? kI32 : shape.values[i - 1], true});
                   if (i > 0) return initial(item, shape.values[i - 1], shape, choices);
                   write_i32(item, kRandomModuleBudget);
                   item.opcode(Opcode::kEnd);
                 });
}

void exports(Encoder& out, const RandomShape& shape) {
  Encoder contents;
  std::uint32_t count = 0;
  const auto add = [&](const std::string& name, ExternKind kind, std::uint32_t index) {
    contents.name(name);
    contents.byte(static_cast<std::uint8_t>(kind));
    contents.unsigned_leb(index);
    ++count;
  };
  for (std::uint32_t f = RandomShape::kImports; f < shape.functions.size(); ++f) {
    if (shape.is_plain(shape.func(shape.functions[f])))
      add("f" + std::to_string(f), ExternKind::kFunc, f);
  }
  for (std::uint32_t m = 0; m < shape.memories.size(); ++m)
    add("m" + std::to_string(m), ExternKind::kMemory, m);
  add("budget", ExternKind::kGlobal, 0);
  for (std::uint32_t i = 0; i < shape.values.size(); ++i) {
    if (shape.values[i].is_numeric()) add("g" + std::to_string(i + 1), ExternKind::kGlobal, i + 1);
  }
  Encoder section;
  section.unsigned_leb(count);
  section.raw(contents.bytes());
  out.section(SectionId::kExport, section);
}

/// A passive segment of all functions, an active one that leaves the table's ends null, and passive
/// ones of expressions.
void elements(Encoder& out, const RandomShape& shape, Choices& choices) {
  constexpr std::uint8_t kPassive = 1;
  constexpr std::uint8_t kActive = 0;
  constexpr std::uint8_t kPassiveExpressions = 5;
  const auto functions = static_cast<std::uint32_t>(shape.functions.size());
  vector_section(out, SectionId::kElement, shape.elements.size(),
                 [&](Encoder& item, std::uint32_t i) {
                   const RandomShape::Elements& segment = shape.elements[i];
                   item.byte(i == 0 ? kPassive : i == 1 ? kActive : kPassiveExpressions);
                   if (i == 0) item.byte(0);  // of functions
                   if (i == 1) {
                     write_i32(item, 1);
                     item.opcode(Opcode::kEnd);
                   }
                   if (i > 1) item.value_type(segment.type);
                   item.unsigned_leb(segment.size);
                   for (std::uint32_t k = 0; k < segment.size; ++k) {
                     if (i > 1) {
                       initial(item, segment.type, shape, choices);
                     } else {
                       item.unsigned_leb(i == 0 ? k : choices.below(functions));
                     }
                   }
                 });
}

/// A passive segment, and one for the first memory.
void data(Encoder& out) {
  vector_section(out, SectionId::kData, 2, [](Encoder& item, std::uint32_t i) {
    item.unsigned_leb(i == 0 ? 1 : 0);
    if (i == 1) {
      write_i32(item, 100);
      item.opcode(Opcode::kEnd);
    }
    item.unsigned_leb(RandomShape::kDataBytes);
    for (std::uint32_t k = 0; k < RandomShape::kDataBytes; ++k)
      item.byte(static_cast<std::uint8_t>(k * 37 + 11));
  });
}

}  // namespace

std::vector<std::byte> random_module(std::span<const std::uint8_t> bytes,
                                     const RandomModuleOptions& options) {
  constexpr std::uint32_t kImports = RandomShape::kImports;
  Choices choices(bytes);
  const RandomShape shape = random_shape(choices, options);
  const std::size_t bodies = shape.functions.size() - kImports;

  Encoder out;
  out.module_header();
  types(out, shape);
  vector_section(out, SectionId::kImport, kImports, [&](Encoder& item, std::uint32_t i) {
    item.name("env");
    item.name("h" + std::to_string(i));
    item.byte(static_cast<std::uint8_t>(ExternKind::kFunc));
    item.unsigned_leb(shape.functions[i]);
  });
  vector_section(out, SectionId::kFunction, bodies, [&](Encoder& item, std::uint32_t i) {
    item.unsigned_leb(shape.functions[kImports + i]);
  });
  vector_section(out, SectionId::kTable, shape.tables.size(),
                 [&](Encoder& item, std::uint32_t i) { item.table_type(shape.tables[i]); });
  vector_section(out, SectionId::kMemory, shape.memories.size(),
                 [&](Encoder& item, std::uint32_t i) { item.memory_type(shape.memories[i]); });
  if (!shape.tags.empty()) {
    vector_section(out, SectionId::kTag, shape.tags.size(), [&](Encoder& item, std::uint32_t i) {
      item.tag_type(TypeIndex{shape.tags[i].type});
    });
  }
  globals(out, shape, choices);
  exports(out, shape);
  elements(out, shape, choices);
  Encoder data_count;
  data_count.unsigned_leb(2);
  out.section(SectionId::kDataCount, data_count);
  vector_section(out, SectionId::kCode, bodies, [&](Encoder& item, std::uint32_t i) {
    item.sized(random_body(shape, kImports + i, choices));
  });
  data(out);
  return std::move(out).take();
}

std::vector<std::uint8_t> random_choices(std::uint64_t seed) {
  std::mt19937_64 numbers(seed);
  std::vector<std::uint8_t> bytes(200 + numbers() % 4000);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(numbers());
  return bytes;
}

}  // namespace doppel::bytecode
