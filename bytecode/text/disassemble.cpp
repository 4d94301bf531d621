// SPDX-License-Identifier: Apache-2.0
// Module fields as text, in the order of the binary sections.
#include "bytecode/text/disassemble.h"

#include <fmt/format.h>

#include "bytecode/text/code_printer.h"
#include "bytecode/text/lexer.h"
#include "bytecode/text/printed_customs.h"

namespace doppel::bytecode {
namespace text {
namespace {

/// A few bytes can declare many locals, each of which is a word of text.
constexpr std::size_t kMaxText = std::size_t{1} << 30U;

class ModulePrinter {
 public:
  ModulePrinter(const Module& module, PrintStyle style)
      : module_(module), style_(style), names_(module), customs_(module) {}

  Result<std::string> run() {
    out_ = "(module";
    if (const auto name = names_.section.module()) {
      out_ += name->empty() ? fmt::format(" {} \"\")", kNameAnnotation) : " " + identifier(*name);
    }
    types();
    imports();
    DOPPEL_TRY(functions());
    DOPPEL_TRY(tables());
    for (std::uint32_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
      print("\n  (memory{} {})", names_.memories.binding(i), memory_type(module_.memories[i]));
    }
    for (std::uint32_t i = module_.imported_tags; i < module_.tags.size(); ++i) {
      print("\n  (tag{} {})", names_.tags.binding(i), type_use(module_.tags[i].type));
    }
    DOPPEL_TRY(globals());
    exports();
    if (module_.start) print("\n  (start {})", names_.functions.reference(module_.start->value()));
    DOPPEL_TRY(elements());
    DOPPEL_TRY(data());
    out_ += customs_.text();
    out_ += ")\n";
    return std::move(out_);
  }

 private:
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
  }

  // Types

  void types() {
    const auto& types = module_.types;
    for (std::uint32_t i = 0; i < types.size();) {
      const std::uint32_t size = types[i].group_size;
      if (size > 1) print("\n  (rec");
      for (std::uint32_t member = 0; member < size; ++member, ++i) {
        print("\n  {}(type{} {})", size > 1 ? "  " : "", names_.types.binding(i),
              sub_type(types[i], i));
      }
      if (size > 1) print(")");
    }
  }

  std::string sub_type(const DefinedType& type, std::uint32_t index) const {
    if (type.is_final && !type.super) return composite_type(type.composite, index);
    return fmt::format("(sub{}{} {})", type.is_final ? " final" : "",
                       type.super ? " " + names_.types.reference(type.super->value()) : "",
                       composite_type(type.composite, index));
  }

  std::string composite_type(const CompositeType& type, std::uint32_t index) const {
    switch (type.kind) {
      case CompositeKind::kFunc: return fmt::format("(func{})", signature(type.func));
      case CompositeKind::kArray: return fmt::format("(array {})", field_type(type.fields.at(0)));
      case CompositeKind::kStruct: break;
    }
    std::string text = "(struct";
    const auto named = names_.fields.find(index);
    for (std::uint32_t field = 0; field < type.fields.size(); ++field) {
      text += fmt::format(" (field{} {})",
                          named == names_.fields.end() ? "" : named->second.binding(field),
                          field_type(type.fields[field]));
    }
    return text + ")";
  }

  std::string field_type(const FieldType& field) const {
    const std::string storage = field.packing == Packing::kI8    ? "i8"
                                : field.packing == Packing::kI16 ? "i16"
                                                                 : names_.value_type(field.type);
    return field.is_mutable ? fmt::format("(mut {})", storage) : storage;
  }

  std::string list(const char* keyword, const ResultType& types) const {
    if (types.empty()) return "";
    std::string text = fmt::format(" ({}", keyword);
    for (ValType type : types) text += " " + names_.value_type(type);
    return text + ")";
  }
  std::string signature(const FuncType& type) const {
    return list("param", type.params) + list("result", type.results);
  }
  std::string type_use(TypeIndex type) const {
    return fmt::format("(type {})", names_.types.reference(type.value()));
  }

