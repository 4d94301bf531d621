// SPDX-License-Identifier: Apache-2.0
// How a compiler works: what it leaves out, so that its worth can be measured, and what else it
// does for tests, profilers and debuggers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace doppel::bytecode::interp {

/// What is done for speed alone. Any of these can be left out.
enum class Optimization : std::uint8_t {
  kPasses,          ///< passes over the code in LLVM's form
  kSelection,       ///< care in choosing machine instructions and registers
  kVectorization,   ///< of loops
  kUnrolling,       ///< of loops
  kProcessor,       ///< instructions that not every processor of the architecture has
  kGuards,          ///< guarded memories need no checks
  kQuietLoops,      ///< loops in which nothing is called do not look for interruptions
  kLeaves,          ///< functions that call nothing do not look at their entry
  kInlineObjects,   ///< small objects are made without the runtime
  kInlineCasts,     ///< casts to exactly a type are made without the runtime
  kKeptReferences,  ///< references that stand in their slots are not written again
  kGrading,         ///< large functions get less effort
  kInlining,        ///< small functions become parts of those that call them
};

/// What options call them, in order.
inline constexpr std::array<std::string_view, 13> kOptimizationNames{
    "passes",          "selection",   "vectorization", "unrolling",      "processor",
    "guards",          "quiet-loops", "leaves",        "inline-objects", "inline-casts",
    "kept-references", "grading",     "inlining"};

/// Who is told of machine code, so that it has names in profiles.
enum class Profile : std::uint8_t {
  kNone,
  kPerfMap,  ///< /tmp/perf-PID.map: addresses and names
  kJitDump,  ///< jit-PID.dump in the working folder, for `perf inject --jit`: the code as well
};

struct CompilerSettings {
  std::uint32_t left_out = 0;   ///< a bit for each Optimization
  bool switches_tiers = false;  ///< code asks TierSwitches at entries and loops
  bool tells_debugger = false;  ///< GDB's interface for compiled code
  bool keeps = false;           ///< code comes in a form that can be kept as well
  bool explains = false;        ///< the code is for reading: its lines are instructions' offsets
  Profile profile = Profile::kNone;

  [[nodiscard]] constexpr bool uses(Optimization optimization) const {
    return (left_out >> static_cast<unsigned>(optimization) & 1U) == 0;
  }
  [[nodiscard]] constexpr CompilerSettings without(Optimization optimization) const {
    CompilerSettings settings = *this;
    settings.left_out |= 1U << static_cast<unsigned>(optimization);
    return settings;
  }
};

}  // namespace doppel::bytecode::interp
