// SPDX-License-Identifier: Apache-2.0
// Attaching, detaching and firing. Callbacks and listeners run without the lock.
#include "core/observe/probes.h"

#include <algorithm>
#include <utility>

namespace doppel {

void Probes::tell(ProbeSite site, bool probed) const {
  for (const Listener& listener : listeners_) listener(site, probed);
}

void Probes::listen(Listener listener) {
  for (const auto& [site, probes] : sites_) listener(site, true);
  listeners_.push_back(std::move(listener));
}

ProbeId Probes::attach(ProbeSite site, Callback callback) {
  const ProbeId id = next_id_;
  ++next_id_;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Probe>& probes = sites_[site];
    first = probes.empty();
    probes.push_back({id, std::make_shared<const Callback>(std::move(callback))});
  }
  if (first) tell(site, true);
  return id;
}

bool Probes::detach(ProbeId id) {
  std::unique_lock lock(mutex_);
  for (auto& [site, probes] : sites_) {
    if (std::erase_if(probes, [&](const Probe& probe) { return probe.id == id; }) == 0) continue;
    if (!probes.empty()) return true;
    const ProbeSite unprobed = site;
    sites_.erase(unprobed);
    lock.unlock();
    tell(unprobed, false);
    return true;
  }
  return false;
}

bool Probes::probed(ProbeSite site) const {
  const std::lock_guard lock(mutex_);
  return sites_.contains(site);
}

ProbeAction Probes::fire(const ProbeHit& hit) const {
  std::vector<Probe> probes;  // a copy, since a callback may attach and detach
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = sites_.find(hit.site); found != sites_.end()) probes = found->second;
  }
  ProbeAction action = ProbeAction::kContinue;
  for (const Probe& probe : probes) action = std::max(action, (*probe.callback)(hit));
  return action;
}

}  // namespace doppel
