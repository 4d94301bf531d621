// SPDX-License-Identifier: Apache-2.0
// Turns stack code into cells: an abstract operand stack, most of whose entries are no code at all.
//
// An entry is a local or a constant that is read where it is used; or a value in an accumulator,
// still only there; or a value in its home, the frame slot that its place on the stack owns. A cell
// that produces a value names the home from the start but writes only the accumulator; when the
// accumulator is wanted for something else, that cell's handler is exchanged for the one that
// writes the slot too.
//
// Invariants: at most one entry is only in an accumulator, per accumulator; it is never below a
// label. An entry that is a local is copied to its home before the local changes and before any
// label.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bytecode/interp/handler_table.h"
#include "bytecode/interp/stops.h"
#include "bytecode/isa/types.h"
#include "core/observe/probes.h"

namespace doppel::bytecode::interp {

/// The accumulator that a value of a type goes to.
constexpr Bank bank_of(ValType type) {
  const bool vec = type.kind() == ValKind::kF32 || type.kind() == ValKind::kF64 || type.is_vector();
  return vec ? Bank::kVec : Bank::kInt;
}

/// An entry of the abstract operand stack.
struct Operand {
  enum class Kind : std::uint8_t { kHome, kLocal, kConst, kAccumulator };
  Kind kind = Kind::kHome;
  ValType type;
  std::uint32_t home = 0;   ///< its slot
  std::uint64_t value = 0;  ///< kLocal: the local's slot; kConst: the bits
  [[nodiscard]] Bank bank() const { return bank_of(type); }
};

/// A condition to branch on: a comparison with its operands. `cell` has the layout of branch or
/// branch_imm, without the target.
struct Condition {
  Opcode comparison = Opcode::kI32Eqz;
  Form form = Form::kSS;
  bool negated = false;
  Cell cell{};
};

/// Where an access whose bounds are checked goes.
struct CheckedAccess {
  std::uint32_t memory = 0;
  bool is_64 = false;  ///< the width of the index
  std::uint64_t offset = 0;
};

/// The emitter's tables, kept from function to function so that they need not grow anew.
struct EmitterBuffers {
  std::vector<Cell> cells;
  std::vector<std::uint32_t> offsets;  ///< for each cell, the module's byte of its instruction
  std::vector<Operand> stack;
  std::vector<std::uint32_t> pending;
  Stops* stops = nullptr;  ///< where the emitter notes the references at stops; null: nowhere
};

/// See the file comment.
class Emitter {
 public:
  /// `first_home`: the slot of the lowest stack entry. `local_count`: locals, for the bookkeeping
  /// of pending reads; slots of locals are passed to the members.
  /// The buffers' contents are overwritten; cells and offsets are the result.
  Emitter(const HandlerTable& handlers, EmitterBuffers& buffers, std::uint32_t first_home);

  /// The position in the bytecode that following cells come from.
  void set_offset(std::uint32_t offset) { offset_ = offset; }
  [[nodiscard]] std::uint32_t position() const { return static_cast<std::uint32_t>(cells_.size()); }

  // The operand stack.
  [[nodiscard]] std::size_t height() const { return stack_.size(); }
  /// The home slot that the next entry would have.
  [[nodiscard]] std::uint32_t next_home() const;
  [[nodiscard]] std::uint32_t home_at(std::size_t height) const;
  void push_const(ValType type, std::uint64_t bits);
  void push_local(ValType type, std::uint32_t slot);
  /// An entry whose value is in its home already.
  void push_home(ValType type);
  void drop();
  /// Cuts the stack down without a look at the entries.
  void truncate(std::size_t height);

  // Plain instructions.
  /// A numeric instruction of one or two operands.
  void unary(Opcode opcode, ValType result);
  void binary(Opcode opcode, ValType result);
  void load(Opcode opcode, ValType result, std::uint32_t offset);
  void store(Opcode opcode, std::uint32_t offset);
  void load(Opcode opcode, ValType result, const CheckedAccess& access);
  void store(Opcode opcode, const CheckedAccess& access);
  void select();

