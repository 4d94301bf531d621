// SPDX-License-Identifier: Apache-2.0
// The inside of a hart: architectural state, and what the engine keeps to run it. Handlers and the
// parts of hart/ work on it; everybody else uses hart.h. One thread at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "sysvm/hart/blocks.h"
#include "sysvm/hart/cell.h"
#include "sysvm/hart/csrs.h"
#include "sysvm/hart/hart.h"
#include "sysvm/hart/pmp.h"
#include "sysvm/hart/reservations.h"
#include "sysvm/hart/trap.h"
#include "sysvm/isa/decode.h"
#include "sysvm/mmu/contexts.h"
#include "sysvm/mmu/tlb.h"
#include "sysvm/mmu/walk.h"

namespace doppel::sysvm {

/// Why threaded code was left.
enum class Stop : std::uint8_t {
  kBudget,     ///< the budget does not reach for the next block
  kAttention,  ///< somebody wants the hart to look up
  kWait,       ///< wfi
  kCall,       ///< an ecall that the machine serves
  kStuck,      ///< no instruction can be executed any more
  kDebug,      ///< a debugger's breakpoint or watchpoint, or the end of a step
};

/// An entry of the cache of places that code jumps to.
struct JumpEntry {
  std::uint64_t pc = 0;
  std::uint64_t key = 0;  ///< of the context and the state of the maps; 0: empty
  const Cell* cell = nullptr;
};
inline constexpr std::size_t kJumpEntries = 4096;

/// See the file comment.
struct HartCore final : TableMemory {
  explicit HartCore(const Hart::Config& config, const std::atomic<bool>& attention);
  HartCore(const HartCore&) = delete;
  HartCore& operator=(const HartCore&) = delete;
  ~HartCore() override;

  // What handlers touch most.
  std::array<std::uint64_t, kSlots> slots{};
  std::int64_t budget = 0;  ///< instructions that may still be executed
  const std::atomic<bool>* attention;
  std::uint64_t jump_key = 0;
  std::uint64_t page_base = 0;   ///< of the code that the last `enter` led to
  std::uint8_t float_off = 1;    ///< a float access must be looked at: mstatus.FS is not Dirty
  std::uint8_t float_slow = 1;   ///< the same, or the rounding mode is not the host's
  std::uint8_t rounding = 0;     ///< frm
  std::uint8_t float_flags = 0;  ///< raised by software; the host's own come on top
  std::array<JumpEntry, kJumpEntries> jumps{};
  Tlb tlb;

  // Architectural state.
  Hart::Config config;
  Mode mode;
  std::uint64_t pc = 0;
  Csrs csrs;
  PhysicalProtection pmp;
  InterruptPins pins;
  std::optional<Reserved> reserved;  ///< change it through these only: reserve, unreserve
  bool is_waiting = false;           ///< in wfi

  // The engine's.
  Blocks blocks;
  TranslationContexts contexts;
  WalkCache walks;
  /// Virtual pages that `jumps` may lead to, hashed, since the last change of map_generation.
  std::array<std::uint64_t, 64> code_pages{};
  Stop stop = Stop::kBudget;
  std::uint64_t retire_limit = 0;         ///< retired instructions plus `budget`
  std::uint64_t map_generation = 1;       ///< part of jump_key
  std::atomic<unsigned> requests = 0;     ///< Hart::Request bits of other threads
  std::vector<std::uint64_t> user_pages;  ///< tags of what was filled for the supervisor under SUM
  /// All that the supervisor has reached but by SUM is mapped in all address spaces: one context
  /// serves it in all of them.
  bool shares_supervisor = true;
  /// Where large pages were seen, in the lower and in the upper half of the address space.
  struct AddressSpan {
    std::uint64_t first = UINT64_MAX;
    std::uint64_t last = 0;
  };
  std::array<AddressSpan, 2> large_pages{};
  Diagnosis diagnosis;
  Stops stops;
  DebugStop debug_stop;
  std::uint64_t stopped_at = 0;          ///< pc of the last stop
  std::uint64_t passes_at = UINT64_MAX;  ///< retired() where that stop does not count again
  bool is_stepping = false;
  std::uint64_t last_trap_retired = UINT64_MAX;
  bool is_handling = false;  ///< has taken an exception and not returned from one since
  std::array<std::uint64_t, 32>
      registers_at_fault{};  ///< x registers at the last exception in a handler
  Hart::Statistics statistics;

  /// Instructions retired so far; at a block's last instruction exactly those up to it.
  [[nodiscard]] std::uint64_t retired() const {
    return retire_limit - static_cast<std::uint64_t>(budget);
  }

  /// Where an access leads: RAM, or a device.
  struct Place {
    std::byte* host = nullptr;  ///< null: a device, or nothing
    std::uint64_t physical = 0;
  };

