// SPDX-License-Identifier: Apache-2.0
// Probes: callbacks at events of a guest, for inspection (look on) and interposition (act instead).
// Engines prepare the probed sites only, as by swapping a cell of predecoded code, and call `fire`
// there; every other site runs as if there were no probes.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/types.h"
#include "core/vcpu/virtual_processor.h"

namespace doppel {

/// What can be probed.
enum class ProbeEvent : std::uint8_t {
  kInstruction,  ///< before the instruction at the location
  kCall,         ///< on entry to the function at the location
  kReturn,       ///< before that function returns
  kTrap,         ///< before a trap with the location as its code is delivered
};

/// An event at a location. What numbers locations (a code offset, a guest's pc, a trap code) is the
/// machine's to say.
struct ProbeSite {
  ProbeEvent event = ProbeEvent::kInstruction;
  std::uint64_t location = 0;

  friend auto operator<=>(const ProbeSite&, const ProbeSite&) = default;
};

/// What happens after a probe; where several probes disagree, the last in this list.
enum class ProbeAction : std::uint8_t {
  kContinue,  ///< the event, as if not probed
  kSkip,      ///< not the event: the callback has acted in its place
  kExit,      ///< the run ends with kBreakpoint, before the event
};

/// A probed event as it happens. The callback may use `processor`, which is stopped at the site.
struct ProbeHit {
  ProbeSite site;
  VirtualProcessor& processor;
};

/// A probe that was attached.
using ProbeId = Ordinal<struct ProbeIdTag, std::uint64_t>;

/// The probes of one machine. `fire` and `probed` may be called from any thread; the others from
/// one thread at a time, callbacks included.
class Probes {
 public:
  /// Called on the thread of the event. Must not throw.
  using Callback = std::function<ProbeAction(const ProbeHit&)>;
  /// Told that a site has become probed, or is so no longer.
  using Listener = std::function<void(ProbeSite, bool probed)>;

  /// `listener`, the engine, hears of every change, and of the sites probed already.
  void listen(Listener listener);

  /// Attaches a callback. Callbacks of one site are called in the order of their attachment.
  ProbeId attach(ProbeSite site, Callback callback);

  /// Detaches; false if it was detached before. A call that is under way still ends.
  bool detach(ProbeId id);

  /// Whether a site has probes.
  [[nodiscard]] bool probed(ProbeSite site) const;

  /// Calls the probes of the site.
  ProbeAction fire(const ProbeHit& hit) const;

 private:
  struct Probe {
    ProbeId id;
    std::shared_ptr<const Callback> callback;
  };

  void tell(ProbeSite site, bool probed) const;

  mutable std::mutex mutex_;  // protects sites_
  std::map<ProbeSite, std::vector<Probe>> sites_;
  std::vector<Listener> listeners_;
  ProbeId next_id_;
};

}  // namespace doppel
