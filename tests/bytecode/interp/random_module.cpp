// SPDX-License-Identifier: Apache-2.0
// The sections around the random bodies.
#include "tests/bytecode/interp/random_module.h"

#include <random>
#include <string>

#include "tests/bytecode/interp/random_body.h"

namespace doppel::bytecode {

namespace {

constexpr std::uint32_t kImports = 2;

ResultType random_types(Choices& choices, std::uint32_t most) {
  ResultType types(choices.below(most + 1));
  for (ValType& type : types) type = choices.of(kValueTypes);
  return types;
}

/// A section that is a vector of `count` items, which `item` writes.
template <class Item>
void vector_section(Encoder& out, SectionId id, std::size_t count, Item item) {
  Encoder contents;
  contents.unsigned_leb(count);
  for (std::uint32_t i = 0; i < count; ++i) item(contents, i);
  out.section(id, contents);
}

void constant(Encoder& out, Opcode opcode, std::int64_t value) {
  out.opcode(opcode);
  out.signed_leb(value);
  out.opcode(Opcode::kEnd);
}

void globals(Encoder& out) {
  vector_section(out, SectionId::kGlobal, 1 + kValueTypes.size(),
                 [](Encoder& item, std::uint32_t i) {
                   item.global_type({i == 0 ? kI32 : kValueTypes[i - 1], true});
                   switch (i) {
                     case 0: constant(item, Opcode::kI32Const, kRandomModuleBudget); break;
                     case 1: constant(item, Opcode::kI32Const, 7); break;
                     case 2: constant(item, Opcode::kI64Const, -7); break;
                     case 5:
                       item.opcode(Opcode::kV128Const);
                       for (std::uint32_t k = 0; k < 16; ++k)
                         item.byte(static_cast<std::uint8_t>(k * 17));
                       item.opcode(Opcode::kEnd);
                       break;
                     default:
                       item.opcode(i == 3 ? Opcode::kF32Const : Opcode::kF64Const);
                       item.fixed(i == 3 ? 0x3fc00000 : 0x3ff8000000000000, i == 3 ? 4 : 8);
                       item.opcode(Opcode::kEnd);
                   }
                 });
}

void exports(Encoder& out, std::uint32_t functions) {
  const std::uint32_t defined = functions - kImports;
  vector_section(out, SectionId::kExport, defined + 2 + kValueTypes.size(),
                 [&](Encoder& item, std::uint32_t i) {
                   if (i < defined) {
                     item.name("f" + std::to_string(i));
                     item.byte(static_cast<std::uint8_t>(ExternKind::kFunc));
                     item.unsigned_leb(kImports + i);
                   } else if (i == defined) {
                     item.name("memory");
                     item.byte(static_cast<std::uint8_t>(ExternKind::kMemory));
                     item.unsigned_leb(0);
                   } else {
                     const std::uint32_t global = i - defined - 1;
                     item.name(global == 0 ? "budget" : "g" + std::to_string(global));
                     item.byte(static_cast<std::uint8_t>(ExternKind::kGlobal));
                     item.unsigned_leb(global);
                   }
                 });
}

/// A passive segment of all functions, and an active one that leaves the table's ends null.
void elements(Encoder& out, std::uint32_t functions, Choices& choices) {
  vector_section(out, SectionId::kElement, 2, [&](Encoder& item, std::uint32_t i) {
    item.unsigned_leb(i == 0 ? 1 : 0);
    if (i == 0) {
      item.byte(0);  // of functions
    } else {
      constant(item, Opcode::kI32Const, 1);
    }
    const std::uint32_t count = i == 0 ? functions : RandomShape::kTableSize - 2;
    item.unsigned_leb(count);
    for (std::uint32_t f = 0; f < count; ++f)
      item.unsigned_leb(i == 0 ? f : choices.below(functions));
  });
}

void data(Encoder& out) {
  vector_section(out, SectionId::kData, 2, [](Encoder& item, std::uint32_t i) {
    item.unsigned_leb(i == 0 ? 1 : 0);
    if (i == 1) constant(item, Opcode::kI32Const, 100);
    item.unsigned_leb(RandomShape::kDataBytes);
    for (std::uint32_t k = 0; k < RandomShape::kDataBytes; ++k)
      item.byte(static_cast<std::uint8_t>(k * 37 + 11));
  });
}

}  // namespace

std::vector<std::byte> random_module(std::span<const std::uint8_t> bytes) {
  Choices choices(bytes);
  RandomShape shape;
  shape.types.push_back({});
  for (std::uint32_t more = 2 + choices.below(5); more > 0; --more)
    shape.types.push_back({random_types(choices, 4), random_types(choices, 3)});
  const auto type_count = static_cast<std::uint32_t>(shape.types.size());
  for (std::uint32_t more = kImports + 2 + choices.below(4); more > 0; --more)
    shape.functions.push_back(choices.below(type_count));
  const auto functions = static_cast<std::uint32_t>(shape.functions.size());

  Encoder out;
  out.module_header();
  vector_section(out, SectionId::kType, type_count, [&](Encoder& item, std::uint32_t i) {
    item.byte(0x60);
    item.result_type(shape.types[i].params);
    item.result_type(shape.types[i].results);
  });
  vector_section(out, SectionId::kImport, kImports, [&](Encoder& item, std::uint32_t i) {
    item.name("env");
    item.name("h" + std::to_string(i));
    item.byte(static_cast<std::uint8_t>(ExternKind::kFunc));
    item.unsigned_leb(shape.functions[i]);
  });
  vector_section(
      out, SectionId::kFunction, functions - kImports,
      [&](Encoder& item, std::uint32_t i) { item.unsigned_leb(shape.functions[kImports + i]); });
  vector_section(out, SectionId::kTable, 1, [](Encoder& item, std::uint32_t) {
    item.table_type(
        {{HeapKind::kFunc, true}, {RandomShape::kTableSize, RandomShape::kTableSize + 2}, false});
  });
  vector_section(out, SectionId::kMemory, 1, [](Encoder& item, std::uint32_t) {
    item.memory_type({{1, 3}, false, false, 16});
  });
  globals(out);
  exports(out, functions);
  elements(out, functions, choices);
  Encoder data_count;
  data_count.unsigned_leb(2);
  out.section(SectionId::kDataCount, data_count);
  vector_section(out, SectionId::kCode, functions - kImports, [&](Encoder& item, std::uint32_t i) {
    item.sized(random_body(shape, kImports + i, choices));
  });
  data(out);
  return std::move(out).take();
}

std::vector<std::byte> random_module(std::uint64_t seed) {
  std::mt19937_64 numbers(seed);
  std::vector<std::uint8_t> bytes(200 + numbers() % 4000);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(numbers());
  return random_module(bytes);
}

}  // namespace doppel::bytecode
