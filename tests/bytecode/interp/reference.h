// SPDX-License-Identifier: Apache-2.0
// A reference for the interpreter: validated functions evaluated in the plainest way, straight from
// their bytes, values on a vector, calls on the host's stack. It covers what random_module()
// makes: one memory, one table of functions, globals of number and vector types.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bytecode/binary/instruction.h"
#include "bytecode/binary/module.h"
#include "bytecode/isa/trap_kind.h"

namespace doppel::bytecode {

class Reference {
 public:
  /// Any value; its low bits, where its type has fewer.
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

  /// Instantiates; active segments are taken to fit. `module` must outlive the reference.
  Reference(const Module& module, Host host);

  Outcome call(std::uint32_t function, Values arguments);

  std::vector<std::byte> memory;
  Values globals;
  std::vector<std::uint32_t> table;  ///< 0: null, else a function's index plus one

 private:
  struct Label {
    Opcode opcode;
    ByteOffset begin;  ///< of the block's contents
    ByteOffset end;    ///< behind its end
    std::size_t height;
    std::size_t arity;  ///< of a branch to it
  };
  struct Ends {
    ByteOffset otherwise;  ///< behind the else; at the end, where there is none
    ByteOffset end;        ///< at the end
  };
  struct Activation {
    TrustedCodeReader reader;
    Values locals;
    Values stack;
    std::vector<Label> labels;
    const FuncType* type;
    std::uint32_t tail_callee = kNoCallee;
  };
  static constexpr std::uint32_t kNoCallee = ~0U;

  Values run(std::uint32_t function, Values arguments);
  Values run_body(std::uint32_t& function, Values arguments);
  bool step(Activation& at);
  void begin_block(Activation& at, Opcode opcode);
  bool branch(Activation& at, std::uint32_t depth);
  void call(Activation& at, std::uint32_t function, bool tail);
  std::uint32_t indirect_callee(Activation& at);
  void access(Activation& at, Opcode opcode);
  void vector_access(Activation& at, Opcode opcode);
  std::byte* checked(std::uint64_t address, std::uint8_t width_log2);
  void bulk(Activation& at, Opcode opcode);
  Word constant(const ConstExpr& expression) const;
  const std::map<ByteOffset, Ends>& ends(std::uint32_t function);

  const Module& module_;
  Host host_;
  std::vector<std::span<const std::byte>> data_;
  std::vector<std::vector<std::uint32_t>> elements_;
  std::map<std::uint32_t, std::map<ByteOffset, Ends>> ends_;
  std::vector<Frame> frames_;
};

}  // namespace doppel::bytecode
