// SPDX-License-Identifier: Apache-2.0
// Every handler by what it does: an instruction, and where its operands and result are. The table
// is built once for each processor level that the handlers are compiled for; predecoding picks from
// it.
#pragma once

#include <array>
#include <cstdint>

#include "bytecode/interp/machine.h"
#include "bytecode/isa/opcode.h"

namespace doppel::bytecode::interp {

/// Where operands come from: a frame slot, the accumulator (of the operand's kind), an immediate.
/// Two letters: left (or address) and right (or stored value). One operand: kS or kA alone.
enum class Form : std::uint8_t { kSS, kSA, kAS, kSI, kAI, kIS, kIA, kAA };
inline constexpr std::size_t kForms = 8;

/// Where a result goes: always the accumulator, and also a slot.
enum class Dest : std::uint8_t { kAcc, kSlot };

/// How a branch is taken; backward ones poll for interruption.
enum class Sense : std::uint8_t { kIfTrue, kIfFalse, kIfTrueBackward, kIfFalseBackward };
inline constexpr std::size_t kSenses = 4;

/// The two accumulators.
enum class Bank : std::uint8_t { kInt, kVec };

/// Handlers that belong to no numeric instruction or access.
enum class Special : std::uint8_t {
  kCopy,
  kCopyPair,
  kMove,  ///< slot to slot; two of them; slots.b consecutive ones, downwards
  kAccToSlot,
  kVecToSlot,
  kSlotToAcc,
  kSlotToVec,
  kImmToSlot,
  kWideToSlot,  ///< immediate, sign-extended; 64 bits from the next cell
  kImmToAcc,
  kWideToAcc,
  kWideToVec,
  kSelectSlot,
  kSelectAcc,  ///< dst = (c or accumulator) ? a : b, integers and references
  kSelectVecSlot,
  kSelectVecAcc,
  kGlobalGetAcc,
  kGlobalGetAccSlot,
  kGlobalGetVec,
  kGlobalGetVecSlot,
  kGlobalSetSlot,
  kGlobalSetAcc,
  kGlobalSetVec,
  // Vectors of 16 bytes, in two slots.
  kCopyV128,
  kV128ToSlot,
  kSlotToV128,
  kConstV128,
  kConstV128Slot,  ///< 16 bytes from the next two cells
  kSelectV128Slot,
  kSelectV128Acc,
  kGlobalGetV128,
  kGlobalGetV128Slot,
  kGlobalSetV128Slot,
  kGlobalSetV128,
  kReturnV128Slot,
  kReturnV128,
  kBranch,
  kBranchBackward,
  kBranchTableSlot,
  kBranchTableAcc,  ///< followed by cells whose branch.target is relative to the first
  kReturn,
  kReturnSlot,
  kReturnAcc,
  kReturnVec,
  kReturnVecSlot,
  kReturnImm,
  kReturnMany,
  kCall,
  kCallImport,
  kCallIndirect,    ///< defined here; imported; through a table
  kCallIndirect64,  ///< through a table with 64-bit indices
  kCallRef,         ///< through a reference
  kReturnCall,
  kReturnCallImport,
  kReturnCallIndirect,
  kReturnCallIndirect64,
  kReturnCallRef,
  kUnreachable,
  kNonNullSlot,
  kNonNullAcc,  ///< trap if a slot (imm.a) or the accumulator is null
  kThrow,
  kThrowRef,
  kFuel,
  kProbe,
  kMemorySize,
  kMemoryGrow,
  kMemoryCopy,
  kMemoryFill,
  kMemoryInit,
  kDataDrop,
  kTableGet,
  kTableSet,
  kTableSize,
  kTableGrow,
  kTableFill,
  kTableCopy,
  kTableInit,
  kElemDrop,
  kRefFunc,
  kStructNew,
  kStructNewDefault,
  kArrayNew,
  kArrayNewDefault,
  kArrayNewFixed,
  kArrayNewData,
  kArrayNewElem,
  kArrayFill,
  kArrayCopy,
  kArrayInitData,
  kArrayInitElem,
  kStructGetVector,
  kStructSetVector,
  kArrayGetVector,
  kArraySetVector,
  kLeave,     ///< the return address of the outermost frame
  kRestore,   ///< the return address into another instance
  kEnter,     ///< a compiled function: its Enter; the next cell's call.frame: its parameters' slots
  kComeBack,  ///< the return address into compiled code
  kFinish,    ///< the same of a frame that compiled code has left to the interpreter, a crossing
  kCount,
};
inline constexpr std::size_t kSpecials = static_cast<std::size_t>(Special::kCount);

/// Accesses to objects by what a field holds; 8 and 16 bits are extended.
enum class Access : std::uint8_t { kI8S, kI8U, kI16S, kI16U, kWord32, kWord64, kF32, kF64 };
inline constexpr std::size_t kAccesses = 8;

/// How wide a store into an object is; references go through the write barrier.
enum class StoreWidth : std::uint8_t { k8, k16, k32, k64, kReference };
inline constexpr std::size_t kStoreWidths = 5;

/// What a reference that is not null is tested for.
enum class CastTarget : std::uint8_t {
  kAnything,
  kNothing,
  kEq,
  kI31,
  kStruct,
  kArray,
  kObjectType,  ///< a defined struct or array type
  kFuncType,    ///< a defined function type
};
inline constexpr std::size_t kCastTargets = 8;

/// Handlers of instructions on objects. `[2]` are by Dest.
struct ObjectHandlers {
  using ByDest = std::array<Handler, 2>;
  std::array<std::array<ByDest, kForms>, kAccesses> struct_get{};  ///< kSS, kAS; offset in access
  std::array<std::array<ByDest, kForms>, kAccesses> array_get{};   ///< kSS, kSA, kAS, kSI, kAI
  std::array<Handler, kStoreWidths> struct_set{};                  ///< access: object and value
  std::array<Handler, kStoreWidths> array_set{};                   ///< slots.dst = value, a[b]
  std::array<ByDest, kForms> array_len{};                          ///< kSS, kAS, as all below
  std::array<ByDest, kForms> i31_new{};
  std::array<ByDest, kForms> i31_get_s{};
  std::array<ByDest, kForms> i31_get_u{};
  // The type, and whether it admits null, are in imm.value (CastType).
  std::array<std::array<ByDest, kForms>, kCastTargets> test{};
  std::array<std::array<Handler, kForms>, kCastTargets> cast{};
  /// branch.a is the reference, the next cell has the type; taken if it matches, or if not.
  std::array<std::array<Handler, 2>, kCastTargets> branch{};
};

/// A cast's target type as a cell holds it: the module's type index, and whether it admits null.
struct CastType {
  static constexpr std::int32_t kNullable = 1 << 30;
  static constexpr std::int32_t pack(std::uint32_t index, bool nullable) {
    return static_cast<std::int32_t>(index) | (nullable ? kNullable : 0);
  }
};

/// See the file comment. Entries that no instruction has stay null.
struct HandlerTable {
  /// Numeric instructions, loads (kSS: address in a slot, kAS: accumulator, kSA: the sum of two
  /// slots, offset in 16 bits) and stores.
  std::array<std::array<std::array<Handler, 2>, kForms>, kOpcodeCount> operations{};
  /// Comparisons, followed at once by a branch; i32.eqz and i64.eqz serve br_if itself.
  std::array<std::array<std::array<Handler, kSenses>, kForms>, kOpcodeCount> branches{};
  std::array<Handler, kSpecials> specials{};
  /// Loads and stores whose bounds are checked (general_access.cpp), by the width of the index.
  std::array<std::array<std::array<Handler, 2>, 2>, kOpcodeCount> general_accesses{};
  /// Instructions whose operands stand in consecutive slots from call.frame on; results replace
  /// them.
  std::array<Handler, kOpcodeCount> on_slots{};
  ObjectHandlers objects{};
  /// Handlers that do the work of consecutive cells, as an open hash table: the handler of all
  /// cells but the last (itself one of a sequence, if they are several), that of the last, and the
  /// one for all.
  struct Sequence {
    Handler before = nullptr;
    Handler last = nullptr;
    Handler all = nullptr;
  };
  std::array<Sequence, 4096> sequences{};

