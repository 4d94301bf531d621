// SPDX-License-Identifier: Apache-2.0
// The grammar of scripts. Only threads nest, and only to a fixed depth.
#include <fmt/format.h>

#include <cstring>

#include "bytecode/text/assemble.h"
#include "bytecode/text/field_collector.h"
#include "bytecode/text/module_parser.h"
#include "bytecode/text/script.h"
#include "bytecode/text/type_parser.h"

namespace doppel::bytecode::text {
namespace {

constexpr unsigned kMaxThreadDepth = 16;

constexpr const char* kNans[] = {"", "nan:canonical", "nan:arithmetic"};

/// What "(i32.const" and its like begin: a type and its lanes.
struct ConstForm {
  std::string_view keyword;
  ValType type;
  unsigned lane_bytes;
  unsigned lanes;
  bool is_float;
};
constexpr ConstForm kConstForms[] = {{"i32.const", kI32, 4, 1, false},
                                     {"i64.const", kI64, 8, 1, false},
                                     {"f32.const", kF32, 4, 1, true},
                                     {"f64.const", kF64, 8, 1, true}};
constexpr ConstForm kVectorForms[] = {{"i8x16", kV128, 1, 16, false}, {"i16x8", kV128, 2, 8, false},
                                      {"i32x4", kV128, 4, 4, false},  {"i64x2", kV128, 8, 2, false},
                                      {"f32x4", kV128, 4, 4, true},   {"f64x2", kV128, 8, 2, true}};

/// References that a pattern names by their heap type alone.
struct RefForm {
  std::string_view keyword;
  HeapKind heap;
  bool has_number;
};
constexpr RefForm kRefForms[] = {
    {"ref.func", HeapKind::kFunc, false},     {"ref.extern", HeapKind::kExtern, true},
    {"ref.host", HeapKind::kAny, true},       {"ref.any", HeapKind::kAny, false},
    {"ref.eq", HeapKind::kEq, false},         {"ref.i31", HeapKind::kI31, false},
    {"ref.struct", HeapKind::kStruct, false}, {"ref.array", HeapKind::kArray, false},
    {"ref.exn", HeapKind::kExn, false}};

class ScriptParser {
 public:
  explicit ScriptParser(Cursor& in) : in_(in), types_(in, scope_) {}

  Result<std::vector<Command>> run() {
    std::vector<Command> commands;
    if (at_module_field(in_) || in_.at(TokenKind::kAnnotation)) {
      commands.push_back({1, ModuleCommand{}});
      return commands;
    }
    while (!in_.at(TokenKind::kEnd)) commands.push_back(DOPPEL_TRY(command()));
    return commands;
  }

 private:
  Result<Command> command() {
    Command command;
    command.line = line();
    const std::size_t place = in_.place();
    DOPPEL_TRY(in_.expect_open());
    const std::string_view keyword = DOPPEL_TRY(in_.expect_keyword("a command"));
    if (keyword == "module") {
      in_.seek(place);
      command.what = DOPPEL_TRY(module_command());
      return command;
    }
    if (keyword == "invoke" || keyword == "get") {
      in_.seek(place);
      command.what = DOPPEL_TRY(action());
      return command;
    }
    if (keyword == "register") {
      RegisterCommand registration {
        DOPPEL_TRY(in_.expect_name())
        , in_.take_id()
      };
      command.what = std::move(registration);
    } else if (keyword == "thread") {
      command.what = DOPPEL_TRY(thread());
    } else if (keyword == "wait") {
      command.what = WaitCommand { DOPPEL_TRY(expect_id()) };
    } else {
      DOPPEL_TRY(assertion(keyword, command));
    }
    DOPPEL_TRY(in_.expect_close());
    return command;
  }

  /// The line of the token here. Lines are counted on from the last one asked for.
  std::uint32_t line() {
    const std::size_t offset = in_.peek().begin;
    const std::string_view between = in_.source().text.substr(line_offset_, offset - line_offset_);
    for (std::size_t i = 0; i < between.size(); ++i) {
      const bool is_crlf = between[i] == '\r' && i + 1 < between.size() && between[i + 1] == '\n';
      if (between[i] == '\n' || (between[i] == '\r' && !is_crlf)) ++line_;
    }
    line_offset_ = offset;
    return line_;
  }

  Result<std::string> expect_id() {
    auto id = in_.take_id();
    if (!id) return in_.unexpected("an identifier");
    return std::move(*id);
  }

  /// All of (module ...), with its parentheses.
  Result<decltype(Command::what)> module_command() {
    if (in_.peek(2).kind == TokenKind::kKeyword && in_.text(2) == "instance") {
      in_.advance(3);
      InstanceCommand instance;
      instance.instance = in_.take_id();
      instance.definition = in_.take_id();
      DOPPEL_TRY(in_.expect_close());
      return instance;
    }
    ModuleCommand command;
    command.module = DOPPEL_TRY(module(&command.is_definition));
    return command;
  }

