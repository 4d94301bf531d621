// SPDX-License-Identifier: Apache-2.0
// The predecoded code of a module: made function by function at the first call, immutable once
// published, shared by all instances and threads.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bytecode/interp/compiler.h"
#include "bytecode/interp/kept_code.h"
#include "bytecode/interp/machine.h"
#include "bytecode/interp/predecode.h"
#include "bytecode/interp/tier_switches.h"
#include "bytecode/interp/tier_up.h"

namespace doppel::bytecode::interp {

/// The references in a frame that is stopped at some cell. Lives as long as the code.
struct FrameMap {
  const std::vector<std::uint16_t>* locals = nullptr;  ///< slots of parameters and locals
  const StopMap* stop = nullptr;                       ///< null: nothing else is known
  std::uint32_t parameter_slots = 0;
};

class ModuleCode {
 public:
  /// So many samples make a function hot, and so many of its quickly made code make it worth more.
  static constexpr std::uint32_t kHot = 2;
  static constexpr std::uint32_t kHotter = 4;
  /// So many calls by compiled code also make it hot: each costs what a short function does.
  static constexpr std::uint32_t kHotCalls = 50;

  /// `module` must outlive the code.
  ModuleCode(const Module& module, PredecodeOptions options);
  ~ModuleCode();
  ModuleCode(const ModuleCode&) = delete;
  ModuleCode& operator=(const ModuleCode&) = delete;

  /// The entry of each defined function; every instance's Context points here.
  [[nodiscard]] FunctionCode* codes() { return codes_.data(); }
  [[nodiscard]] bool owns(const FunctionCode& code) const {
    return &code >= codes_.data() && &code < codes_.data() + codes_.size();
  }

  /// The machine code of each, where there is some.
  [[nodiscard]] CompiledBody* bodies() { return bodies_.data(); }
  /// What compiled code calls for each that it calls directly: its body, or a thunk.
  [[nodiscard]] CompiledBody* targets() { return targets_.data(); }

  /// Predecodes a function unless that is done. Any thread. Fails as predecode() does.
  Result<void> prepare(FunctionCode& code);
  /// Predecodes every function.
  Result<void> prepare_all();

  /// From now on, functions are given to the compiler before their first call, which must outlive
  /// the code. Not once functions have been prepared.
  void set_compiler(FunctionCompiler* compiler) { compiler_ = compiler; }
  /// From now on, functions are compiled once they are hot, by `tier_up`, which must outlive the
  /// code.
  void set_tier_up(TierUp* tier_up) { tier_up_ = tier_up; }
  [[nodiscard]] TierUp* tier_up() const { return tier_up_; }
  /// From now on, functions come from there where they can be, and what is compiled goes there.
  void set_kept(std::unique_ptr<KeptCode> kept) { kept_ = std::move(kept); }
  /// Null: nothing is kept.
  [[nodiscard]] KeptCode* kept() { return kept_.get(); }
  /// How functions are called in profiles; else they have numbers.
  void set_names(std::function<std::string(FuncIndex)> names) { names_ = std::move(names); }
  /// From now on, threads switch between the compiler's code and the interpreter's by chance.
  /// `switches` must outlive the code.
  void set_switches(TierSwitches* switches) { switches_ = switches; }
  [[nodiscard]] TierSwitches* switches() const { return switches_; }
  /// A thread was found stopped at `pc`; where it goes on: in compiled code, perhaps, or from
  /// quickly made code in the interpreter's, which enters better code at the next stop.
  const Cell* sampled(const Cell* pc);
  /// Compiled code calls the function with that index among the defined ones, which has no body.
  void called_from_compiled(std::size_t index);
  /// For the thread that compiles.
  void compile_in_background(FunctionCompiler& compiler, const Cell* cells,
                             std::optional<std::uint32_t> loop, Effort effort);
  /// Whether some of the code may be machine code.
  [[nodiscard]] bool is_compiled() const {
    return compiler_ != nullptr || tier_up_ != nullptr || kept_ != nullptr;
  }
  /// Where compiled code stood when it faulted at the host's `pc`, in code whose frame that is; in
  /// the frame of an inlined function, perhaps, to which headers lead from then on.
  [[nodiscard]] Place fault_place(std::uintptr_t pc, std::uint64_t* frame, Context* context) const;
  /// What the compiler would make of a function.
  Result<Explanation> explain(FuncIndex function, FunctionCompiler& compiler);
  /// What there is of a function in machine code; nothing yet, if it is only known to be hot.
  struct CompiledParts {
    bool body = false;  ///< the function as a whole
    std::size_t loops = 0;
    std::size_t bytes = 0;  ///< of machine code
    std::chrono::nanoseconds time = {};
  };
  struct Compiled {
    std::size_t functions = 0;
    std::size_t loops = 0;
    std::size_t kept = 0;         ///< functions that were compiled before
    std::vector<FuncIndex> left;  ///< functions that the compiler left to the interpreter
    std::map<FuncIndex, CompiledParts> parts;
  };
  [[nodiscard]] Compiled compiled() const;

  /// Gives a site its probe cell, or takes it away: from the function's next call on. Frames that
  /// are under way finish in the code they have, which is kept, with what is inlined there. Any
  /// thread.
  void set_probed(ProbeSite site, bool probed);