  void add_sequence(Handler before, Handler last, Handler all);
  /// The handler for all; null if there is none.
  [[nodiscard]] DOPPEL_INLINE Handler sequence(Handler before, Handler last) const {
    for (std::size_t at = first_place(before, last); sequences[at].all != nullptr;
         at = (at + 1) % sequences.size()) {
      if (sequences[at].before == before && sequences[at].last == last) return sequences[at].all;
    }
    return nullptr;
  }
  /// Where the search for a sequence begins.
  [[nodiscard]] DOPPEL_INLINE std::size_t first_place(Handler before, Handler last) const {
    const auto key =
        reinterpret_cast<std::uintptr_t>(before) * 31 + reinterpret_cast<std::uintptr_t>(last);
    return (key * 0x9e37'79b9'7f4a'7c15U >> 40U) % sequences.size();
  }

  [[nodiscard]] DOPPEL_INLINE Handler operation(Opcode opcode, Form form, Dest dest) const {
    return operations[static_cast<std::size_t>(opcode)][static_cast<std::size_t>(form)]
                     [static_cast<std::size_t>(dest)];
  }
  [[nodiscard]] DOPPEL_INLINE Handler branch(Opcode opcode, Form form, Sense sense) const {
    return branches[static_cast<std::size_t>(opcode)][static_cast<std::size_t>(form)]
                   [static_cast<std::size_t>(sense)];
  }
  [[nodiscard]] DOPPEL_INLINE Handler general_access(Opcode opcode, bool is_64, Dest dest) const {
    return general_accesses[static_cast<std::size_t>(opcode)][static_cast<std::size_t>(is_64)]
                           [static_cast<std::size_t>(dest)];
  }
  [[nodiscard]] DOPPEL_INLINE Handler special(Special special) const {
    return specials[static_cast<std::size_t>(special)];
  }
};

/// The table for the best level that this processor offers, chosen once. `DOPPEL_HANDLER_LEVEL` in
/// the environment (1, 2 or 3) lowers it, and DOPPEL_SEQUENCES=0 leaves sequences out, for
/// measurements.
const HandlerTable& handlers();

}  // namespace doppel::bytecode::interp
