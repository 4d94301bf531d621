// SPDX-License-Identifier: Apache-2.0
// The script language of the WebAssembly test suite (interpreter/README of the specification):
// modules, actions on them, and assertions about both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bytecode/isa/types.h"
#include "bytecode/text/lexer.h"
#include "bytecode/text/source.h"

namespace doppel::bytecode::text {

/// An argument. Numbers stand in the first bytes, little endian; of references only null and the
/// host's numbered ones can be written.
struct ScriptValue {
  ValType type;
  std::array<std::uint8_t, 16> bytes{};
  bool is_null = false;      ///< when `type` is a reference
  std::uint64_t number = 0;  ///< of the host's reference that is meant
};

/// Which NaNs a float pattern matches.
enum class NanPattern : std::uint8_t { kNone, kCanonical, kArithmetic };

/// A number or vector that an action must yield, lane by lane. A scalar is one lane.
struct NumberPattern {
  struct Lane {
    std::uint64_t bits = 0;
    NanPattern nan = NanPattern::kNone;  ///< otherwise, `bits` count
  };
  ValType type;
  unsigned lane_bytes = 0;
  std::vector<Lane> lanes;
};

/// A reference that an action must yield: null, or a non-null one of a heap type.
struct RefPattern {
  bool is_null = false;
  std::optional<HeapType> heap;         ///< absent only for any null
  std::optional<std::uint64_t> number;  ///< of the host's reference, if it must be a certain one
};

/// A result matches if one of the alternatives does.
using ResultPattern = std::vector<std::variant<NumberPattern, RefPattern>>;

/// A module as a script gives it.
struct ScriptModule {
  enum class Form : std::uint8_t { kText, kBinary, kQuote };
  Form form = Form::kText;
  std::optional<std::string> id;
  std::size_t fields = 0;  ///< when kText: the place of the first field's token
  std::string contents;    ///< otherwise: what the strings hold
};

/// invoke, or (without arguments) get.
struct Action {
  enum class Kind : std::uint8_t { kInvoke, kGet };
  Kind kind = Kind::kInvoke;
  std::optional<std::string> module;  ///< absent: the latest instance
  std::string name;
  std::vector<ScriptValue> arguments;
};

/// (module ...): defined, and unless it is only a definition, instantiated.
struct ModuleCommand {
  ScriptModule module;
  bool is_definition = false;
};

/// (module instance $instance $definition).
struct InstanceCommand {
  std::optional<std::string> instance;
  std::optional<std::string> definition;  ///< absent: the latest one
};

/// (register "name" $instance).
struct RegisterCommand {
  std::string name;
  std::optional<std::string> instance;
};

/// assert_return.
struct ReturnAssertion {
  Action action;
  std::vector<ResultPattern> results;
};

/// Assertions that an action fails.
struct ActionAssertion {
  enum class Kind : std::uint8_t { kTrap, kExhaustion, kException };
  Kind kind = Kind::kTrap;
  Action action;
};

/// Assertions that a module is refused, or traps when it is instantiated.
struct ModuleAssertion {
  enum class Kind : std::uint8_t { kMalformed, kInvalid, kUnlinkable, kTrap };
  Kind kind = Kind::kMalformed;
  ScriptModule module;
};

struct Command;

/// (thread $name (shared (module $m)*) command*): commands that run beside the others.
struct ThreadCommand {
  std::string name;
  std::vector<std::string> shared;
  std::vector<Command> commands;
};

/// (wait $thread).
struct WaitCommand {
  std::string thread;
};

/// A command with the line it stands in.
struct Command {
  std::uint32_t line = 1;
  std::variant<ModuleCommand, InstanceCommand, RegisterCommand, Action, ReturnAssertion,
               ActionAssertion, ModuleAssertion, ThreadCommand, WaitCommand>
      what;
};

/// A parsed script. The source's text and name are borrowed.
struct Script {
  Source source;
  std::vector<Token> tokens;
  std::vector<Command> commands;
};

/// Reads a script, or a text that is a single module's fields. The texts of its modules are not
/// looked at yet: build() does that.
Result<Script> parse_script(const Source& source);

/// The binary form of a module of `script`, as given or assembled.
Result<std::vector<std::byte>> build(const Script& script, const ScriptModule& module);

}  // namespace doppel::bytecode::text