  /// Which instruction a cell belongs to.
  struct Location {
    FuncIndex function;
    ByteOffset offset;
  };
  [[nodiscard]] std::optional<Location> locate(const Cell* pc) const;

  /// The references of a frame whose function is stopped at `pc`, a cell of this code. Makes the
  /// maps of the whole function when the first is wanted.
  FrameMap frame_map(const Cell* pc);

  /// Where a cell stands in its function, for one that throws.
  struct Position {
    const Cell* cells = nullptr;  ///< the function's first; of compiled code, the interpreter's
    std::uint32_t cell = 0;
    std::uint32_t parameter_slots = 0;
    std::uint32_t frame_slots = 0;  ///< with those of what is inlined
    const TryRegions* regions = nullptr;
    bool is_compiled = false;
  };
  /// `pc` is a cell of this module's code.
  [[nodiscard]] Position position(const Cell* pc) const;

  /// Whether the code counts its instructions against the thread's fuel.
  [[nodiscard]] bool counts_fuel() const { return options_.fuel; }

  [[nodiscard]] std::size_t prepared_functions() const;
  [[nodiscard]] std::size_t prepared_cells() const;

 private:
  struct Block {
    FuncIndex function;
    std::span<const Cell> cells;
    std::vector<Cell> own_cells;  ///< of the interpreter's code; other lie with the machine code
    std::vector<std::uint32_t> offsets;
    std::uint32_t parameter_slots = 0;
    std::uint32_t frame_slots = 0;  ///< with those of what is inlined
    std::uint32_t zeroed_slots = 0;
    TryRegions regions;
    std::set<ProbeSite> probed;                                    ///< when it was predecoded
    std::unique_ptr<Stops> stops;                                  ///< null until they are wanted
    std::map<std::uint32_t, std::unique_ptr<Stops>> single_stops;  ///< where they are too many
    const Cell* plain = nullptr;    ///< of compiled code: the cells that it was made from
    std::array<Cell, 2> entry{};    ///< of compiled code: what the interpreter enters it by
    Effort effort = Effort::kFull;  ///< of compiled code
    std::uint32_t samples = 0;
    bool asked_fully = false;  ///< for the function's code as it is best
    // Of the interpreter's code.
    const Cell* quick = nullptr;  ///< the entry of the quickly made code that stands for it
    std::map<std::uint32_t, const Cell*> loops;  ///< that were asked for, by label: their entries
  };

  Result<void> publish(FunctionCode& code);
  void enter_by(FunctionCode& code, const Cell* entry, CompiledBody body);
  struct Made {
    Block block;
    CompiledFunction code;
    std::vector<Block> inlined;
  };
  Result<Block*> predecoded(FuncIndex function);
  /// What gives the code of functions that may become parts of others, or null.
  using FindPlain = std::function<const Block*(FuncIndex)>;
  FindPlain inlinable_here();
  static Block copy(const Block& plain, std::span<Cell> room, Effort effort);
  static std::optional<Made> lay_out(const Block& plain, CompiledFunction compiled, Effort effort,
                                     const FindPlain& find);
  std::optional<Made> take_kept(const Block& plain);
  [[nodiscard]] FunctionToCompile to_compile(const Block& plain, Effort effort) const;
  Result<std::optional<Made>> compile(FunctionCompiler& compiler, const Block& plain,
                                      std::optional<std::uint32_t> loop, Effort effort,
                                      const FindPlain& find);
  const Cell* keep(Made made);
  void ask_fully(Block& plain);
  const Cell* switch_by_chance(Block& plain, std::uint32_t cell);
  std::unique_ptr<Stops> find_stops(const Block& block, std::optional<std::uint32_t> only);
  [[nodiscard]] std::optional<FuncIndex> function_of(ProbeSite site) const;

  const Module& module_;
  std::vector<gc::Layout> layouts_;
  PredecodeOptions options_;
  std::vector<FunctionCode> codes_;
  std::vector<CompiledBody> bodies_;
  std::vector<CompiledBody> targets_;
  std::vector<std::uint32_t> calls_;  ///< by compiled code, of what has no body
  std::vector<CompiledBody> thunks_;  ///< under mutex_; null where none was needed yet
  mutable std::mutex mutex_;
  EmitterBuffers buffers_;               ///< under mutex_
  std::map<const Cell*, Block> blocks_;  ///< under mutex_; by their first cells
  std::vector<Block*> plain_;  ///< under mutex_; of each function as probed now; null: not yet
  /// Under mutex_: the functions of whose machine code each one has become a part.
  std::map<FuncIndex, std::set<FuncIndex>> inlined_in_;
  std::set<ProbeSite> probed_;  ///< under mutex_
  std::size_t functions_ = 0;   ///< under mutex_
  std::size_t cells_ = 0;       ///< under mutex_
  FunctionCompiler* compiler_ = nullptr;
  TierUp* tier_up_ = nullptr;
  TierSwitches* switches_ = nullptr;
  std::unique_ptr<KeptCode> kept_;
  std::function<std::string(FuncIndex)> names_;
  FunctionCompiler* compiled_by_ = nullptr;   ///< under mutex_
  std::map<FuncIndex, CompiledParts> parts_;  ///< under mutex_
  std::vector<FuncIndex> left_;               ///< under mutex_; to the interpreter, by the compiler
};

}  // namespace doppel::bytecode::interp
