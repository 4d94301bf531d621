// SPDX-License-Identifier: Apache-2.0
// Reservations of LR/SC among several harts.
//
// Where nothing but computation lies between a load-reserved and its store-conditional, comparing
// the value is exact: had the load happened just before the store, it would have read the same, and
// nobody could tell. The translator finds these (nearly all are), and they need no watching. Where
// the hart looks at other memory in between, the line is watched: the store gates of all other
// harts are closed, so that none of their stores finds an entry of the TLB, and the slow way ends
// reservations of the lines it writes. So plain stores cost nothing while nobody watches.
//
// A store that had passed its gate before it was closed may still land, one for each hart, because
// closing is followed by a barrier on all threads. Either it changes the value, which the
// store-conditional compares too, or it stores what is there, and might as well have come before
// the load.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace doppel::sysvm {

/// What a hart's load-reserved saw.
struct Reserved {
  std::uint64_t place = 0;  ///< the host address
  std::uint64_t value = 0;
  unsigned size = 0;
  /// Where it is not watched: the one instruction at which it holds, in the order of execution.
  std::uint64_t holds_at = kUnlimited;

  static constexpr std::uint64_t kUnlimited = UINT64_MAX;
  [[nodiscard]] bool is_watched() const { return holds_at == kUnlimited; }
};

/// A hart's part in the reservations of its machine; its TLB compares the tags of stores with
/// `context`. Fields are Reservations' own but for those named.
struct StoreGate {
  /// A number that no entry of a TLB carries.
  static constexpr std::uint64_t kClosed = 0xfff;

  std::atomic<std::uint64_t> context = 0;  ///< `open_context`, or kClosed
  std::uint64_t open_context = 0;          ///< of the hart's translations, set by `open`
  bool watches = false;                    ///< the hart has a watched reservation that still holds
  std::uint64_t line = 0;                  ///< of that one
  std::uint64_t stores = 0;                ///< of others, which it has made go the slow way
};

/// See the file comment. Shared by the harts of a machine; any thread.
class Reservations {
 public:
  Reservations();
  Reservations(const Reservations&) = delete;
  Reservations& operator=(const Reservations&) = delete;

  /// A hart takes part from here to `leave`.
  void join(StoreGate& gate);
  void leave(StoreGate& gate);

  /// Whether anybody watches a line, so that writes have to go through `write`.
  [[nodiscard]] bool is_watching() const { return watching_.load(std::memory_order_acquire) != 0; }

  /// Watches the line of `place` for a hart, in place of what it watched before; to be called
  /// before the load.
  void watch(StoreGate& gate, std::uint64_t place);
  /// The hart watches no more; answers whether the reservation held until now.
  bool drop(StoreGate& gate);

  /// Calls `write`, which writes `size` bytes at `place` for the owner of `gate`; others lose their
  /// reservations of these lines.
  template <class Write>
  void write(StoreGate& gate, std::uint64_t place, unsigned size, Write write) {
    const std::lock_guard lock(mutex_);
    lose(gate, place, size);
    write();
  }
  /// The same for a store-conditional on a watched line: `exchange` is called if the reservation
  /// still holds, and says whether it stored. The reservation ends in any case.
  template <class Exchange>
  bool write_conditionally(StoreGate& gate, std::uint64_t place, unsigned size, Exchange exchange) {
    const std::lock_guard lock(mutex_);
    const bool done = stop_watching(gate) && exchange();
    if (done) lose(gate, place, size);
    return done;
  }

  /// Opens the gate for a context, unless somebody else watches. By its hart.
  void open(StoreGate& gate, std::uint64_t context);
  /// A store of the gate's hart found it closed: opens it, unless somebody else watches. Who
  /// watches for too long loses the reservation.
  void store_found_closed(StoreGate& gate);

 private:
  bool stop_watching(StoreGate& gate);
  void lose(const StoreGate& writer, std::uint64_t place, unsigned size);
  [[nodiscard]] bool is_watched_by_others(const StoreGate& gate) const;

  std::mutex mutex_;  // protects all but the atomics
  std::vector<StoreGate*> gates_;
  std::atomic<unsigned> watching_ = 0;
};

}  // namespace doppel::sysvm