  static std::string limits(const Limits& limits, bool is_64) {
    std::string text = fmt::format("{}{}", is_64 ? "i64 " : "", limits.min);
    if (limits.max) text += fmt::format(" {}", *limits.max);
    return text;
  }
  static std::string memory_type(const MemoryType& type) {
    std::string text = limits(type.limits, type.is_64);
    if (type.is_shared) text += " shared";
    if (type.page_log2 != MemoryType{}.page_log2) {
      text += fmt::format(" (pagesize {})", std::uint64_t{1} << type.page_log2);
    }
    return text;
  }
  std::string table_type(const TableType& type) const {
    return fmt::format("{} {}", limits(type.limits, type.is_64), names_.ref_type(type.element));
  }
  std::string global_type(const GlobalType& type) const {
    const std::string value = names_.value_type(type.type);
    return type.is_mutable ? fmt::format("(mut {})", value) : value;
  }

  // Imports and exports

  const PrintedSpace& space_of(ExternKind kind) const {
    switch (kind) {
      case ExternKind::kFunc: return names_.functions;
      case ExternKind::kTable: return names_.tables;
      case ExternKind::kMemory: return names_.memories;
      case ExternKind::kGlobal: return names_.globals;
      case ExternKind::kTag: break;
    }
    return names_.tags;
  }

  std::string imported_type(const Import& import) const {
    switch (import.kind) {
      case ExternKind::kFunc: return type_use(module_.functions[import.index]);
      case ExternKind::kTable: return table_type(module_.tables[import.index].type);
      case ExternKind::kMemory: return memory_type(module_.memories[import.index]);
      case ExternKind::kGlobal: return global_type(module_.globals[import.index].type);
      case ExternKind::kTag: break;
    }
    return type_use(module_.tags[import.index].type);
  }

  void imports() {
    for (const Import& import : module_.imports) {
      print("\n  (import {} {} ({}{} {}))", quoted(import.module), quoted(import.name),
            to_string(import.kind), space_of(import.kind).binding(import.index),
            imported_type(import));
    }
  }

  void exports() {
    for (const Export& item : module_.exports) {
      print("\n  (export {} ({} {}))", quoted(item.name), to_string(item.kind),
            space_of(item.kind).reference(item.index));
    }
  }

  // Functions

  Result<void> functions() {
    for (std::uint32_t i = 0; i < module_.bodies.size(); ++i) {
      if (out_.size() > kMaxText) return fail(ErrorKind::kLimit, "the text is larger than 1 GiB");
      DOPPEL_TRY(function(FuncIndex{module_.imported_functions + i}));
    }
    return {};
  }

  Result<void> function(FuncIndex index) {
    const FuncBody& body = module_.body(index);
    const TypeIndex type = module_.functions[index.value()];
    print("\n  (func{} {}", names_.functions.binding(index.value()), type_use(type));

    static const FuncType none;
    const FuncType& signature =
        type.value() < module_.types.size() ? module_.func_type(type) : none;
    const PrintedScope scope = scope_of(index, signature, body);
    params_and_results(signature, scope);
    locals(body, scope, static_cast<std::uint32_t>(signature.params.size()));
    out_ += DOPPEL_TRY(print_code(module_, names_, scope, customs_.hints(), body.code, style_, 4));
    out_ += ")";
    return {};
  }

  PrintedScope scope_of(FuncIndex index, const FuncType& type, const FuncBody& body) const {
    PrintedScope scope;
    const Names& names = names_.section;
    scope.locals = PrintedSpace(names.all(NameKind::kLocal, index.value()),
                                type.params.size() + body.local_count);
    for (const Names::Entry& label : names.all(NameKind::kLabel, index.value())) {
      scope.label_names.emplace(label.index, label.name);
    }
    scope.results = static_cast<std::uint32_t>(type.results.size());
    return scope;
  }

  void params_and_results(const FuncType& type, const PrintedScope& scope) {
    bool is_open = false;
    for (std::uint32_t i = 0; i < type.params.size(); ++i) {
      declare("param", scope.locals.binding(i), names_.value_type(type.params[i]), is_open);
    }
    if (is_open) out_ += ")";
    out_ += list("result", type.results);
  }