  /// (module ...); `is_definition` tells whether it is a definition, which null forbids.
  Result<ScriptModule> module(bool* is_definition = nullptr) {
    const std::size_t place = in_.place();
    DOPPEL_TRY(in_.expect_form("module"));
    if (is_definition != nullptr) *is_definition = in_.take_keyword("definition");
    ScriptModule module;
    module.id = in_.take_id();
    const bool is_binary = in_.take_keyword("binary");
    if (is_binary || in_.take_keyword("quote")) {
      module.form = is_binary ? ScriptModule::Form::kBinary : ScriptModule::Form::kQuote;
      module.contents = in_.take_strings();
      DOPPEL_TRY(in_.expect_close());
      return module;
    }
    module.fields = in_.place();
    in_.seek(place);
    DOPPEL_TRY(in_.skip_form());
    return module;
  }

  Result<Action> action() {
    Action action;
    if (in_.take_form("get")) {
      action.kind = Action::Kind::kGet;
    } else {
      DOPPEL_TRY(in_.expect_form("invoke"));
    }
    action.module = in_.take_id();
    action.name = DOPPEL_TRY(in_.expect_name());
    while (action.kind == Action::Kind::kInvoke && in_.at(TokenKind::kOpen)) {
      action.arguments.push_back(DOPPEL_TRY(argument()));
    }
    DOPPEL_TRY(in_.expect_close());
    return action;
  }

  Result<ScriptValue> argument() {
    ScriptValue value;
    if (in_.take_form("ref.null")) {
      value.type = RefType {
        DOPPEL_TRY(types_.heap_type())
        , true
      };
      value.is_null = true;
    } else if (in_.at_form("ref.extern") || in_.at_form("ref.host")) {
      const bool is_extern = in_.take_form("ref.extern");
      if (!is_extern) in_.advance(2);
      value.type = RefType{is_extern ? HeapKind::kExtern : HeapKind::kAny, false};
      value.number = DOPPEL_TRY(in_.expect_u32());
    } else {
      const NumberPattern number = DOPPEL_TRY(constant(NanPattern::kNone));
      value.type = number.type;
      for (std::size_t i = 0; i < number.lanes.size(); ++i) {
        for (unsigned byte = 0; byte < number.lane_bytes; ++byte) {
          value.bytes[i * number.lane_bytes + byte] =
              static_cast<std::uint8_t>(number.lanes[i].bits >> (8 * byte));
        }
      }
      return value;
    }
    DOPPEL_TRY(in_.expect_close());
    return value;
  }

  /// (t.const ...), with its closing parenthesis. NaN patterns are allowed unless kNone is.
  Result<NumberPattern> constant(NanPattern allowed) {
    const ConstForm* form = nullptr;
    for (const ConstForm& candidate : kConstForms) {
      if (in_.take_form(candidate.keyword)) form = &candidate;
    }
    if (form == nullptr) {
      if (!in_.at_form("v128.const")) return in_.unexpected("a constant");
      in_.advance(2);
      for (const ConstForm& candidate : kVectorForms) {
        if (form == nullptr && in_.take_keyword(candidate.keyword)) form = &candidate;
      }
      if (form == nullptr) return in_.unexpected("a vector shape such as i32x4");
    }
    NumberPattern number{form->type, form->lane_bytes, {}};
    for (unsigned lane = 0; lane < form->lanes; ++lane) {
      number.lanes.push_back(DOPPEL_TRY(this->lane(*form, allowed)));
    }
    DOPPEL_TRY(in_.expect_close());
    return number;
  }

  Result<NumberPattern::Lane> lane(const ConstForm& form, NanPattern allowed) {
    if (!form.is_float) {
      return NumberPattern::Lane { DOPPEL_TRY(in_.expect_integer(8 * form.lane_bytes)) };
    }
    if (allowed != NanPattern::kNone) {
      for (NanPattern nan : {NanPattern::kCanonical, NanPattern::kArithmetic}) {
        if (in_.take_keyword(kNans[static_cast<unsigned>(nan)])) return NumberPattern::Lane{0, nan};
      }
    }
    if (form.lane_bytes == 4) return NumberPattern::Lane {
        DOPPEL_TRY(in_.expect_f32())
      };
    return NumberPattern::Lane { DOPPEL_TRY(in_.expect_f64()) };
  }

  Result<ResultPattern> result_pattern() {
    ResultPattern alternatives;
    if (in_.take_form("either")) {
      while (!in_.at(TokenKind::kClose)) DOPPEL_TRY(alternative(alternatives));
      in_.advance();
    } else {
      DOPPEL_TRY(alternative(alternatives));
    }
    return alternatives;
  }

