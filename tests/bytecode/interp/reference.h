// SPDX-License-Identifier: Apache-2.0
// A reference for the interpreter: validated functions evaluated in the plainest way, straight from
// their bytes, values on a vector, calls on the host's stack. It covers what random_module() makes:
// all instructions, one instance on one thread.
#pragma once

#include <bitset>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/binary/module.h"
#include "bytecode/isa/trap_kind.h"

namespace doppel::bytecode {

class Reference {
 public:
  /// Any value; its low bits, where its type has fewer. References: 0 is null; a function is its
  /// index plus one, an exception likewise; of the others an i31 is odd, and an object its index
  /// plus one, doubled.
  __extension__ using Word = unsigned __int128;
  using Values = std::vector<Word>;

  /// An imported function: from arguments to results.
  using Host = std::function<Values(std::uint32_t function, Values arguments)>;
  /// An active function and the place of its present instruction.
  struct Frame {
    std::uint32_t function;
    std::uint32_t offset;
    friend bool operator==(const Frame&, const Frame&) = default;
  };
  struct Outcome {
    TrapKind trap = TrapKind::kNone;
    Values results;                ///< without a trap
    std::vector<Frame> backtrace;  ///< of a trap, innermost first
  };
  /// A struct or an array.
  struct Object {
    TypeIndex type;
    Values fields;
  };
  struct Exception {
    std::uint32_t tag;
    Values payload;
  };

  /// Instantiates; active segments are taken to fit. `module` must outlive the reference.
  Reference(const Module& module, Host host);

  Outcome call(std::uint32_t function, Values arguments);

  [[nodiscard]] const Object& object(Word reference) const {
    return objects_[static_cast<std::size_t>(reference >> 1U) - 1];
  }
  [[nodiscard]] const Exception& exception(Word reference) const {
    return exceptions_[static_cast<std::size_t>(reference) - 1];
  }

  std::vector<std::vector<std::byte>> memories;
  Values globals;
  std::vector<Values> tables;
  std::bitset<kOpcodeCount> executed;  ///< the instructions that have been

 private:
  static constexpr std::uint32_t kNone = ~0U;

  struct Label {
    Opcode opcode;
    ByteOffset begin;     ///< of the block, its opcode
    ByteOffset contents;  ///< behind the block type
    ByteOffset end;       ///< behind its end
    std::size_t height;
    std::size_t arity;  ///< of a branch to it
    Word caught = 0;    ///< in the body of a catch: its exception
  };
  /// What is found in a block by reading it once.
  struct Parts {
    ByteOffset otherwise;  ///< behind the else; at the end, where there is none
    ByteOffset end;        ///< at the end
    struct Catch {
      std::uint32_t tag;  ///< kNone: all
      ByteOffset body;
    };
    std::vector<Catch> catches;             ///< of the old instructions
    std::optional<std::uint32_t> delegate;  ///< the label it names
  };
  struct Activation {
    TrustedCodeReader reader;
    Values locals;
    Values stack;
    std::vector<Label> labels;
    std::uint32_t tail_callee = kNone;
  };
  struct Thrown {
    Word exception;
  };

  // reference.cpp: control
  Values run(std::uint32_t function, Values arguments);
  Values run_body(std::uint32_t& function, Values arguments);
  bool step(Activation& at);
  bool control(Activation& at, Opcode opcode);
  void begin_block(Activation& at, Opcode opcode);
  bool branch(Activation& at, std::uint32_t depth);
  bool branch_on_reference(Activation& at, Opcode opcode);
  void call(Activation& at, std::uint32_t function, bool tail);
  std::uint32_t callee(Activation& at, Opcode opcode);
  const std::map<ByteOffset, Parts>& parts(std::uint32_t function);
  Values constant(const ConstExpr& expression);

  // reference_exceptions.cpp
  [[noreturn]] void throw_tag(Activation& at);
  std::optional<bool> handle(Activation& at, Word thrown);
  std::optional<bool> handle_by_clause(Activation& at, const Label& label, Word thrown);

  // reference_memory.cpp: false if the instruction is another's
  bool memory_instruction(Activation& at, Opcode opcode);
  void access(Activation& at, Opcode opcode);
  void atomic(Values& stack, Opcode opcode, std::byte* address);
  void bulk(Activation& at, Opcode opcode);
  bool table_instruction(Activation& at, Opcode opcode);
  std::byte* checked(std::uint32_t memory, Word address, std::uint64_t offset, std::uint64_t width);

  // reference_objects.cpp
  bool reference_instruction(Activation& at, Opcode opcode);
  bool object_instruction(Activation& at, Opcode opcode);
  void array_instruction(Activation& at, Opcode opcode, TypeIndex type);
  Word make(TypeIndex type, Values fields);
  Object& deref(Word reference);
  bool is_of(Word reference, RefType type) const;
  bool is_subtype(TypeIndex sub, TypeIndex super) const;
  const FieldType& field(TypeIndex type, std::size_t index) const;
  Values from_data(std::uint32_t segment, const FieldType& element, Word from, Word count) const;

  const Module& module_;
  Host host_;
  std::vector<std::span<const std::byte>> data_;
  std::vector<Values> elements_;
  std::vector<Object> objects_;
  std::vector<Exception> exceptions_;
  std::map<std::uint32_t, std::map<ByteOffset, Parts>> parts_;
  std::vector<Frame> frames_;
};

/// Evaluates a numeric instruction, or a vector's access to memory, by its Meaning.
struct Evaluators {
  using Numeric = void (*)(Reference::Values&, unsigned lane);
  using Access = void (*)(Reference::Values&, std::byte* address, unsigned lane);
  Numeric numeric = nullptr;
  Access access = nullptr;  ///< of the operands behind the address
};
const Evaluators& evaluators_of(Opcode opcode);

}  // namespace doppel::bytecode