  void locals(const FuncBody& body, const PrintedScope& scope, std::uint32_t first) {
    std::uint32_t index = first;
    bool is_open = false;
    if (body.local_count > 0) out_ += "\n   ";
    for (const LocalRun& run : body.locals) {
      const std::string type = names_.value_type(run.type);
      for (std::uint32_t n = 0; n < run.count; ++n, ++index) {
        declare("local", scope.locals.binding(index), type, is_open);
      }
    }
    if (is_open) out_ += ")";
  }

  /// Named locals stand alone; the others are joined in a form that stays open.
  void declare(const char* keyword, const std::string& binding, const std::string& type,
               bool& is_open) {
    if (binding.empty()) {
      if (!std::exchange(is_open, true)) print(" ({}", keyword);
      print(" {}", type);
    } else {
      if (std::exchange(is_open, false)) out_ += ")";
      print(" ({}{} {})", keyword, binding, type);
    }
  }

  // Tables, globals, segments

  /// A constant expression in parentheses: "(i32.const 1)", or "(offset ...)" where it has not
  /// exactly one instruction.
  Result<std::string> wrapped(const ConstExpr& expression, const char* keyword) const {
    std::uint32_t count = 0;
    const std::string text = DOPPEL_TRY(print_expression(module_, names_, expression.code, count));
    if (count == 1) return fmt::format("({})", text);
    return fmt::format("({}{}{})", keyword, text.empty() ? "" : " ", text);
  }

  Result<std::string> plain(const ConstExpr& expression) const {
    std::uint32_t count = 0;
    return print_expression(module_, names_, expression.code, count);
  }

  Result<void> tables() {
    for (std::uint32_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
      const Table& table = module_.tables[i];
      print("\n  (table{} {}", names_.tables.binding(i), table_type(table.type));
      if (table.init) print(" {}", DOPPEL_TRY(plain(*table.init)));
      out_ += ")";
    }
    return {};
  }

  Result<void> globals() {
    for (std::uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      const Global& global = module_.globals[i];
      print("\n  (global{} {} {})", names_.globals.binding(i), global_type(global.type),
            DOPPEL_TRY(plain(*global.init)));
    }
    return {};
  }

  Result<void> elements() {
    for (std::uint32_t i = 0; i < module_.elements.size(); ++i) {
      const ElementSegment& segment = module_.elements[i];
      print("\n  (elem{}", names_.elements.binding(i));
      if (segment.mode == SegmentMode::kDeclarative) out_ += " declare";
      if (segment.mode == SegmentMode::kActive) {
        print(" (table {}) {}", names_.tables.reference(segment.table.value()),
              DOPPEL_TRY(wrapped(segment.offset, "offset")));
      }
      if (const auto* functions = std::get_if<std::vector<FuncIndex>>(&segment.items)) {
        out_ += " func";
        for (FuncIndex f : *functions) print(" {}", names_.functions.reference(f.value()));
      } else {
        print(" {}", names_.ref_type(segment.type));
        for (const ConstExpr& item : std::get<std::vector<ConstExpr>>(segment.items)) {
          print(" {}", DOPPEL_TRY(wrapped(item, "item")));
        }
      }
      out_ += ")";
    }
    return {};
  }

  Result<void> data() {
    for (std::uint32_t i = 0; i < module_.data.size(); ++i) {
      const DataSegment& segment = module_.data[i];
      print("\n  (data{}", names_.data.binding(i));
      if (segment.mode == SegmentMode::kActive) {
        print(" (memory {}) {}", names_.memories.reference(segment.memory.value()),
              DOPPEL_TRY(wrapped(segment.offset, "offset")));
      }
      const auto bytes = module_.view(segment.bytes);
      print(" {})", quoted({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    return {};
  }

  const Module& module_;
  PrintStyle style_;
  PrintedNames names_;
  PrintedCustoms customs_;
  std::string out_;
};

}  // namespace
}  // namespace text

Result<std::string> disassemble(const Module& module, PrintStyle style) {
  return text::ModulePrinter(module, style).run();
}

}  // namespace doppel::bytecode
