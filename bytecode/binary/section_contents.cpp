// SPDX-License-Identifier: Apache-2.0
// The sections that hold code and initial contents (specification 5.5.12 to 5.5.15).
#include <limits>

#include "bytecode/binary/sections.h"
#include "bytecode/isa/limits.h"

namespace doppel::bytecode {
namespace {

/// The flags of an element segment (specification 5.5.12).
constexpr std::uint32_t kNotActive = 1;
constexpr std::uint32_t kExplicit = 2;  // a table index when active, else: declarative
constexpr std::uint32_t kExpressions = 4;

void read_element_kind(SectionReader& reader) {
  const ByteOffset begin = reader.offset();
  const std::uint8_t kind = reader.read_byte();
  if (kind != 0) reader.fail_code(begin, "element kind", kind, "0");
}

template <class Item, class Read>
std::vector<Item> read_items(SectionReader& reader, Read read) {
  const std::uint32_t count = reader.read_limited_count("elements", limits::kSegmentElements, 1);
  std::vector<Item> items;
  items.reserve(count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) items.push_back(read());
  return items;
}

ElementSegment read_element_segment(SectionReader& reader) {
  const ByteOffset begin = reader.offset();
  const std::uint32_t flags = reader.read_u32();
  if (flags > 7) reader.fail_code(begin, "element segment flags", flags, "flags below 8");
  if (flags != 0) reader.require(Feature::kBulkMemory, "an element segment with flags", begin);
  ElementSegment segment;
  segment.begin = begin;
  if ((flags & kNotActive) == 0) {
    segment.mode = SegmentMode::kActive;
    if ((flags & kExplicit) != 0) segment.table = reader.read_index<TableIndex>();
    segment.offset = reader.read_const_expr();
  } else {
    segment.mode = (flags & kExplicit) != 0 ? SegmentMode::kDeclarative : SegmentMode::kPassive;
  }
  const bool has_type = (flags & (kNotActive | kExplicit)) != 0;
  if ((flags & kExpressions) != 0) {
    segment.type = has_type ? reader.read_ref_type() : RefType{HeapKind::kFunc, true};
    segment.items = read_items<ConstExpr>(reader, [&] { return reader.read_const_expr(); });
  } else {
    if (has_type) read_element_kind(reader);
    segment.type = RefType{HeapKind::kFunc, false};
    segment.items = read_items<FuncIndex>(reader, [&] { return reader.read_index<FuncIndex>(); });
  }
  return segment;
}

DataSegment read_data_segment(SectionReader& reader) {
  const ByteOffset begin = reader.offset();
  const std::uint32_t flags = reader.read_u32();
  if (flags > 2) reader.fail_code(begin, "data segment flags", flags, "flags below 3");
  if (flags != 0) reader.require(Feature::kBulkMemory, "a data segment with flags", begin);
  DataSegment segment;
  segment.begin = begin;
  if (flags != 1) {
    segment.mode = SegmentMode::kActive;
    if (flags == 2) segment.memory = reader.read_index<MemoryIndex>();
    segment.offset = reader.read_const_expr();
  }
  const std::uint32_t size = reader.read_count("bytes of data");
  segment.bytes.begin = reader.offset();
  reader.read_bytes(size);
  segment.bytes.end = reader.offset();
  return segment;
}

void read_locals(SectionReader& reader, FuncBody& body) {
  const ByteOffset begin = reader.offset();
  const std::uint32_t runs = reader.read_count("declarations of locals", 2);
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < runs && !reader.failed(); ++i) {
    LocalRun run;
    run.count = reader.read_u32();
    run.type = reader.read_val_type();
    total += run.count;
    if (run.count != 0) body.locals.push_back(run);
  }
  if (total > std::numeric_limits<std::uint32_t>::max()) {
    return reader.fail(ErrorKind::kMalformed, begin,
                       found_but_expected(std::to_string(total) + " locals", "fewer than 2^32"));
  }
  if (total > limits::kLocals) reader.fail_limit(begin, "locals", total, limits::kLocals);
  body.local_count = static_cast<std::uint32_t>(total);
}

}  // namespace

void read_element_section(SectionReader& reader, Module& module) {
  const std::uint32_t count =
      reader.read_limited_count("element segments", limits::kElementSegments, 2);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    module.elements.push_back(read_element_segment(reader));
  }
}

void read_data_count_section(SectionReader& reader, Module& module) {
  reader.require(Feature::kBulkMemory, "a data count section");
  module.data_count = reader.read_u32();
}

void read_code_section(SectionReader& reader, Module& module) {
  const ByteOffset begin = reader.offset();
  const std::uint32_t count = reader.read_limited_count("function bodies", limits::kFunctions, 2);
  const std::size_t declared = module.functions.size() - module.imported_functions;
  if (count != declared && !reader.failed()) {
    return reader.fail_code(
        begin, "a number of function bodies,", count,
        (std::to_string(declared) + ", as declared in the function section").c_str());
  }
  module.bodies.reserve(count);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    const ByteOffset body_begin = reader.offset();
    const std::uint32_t size = reader.read_count("bytes of a function body");
    if (size > limits::kFunctionBytes) {
      return reader.fail_limit(body_begin, "bytes of a function body", size,
                               limits::kFunctionBytes);
    }
    const ByteOffset end = reader.offset() + size;
    FuncBody body;
    read_locals(reader, body);
    if (reader.failed()) return;
    body.code = {reader.offset(), end};
    if (body.code.begin > end) {
      return reader.fail(
          ErrorKind::kMalformed, body_begin,
          found_but_expected("locals that reach beyond the function body", "a longer body"));
    }
    reader.seek(end);
    module.bodies.push_back(std::move(body));
  }
}

void read_data_section(SectionReader& reader, Module& module) {
  const std::uint32_t count = reader.read_limited_count("data segments", limits::kDataSegments, 2);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    module.data.push_back(read_data_segment(reader));
  }
}

}  // namespace doppel::bytecode