  Result<void> alternative(ResultPattern& to) {
    RefPattern reference;
    if (in_.take_form("ref.null")) {
      reference.is_null = true;
      if (!in_.at(TokenKind::kClose)) reference.heap = DOPPEL_TRY(types_.heap_type());
      to.emplace_back(reference);
      return in_.expect_close();
    }
    for (const RefForm& form : kRefForms) {
      if (!in_.take_form(form.keyword)) continue;
      reference.heap = form.heap;
      if (form.has_number && in_.at(TokenKind::kNumber)) {
        reference.number = DOPPEL_TRY(in_.expect_u32());
      }
      to.emplace_back(reference);
      return in_.expect_close();
    }
    to.emplace_back(DOPPEL_TRY(constant(NanPattern::kArithmetic)));
    return {};
  }

  /// The rest of an assertion, without its closing parenthesis.
  Result<void> assertion(std::string_view keyword, Command& command) {
    if (keyword == "assert_return") {
      ReturnAssertion assertion;
      assertion.action = DOPPEL_TRY(action());
      while (!in_.at(TokenKind::kClose)) {
        assertion.results.push_back(DOPPEL_TRY(result_pattern()));
      }
      command.what = std::move(assertion);
      return {};
    }
    if (keyword == "assert_exception") {
      command.what = ActionAssertion { ActionAssertion::Kind::kException, DOPPEL_TRY(action()) };
      return {};
    }
    if (keyword == "assert_exhaustion") {
      command.what = ActionAssertion { ActionAssertion::Kind::kExhaustion, DOPPEL_TRY(action()) };
    } else if (keyword == "assert_trap" && !in_.at_form("module")) {
      command.what = ActionAssertion { ActionAssertion::Kind::kTrap, DOPPEL_TRY(action()) };
    } else {
      const auto kind = module_assertion(keyword);
      if (!kind) {
        in_.seek(in_.place() - 1);
        return in_.unexpected("a command");
      }
      command.what = ModuleAssertion { *kind, DOPPEL_TRY(module()) };
    }
    DOPPEL_TRY(in_.expect_string());
    return {};
  }

  static std::optional<ModuleAssertion::Kind> module_assertion(std::string_view keyword) {
    using Kind = ModuleAssertion::Kind;
    if (keyword == "assert_malformed" || keyword == "assert_malformed_custom") {
      return Kind::kMalformed;
    }
    if (keyword == "assert_invalid" || keyword == "assert_invalid_custom") return Kind::kInvalid;
    if (keyword == "assert_unlinkable") return Kind::kUnlinkable;
    if (keyword == "assert_trap") return Kind::kTrap;
    return std::nullopt;
  }

  Result<ThreadCommand> thread() {
    if (++thread_depth_ > kMaxThreadDepth) return in_.unexpected("less deeply nested threads");
    ThreadCommand thread;
    thread.name = DOPPEL_TRY(expect_id());
    if (in_.take_form("shared")) {
      while (in_.take_form("module")) {
        thread.shared.push_back(DOPPEL_TRY(expect_id()));
        DOPPEL_TRY(in_.expect_close());
      }
      DOPPEL_TRY(in_.expect_close());
    }
    while (!in_.at(TokenKind::kClose)) thread.commands.push_back(DOPPEL_TRY(command()));
    --thread_depth_;
    return thread;
  }

  Cursor& in_;
  Scope scope_;  ///< empty: scripts name no types
  TypeParser types_;
  std::uint32_t line_ = 1;
  std::size_t line_offset_ = 0;
  unsigned thread_depth_ = 0;
};

}  // namespace

Result<Script> parse_script(const Source& source) {
  Script script {
    source, DOPPEL_TRY(tokenize(source))
    , {}
  };
  Cursor in(source, script.tokens);
  script.commands = DOPPEL_TRY(ScriptParser(in).run());
  return script;
}

Result<std::vector<std::byte>> build(const Script& script, const ScriptModule& module) {
  switch (module.form) {
    case ScriptModule::Form::kQuote: return assemble(module.contents, "quoted text");
    case ScriptModule::Form::kBinary: {
      std::vector<std::byte> bytes(module.contents.size());
      if (!bytes.empty()) std::memcpy(bytes.data(), module.contents.data(), bytes.size());
      return bytes;
    }
    case ScriptModule::Form::kText: break;
  }
  Cursor in(script.source, script.tokens);
  in.seek(module.fields);
  Binding binding = DOPPEL_TRY(parse_binding(in));
  binding.id = module.id;
  const bool is_whole_script = module.fields == 0;
  std::vector<std::byte> bytes = DOPPEL_TRY(parse_module(in, binding));
  DOPPEL_TRY(in.expect(is_whole_script ? TokenKind::kEnd : TokenKind::kClose, "the end"));
  return bytes;
}

}  // namespace doppel::bytecode::text
