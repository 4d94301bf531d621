// SPDX-License-Identifier: Apache-2.0
// What each section holds, one line an item.
#include <fmt/format.h>

#include "tools/objdump/dump.h"

namespace doppel::tools {

using namespace bytecode;

std::string DumpedModule::item(std::string_view kind, NameKind names_of,
                               std::uint32_t index) const {
  const auto name = names.find(names_of, index);
  return name ? fmt::format("{} {} {}", kind, index, quote_name(*name))
              : fmt::format("{} {}", kind, index);
}

std::string DumpedModule::signature(TypeIndex type) const {
  const bool is_func = type.value() < module.types.size() &&
                       module.types[type.value()].composite.kind == CompositeKind::kFunc;
  return is_func ? to_string(module.func_type(type)) : fmt::format("type {}", type.value());
}

namespace {

std::string limits_text(const Limits& limits, bool is_64) {
  std::string text = std::to_string(limits.min);
  text += limits.max ? fmt::format(" to {}", *limits.max) : " or more";
  return is_64 ? text + ", 64-bit addresses" : text;
}

std::string field_text(const FieldType& field) {
  std::string text = to_string(field.type);
  if (field.packing == Packing::kI8) text = "i8";
  if (field.packing == Packing::kI16) text = "i16";
  return field.is_mutable ? "mut " + text : text;
}

std::string type_text(const DefinedType& type) {
  std::string text;
  if (type.composite.kind == CompositeKind::kFunc) {
    text = to_string(type.composite.func);
  } else {
    text = type.composite.kind == CompositeKind::kStruct ? "struct" : "array";
    for (const FieldType& field : type.composite.fields)
      text += fmt::format(" ({})", field_text(field));
  }
  if (type.super) text += fmt::format(", subtype of type {}", type.super->value());
  if (!type.is_final) text += ", open";
  return text;
}

std::string global_text(const GlobalType& type) {
  return (type.is_mutable ? "mut " : "") + to_string(type.type);
}

std::string table_text(const TableType& type) {
  return fmt::format("{}, {}", to_string(ValType(type.element)),
                     limits_text(type.limits, type.is_64));
}

std::string memory_text(const MemoryType& type) {
  std::string text = limits_text(type.limits, type.is_64) + " pages";
  if (type.page_log2 != 16) text += fmt::format(" of 2^{} bytes", type.page_log2);
  return type.is_shared ? text + ", shared" : text;
}

/// The parts of the module, section by section.
class Details {
 public:
  explicit Details(const DumpedModule& dumped) : dumped_(dumped), module_(dumped.module) {}

  std::string text() {
    types();
    imports();
    functions();
    tables();
    memories();
    tags();
    globals();
    exports();
    if (module_.start)
      line("{}", dumped_.item("start: function", NameKind::kFunction, module_.start->value()));
    elements();
    data();
    for (const CustomSection& custom : module_.customs) {
      line("custom section {}: {} bytes at {:#x}", quote_name(custom.name), custom.bytes.size(),
           custom.bytes.begin.value());
    }
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  void types() {
    for (std::uint32_t i = 0; i < module_.types.size(); ++i) {
      line("{}: {}", dumped_.item("type", NameKind::kType, i), type_text(module_.types[i]));
    }
  }

  void imports() {
    for (const Import& import : module_.imports) {
      line("import {} {}: {}", quote_name(import.module), quote_name(import.name),
           import_text(import));
    }
  }

  std::string import_text(const Import& import) const {
    switch (import.kind) {
      case ExternKind::kFunc:
        return fmt::format("{}, {}", dumped_.item("function", NameKind::kFunction, import.index),
                           dumped_.signature(module_.functions[import.index]));
      case ExternKind::kTable:
        return fmt::format("table {}, {}", import.index,
                           table_text(module_.tables[import.index].type));
      case ExternKind::kMemory:
        return fmt::format("memory {}, {}", import.index,
                           memory_text(module_.memories[import.index]));
      case ExternKind::kGlobal:
        return fmt::format("global {}, {}", import.index,
                           global_text(module_.globals[import.index].type));
      case ExternKind::kTag:
        return fmt::format("tag {}, {}", import.index,
                           dumped_.signature(module_.tags[import.index].type));
    }
    return {};
  }

  void functions() {
    for (std::size_t i = 0; i < module_.bodies.size(); ++i) {
      const auto index = static_cast<std::uint32_t>(module_.imported_functions + i);
      const FuncBody& body = module_.bodies[i];
      line("{}: {}, {} locals, {} bytes at {:#x}",
           dumped_.item("function", NameKind::kFunction, index),
           dumped_.signature(module_.functions[index]), body.local_count, body.code.size(),
           body.code.begin.value());
    }
  }

  void tables() {
    for (std::uint32_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
      line("{}: {}", dumped_.item("table", NameKind::kTable, i),
           table_text(module_.tables[i].type));
    }
  }

  void memories() {
    for (std::uint32_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
      line("{}: {}", dumped_.item("memory", NameKind::kMemory, i),
           memory_text(module_.memories[i]));
    }
  }

  void tags() {
    for (std::uint32_t i = module_.imported_tags; i < module_.tags.size(); ++i) {
      line("{}: {}", dumped_.item("tag", NameKind::kTag, i),
           dumped_.signature(module_.tags[i].type));
    }
  }

  void globals() {
    for (std::uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      line("{}: {}", dumped_.item("global", NameKind::kGlobal, i),
           global_text(module_.globals[i].type));
    }
  }

  void exports() {
    for (const Export& entry : module_.exports) {
      line("export {}: {} {}", quote_name(entry.name), to_string(entry.kind), entry.index);
    }
  }

  void elements() {
    for (std::uint32_t i = 0; i < module_.elements.size(); ++i) {
      const ElementSegment& segment = module_.elements[i];
      line("{}: {}, {} of {}", dumped_.item("element segment", NameKind::kElement, i),
           mode_text(segment.mode, "table", segment.table.value()), segment.size(),
           to_string(ValType(segment.type)));
    }
  }

  void data() {
    for (std::uint32_t i = 0; i < module_.data.size(); ++i) {
      const DataSegment& segment = module_.data[i];
      line("{}: {}, {} bytes at {:#x}", dumped_.item("data segment", NameKind::kData, i),
           mode_text(segment.mode, "memory", segment.memory.value()), segment.bytes.size(),
           segment.bytes.begin.value());
    }
  }

  static std::string mode_text(SegmentMode mode, const char* target, std::uint32_t index) {
    switch (mode) {
      case SegmentMode::kActive: return fmt::format("for {} {}", target, index);
      case SegmentMode::kPassive: return "passive";
      case SegmentMode::kDeclarative: return "declarative";
    }
    return {};
  }

  const DumpedModule& dumped_;
  const Module& module_;
  std::string text_;
};

}  // namespace

std::string details_text(const DumpedModule& dumped) { return Details(dumped).text(); }

}  // namespace doppel::tools