  // run.cpp
  Exit run(Budget limit);
  void serve_requests();

  // enter.cpp
  /// The code at `target` in the present mode, and sets page_base. A fault is delivered, and its
  /// handler's code is the answer. Null: `stop` says why. `most` asks for fewer instructions than a
  /// whole block.
  const Cell* enter(std::uint64_t target, std::uint64_t most = Blocks::kMostInstructions);
  /// Where 16 bits of code at a virtual address are, or the trap of fetching them.
  std::optional<Trap> fetch(std::uint64_t address, Place& place);
  /// The bits of the instruction at a virtual address, for tval; 0 if they cannot be fetched.
  std::uint64_t instruction_at(std::uint64_t address);
  /// Whether these are still the 16 bits after a virtual page, into which an instruction straddles.
  bool straddles_as_before(std::uint64_t page, std::uint16_t second_half);

  // trapping.cpp
  /// Tells who listens to exceptions of one, if anybody does.
  void report(const Trap& trap, std::uint64_t at) const;
  /// Leaves the engine before the instruction at `at`.
  const Cell* stop_for_debugger(std::uint64_t at, const DebugStop& why);
  /// Delivers an exception of the instruction at `at` and goes to the handler. Null as for enter.
  const Cell* raise(const Trap& trap, std::uint64_t at);
  /// The same for the instruction of a cell in the middle of a block, which did not retire, nor
  /// those after it. Where the access was watched, stops instead.
  const Cell* raise_in_block(const Cell* cell, std::uint64_t page, const Trap& trap);
  /// Changes the state as an exception does; false: the hart is stuck.
  bool deliver(const Trap& trap, std::uint64_t at);
  /// Takes the most urgent interrupt that is enabled; false: there is none.
  bool take_interrupt();
  [[nodiscard]] std::uint64_t pending_interrupts() const;
  /// Those that are enabled, but that of the supervisor's timer only if it is set.
  [[nodiscard]] std::uint64_t awaited_interrupts() const;

  // access.cpp: the slow way of loads and stores. True: done. False: `trap` is set.
  bool load(std::uint64_t address, unsigned size, std::uint64_t& value, Trap& trap);
  bool store(std::uint64_t address, unsigned size, std::uint64_t value, Trap& trap);
  /// The host address for an atomic access, which must be aligned RAM; null: `trap` is set.
  std::byte* atomic_place(std::uint64_t address, unsigned size, Access access, Trap& trap);
  /// Makes a store that the gate kept from the quick way, or that writes atomically.
  void write(std::byte* host, unsigned size, std::uint64_t value);
  /// Calls `write`, which writes `size` bytes at `host`, so that others lose their reservations.
  template <class Write>
  void write_noticed(const std::byte* host, unsigned size, Write write) {
    Reservations* const shared = config.reservations;
    if (shared == nullptr || !shared->is_watching()) return write();
    shared->write(tlb.gate, reinterpret_cast<std::uint64_t>(host), size, write);
  }
  /// Ends the reservation, if there is one; answers it where it still held.
  std::optional<Reserved> unreserve();
  /// Zeroes or flushes a cache block, or finds out that it may be done.
  bool cache_block(std::uint64_t address, bool zero, Trap& trap);
  /// Whether a watchpoint keeps the instruction from an access; then `raise_in_block` stops.
  bool is_watched(std::uint64_t address, unsigned size, Access access, bool also_reads = false);
  std::optional<Trap> translate(std::uint64_t address, unsigned size, Access access, Place& place);
  std::uint64_t* entry(std::uint64_t physical, bool for_write) override;

  // translation.cpp
  /// Brings contexts and keys up to date with mode, satp, mstatus and menvcfg.
  void update_translation();
  /// Forgets where jumps led to.
  void forget_jumps();
  void flush_address(std::uint64_t address);
  void flush_space(std::optional<std::uint16_t> asid);
  void flush_all();
  void forget_user_pages();
  /// Gives the supervisor a context for each address space.
  void separate_supervisor();
  [[nodiscard]] WalkContext walk_context(Privilege privilege) const;
  /// The privilege of loads and stores.
  [[nodiscard]] Privilege data_privilege() const;

  // csr_access.cpp
  /// The bits of a CSR as software reads them; nothing: illegal for this mode.
  std::optional<std::uint64_t> read_csr(std::uint16_t number, bool for_write);
  void write_csr(std::uint16_t number, std::uint64_t value);
  void update_float();
  /// After a write to f registers or fcsr.
  void dirty_float();

  // system.cpp
  /// Executes a system instruction, the last of its block; answers where to go on, or null.
  const Cell* system(const Cell* cell, std::uint64_t page);
};

}  // namespace doppel::sysvm