  // Vector instructions (emitter_vector.cpp).
  void vector_const(std::uint64_t low, std::uint64_t high);
  /// An instruction of three vectors.
  void ternary(Opcode opcode);
  void shuffle(std::uint64_t lanes_low, std::uint64_t lanes_high);
  /// A shift by a scalar.
  void shift(Opcode opcode);
  void extract_lane(Opcode opcode, ValType result, std::uint8_t lane);
  void replace_lane(Opcode opcode, std::uint8_t lane);
  void load_lane(Opcode opcode, std::uint32_t offset, std::uint8_t lane);
  void store_lane(Opcode opcode, std::uint32_t offset, std::uint8_t lane);
  void load_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane);
  void store_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane);

  void local_set(std::uint32_t slot);
  void local_tee(std::uint32_t slot);
  void global_get(ValType type, std::uint32_t index);
  void global_set(std::uint32_t index);
  /// An instruction of slow.h with `operands` operands.
  void runtime(Special special, std::size_t operands, std::optional<ValType> result,
               std::uint16_t extra, std::uint32_t index);

  /// An instruction whose operands stand in consecutive slots, as do its results.
  Cell& on_slots(Handler handler, std::size_t operands, std::span<const ValType> results);
  /// The same for an atomic access, whose first operand is the index.
  void on_slots(Handler handler, std::size_t operands, std::span<const ValType> results,
                const CheckedAccess& access);
  // References: emitter_references.cpp.
  /// Makes a null on top of the stack trap.
  void check_not_null();
  /// Emits a branch for when the top entry, which stays, is null (or is not).
  std::uint32_t branch_on_null(bool when_null, bool backward);
  /// A field of a struct; an element of an array.
  void struct_get(Access access, ValType result, std::uint32_t offset);
  void struct_set(StoreWidth width, std::uint32_t offset);
  void array_get(Access access, ValType result);
  void array_set(StoreWidth width);
  /// An instruction of one operand with a handler for kSS and one for kAS.
  void object_unary(const std::array<ObjectHandlers::ByDest, kForms>& handlers, ValType result,
                    std::int32_t value = 0);
  /// An operation of slow_objects.h that yields a reference.
  void new_object(Special special, std::size_t operands, ValType result, std::uint16_t extra,
                  std::uint32_t type, std::optional<std::uint32_t> segment = {});
  /// Makes a reference on top of the stack, which stays, trap if it does not match.
  void cast(CastTarget target, std::int32_t type);
  /// Emits a branch for when the top entry, which stays in a slot, matches (or does not).
  std::uint32_t branch_on_cast(CastTarget target, std::int32_t type, bool when_it_matches);
  [[nodiscard]] const ObjectHandlers& objects() const { return handlers_.objects; }
  /// Takes the top entry, which is in no accumulator, off the stack, to put it back later.
  Operand take() { return pop(); }
  void put_back(const Operand& operand);

  // Control.
  /// Puts all entries where a label may find them; constants among the top `exact` go home too.
  void settle(std::size_t exact);
  /// Puts the top `count` entries home.
  void settle_top(std::size_t count);
  /// Pops a condition. The comparison that made it is taken back if it was the last cell.
  Condition take_condition();
  /// Emits a branch on `condition` (or its opposite); returns the cell whose target is to be set.
  std::uint32_t branch_if(const Condition& condition, bool when, bool backward);
  std::uint32_t branch(bool backward);
  /// Pops the index and puts the top `arity` entries home; the caller adds one cell for each target
  /// with table_entry().
  void branch_table(std::uint32_t last, std::size_t arity);
  std::uint32_t table_entry();
  void set_target(std::uint32_t cell, std::uint32_t target);
  /// Moves the top `count` entries, which are settled, to homes from `slot` on; the stack stays.
  void move_down(std::size_t count, std::uint32_t slot);
  /// From here on code may be reached from elsewhere: accumulators hold nothing known.
  void label();
  /// If there is a label here: notes the references at it. Its stack is complete.
  void note_label() {
    if (stops_ != nullptr && barrier_ == position()) note_stop(position());
  }
  /// A label whose only way in is the fall-through's own: cells before it are not changed any more.
  void fence() { barrier_ = position(); }
  /// Returns the top `count` entries.
  void return_values(std::size_t count, std::uint32_t parameter_slots);
  /// Puts the top `arguments` entries home for a call, frees the accumulators, pops them; returns
  /// the slot of the first.
  std::uint32_t arrange_arguments(std::size_t arguments);
  /// Pops the operand into the integer accumulator.
  void to_accumulator();
  /// After a call: the results are at the callee's frame; one result is in its accumulator as well.
  void push_results(const ResultType& results);
  Cell& emit(Handler handler);
  Cell& emit(Special special) { return emit(handlers_.special(special)); }

  /// A cell that fires a probe; nothing is in an accumulator there. `results`: the first of the
  /// values to return, before a return.
  void probe(ProbeEvent event, std::uint32_t parameter_slots, std::uint32_t results);

  /// At the end: cells that begin a sequence with a handler of its own get that.
  void fuse_sequences();

  [[nodiscard]] std::uint32_t frame_slots() const { return frame_slots_; }
  [[nodiscard]] Cell& cell(std::uint32_t index) { return cells_[index]; }

 private:
  static constexpr std::size_t kNobody = ~std::size_t{0};
  static constexpr std::uint32_t kNoSlot = ~0U;

  /// Slots that hold a value: one, or two for a vector.
  struct Slots {
    std::uint32_t first = kNoSlot;
    std::uint32_t count = 1;
    [[nodiscard]] bool meet(std::uint32_t slot, std::uint32_t slots) const {
      return first < slot + slots && slot < first + count;
    }
  };

  /// What an accumulator holds.
  struct Accumulator {
    std::size_t owner = kNobody;  ///< the stack entry that is nowhere else
    Slots alias;                  ///< slots with the same value
    // How the value was made, when the last cell did it: to write the slot too, or to fuse the
    // cell.
    std::uint32_t producer = 0;
    std::uint32_t end = 0;  ///< of the producer, which may have several cells
    Handler with_slot = nullptr;
    std::optional<Opcode> opcode;
    Form form = Form::kSS;
    Slots previous_alias;  ///< before the producer
  };

  /// Where an operand is read from.
  struct Source {
    enum class Place : std::uint8_t { kSlot, kAccumulator, kImmediate };
    Place place = Place::kSlot;
    std::uint32_t slot = 0;  ///< kSlot; also a slot that serves for kAccumulator, or kNoSlot
    std::uint64_t bits = 0;
    [[nodiscard]] bool in_accumulator() const { return place == Place::kAccumulator; }
  };

  /// The two cells of an access to a lane, without their handlers.
  struct LaneAccess {
    Form form;
    Cell cell;
    Cell more;
  };

  Accumulator& accumulator(Bank bank) { return accumulators_[static_cast<std::size_t>(bank)]; }
  Operand pop();
  Operand& push(Operand operand);
  Source source(const Operand& operand);
  Source in_slot(const Operand& operand);
  Source in_accumulator(const Operand& operand);
  void write_slot(const Operand& operand, std::uint32_t slot);
  void copy(ValType type, std::uint32_t to, std::uint32_t from);
  void go_home(std::size_t position);
  void spill(Bank bank);
  void slot_written(std::uint32_t slot, std::uint32_t slots = 1);
  void free_accumulators();
  void save_readers_of(std::uint32_t slot);
  [[nodiscard]] bool made_by_last_cell(const Operand& operand, Bank bank) const;
  Cell& emit_general(Handler handler, const CheckedAccess& access);
  void emit_general_lane(Opcode opcode, const CheckedAccess& access, std::uint8_t lane);
  void push_product(ValType type, std::uint32_t cell, Handler with_slot,
                    std::optional<Opcode> opcode, Form form);
  void push_vector(Opcode opcode, Form form, Cell cell, std::initializer_list<std::uint64_t> more);
  std::pair<Source, Source> vectors(const Operand& x, const Operand& y);
  LaneAccess lane_access(std::uint32_t offset, std::uint8_t lane);
  void begin_product(Bank bank);
  void remove_last_cell(Bank bank);
  void note_stop(std::uint32_t cell, const std::vector<std::uint16_t>& arguments = {});

  const HandlerTable& handlers_;
  std::uint32_t first_home_;
  std::uint32_t frame_slots_;
  std::uint32_t offset_ = 0;
  std::uint32_t barrier_ =
      0;  ///< cells before this may be followed by a label: they are not changed
  std::vector<Cell>& cells_;
  std::vector<std::uint32_t>& offsets_;
  std::vector<Operand>& stack_;
  std::size_t unsettled_ = 0;  ///< entries below this height are no locals and in no accumulator
  Stops* const stops_;
  std::vector<std::uint32_t>& pending_;  ///< by slot: stack entries that are that local
  std::array<Accumulator, 2> accumulators_;
};

}  // namespace doppel::bytecode::interp
