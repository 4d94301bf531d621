// SPDX-License-Identifier: Apache-2.0
// Loads, stores and fetches that the TLB does not serve: walks, page crossings, devices, faults.
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "sysvm/hart/core.h"
#include "sysvm/hart/host_float.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint64_t kCacheBlock = 64;
constexpr std::size_t kMostUserPages = 1024;

/// Bytes of an access that lie in its first page.
unsigned in_first_page(std::uint64_t address, unsigned size) {
  return static_cast<unsigned>(std::min<std::uint64_t>(size, kPageSize - (address & kPageMask)));
}

/// Calls `access` with a pointer to the unsigned integer of this size, where there is one at that
/// place: other harts may look, so that it must be one access. False: there is none.
template <class Access>
bool access_whole(std::byte* host, unsigned size, Access access) {
  if (reinterpret_cast<std::uintptr_t>(host) % size != 0) return false;
  switch (size) {
    case 1: access(reinterpret_cast<std::uint8_t*>(host)); return true;
    case 2: access(reinterpret_cast<std::uint16_t*>(host)); return true;
    case 4: access(reinterpret_cast<std::uint32_t*>(host)); return true;
    case 8: access(reinterpret_cast<std::uint64_t*>(host)); return true;
    default: return false;
  }
}

void store_to(std::byte* host, unsigned size, std::uint64_t value) {
  const auto whole = [value](auto* cell) {
    __atomic_store_n(cell, static_cast<std::remove_pointer_t<decltype(cell)>>(value),
                     __ATOMIC_RELAXED);
  };
  if (!access_whole(host, size, whole)) std::memcpy(host, &value, size);
}

std::uint64_t load_from(std::byte* host, unsigned size) {
  std::uint64_t value = 0;
  const auto whole = [&value](const auto* cell) {
    value = __atomic_load_n(cell, __ATOMIC_RELAXED);
  };
  if (!access_whole(host, size, whole)) std::memcpy(&value, host, size);
  return value;
}

}  // namespace

std::uint64_t* HartCore::entry(std::uint64_t physical, bool for_write) {
  const auto verdict = pmp.judge(physical, 8, Privilege::kSupervisor);
  if (!verdict.uniform || !verdict.read || (for_write && !verdict.write)) return nullptr;
  return reinterpret_cast<std::uint64_t*>(config.bus->ram(GuestPhys{physical}, 8));
}

std::optional<Trap> HartCore::translate(std::uint64_t address, unsigned size, Access access,
                                        Place& place) {
  const bool fetches = access == Access::kFetch;
  const auto tag_kind = fetches                   ? &TlbEntry::fetch
                        : access == Access::kLoad ? &TlbEntry::read
                                                  : &TlbEntry::write;
  const Privilege privilege = fetches ? mode.privilege : data_privilege();
  const bool is_user = privilege == Privilege::kUser;
  place.host =
      tlb.recall(address, tag_kind, fetches ? tlb.fetch_context : tlb.data_context, is_user);
  if (place.host != nullptr) return std::nullopt;
  const WalkContext context = walk_context(privilege);
  Translation found{.physical = page_of(address),
                    .span = kPageSize,
                    .read = true,
                    .write = true,
                    .execute = true,
                    .user = false};
  if (context.paging != Paging::kBare) {
    ++statistics.walks;
    const WalkResult result = walk(context, *this, walks, address, access);
    if (result.fault) {
      return Trap{*result.fault == WalkFault::kPage ? page_fault(access) : access_fault(access),
                  address};
    }
    found = result.translation;
  }
  const bool is_local = context.paging != Paging::kBare && !found.user && !found.global;
  if (is_local && shares_supervisor) separate_supervisor();
  place.physical = found.physical | (address & kPageMask);
  const auto exact = pmp.judge(place.physical, size, privilege);
  if (!exact.uniform || !exact.permits(access)) return Trap{access_fault(access), address};
  std::byte* const page = config.bus->ram(GuestPhys{found.physical}, kPageSize);
  if (page == nullptr) {
    place.host = nullptr;
    return std::nullopt;
  }
  place.host = page + (address & kPageMask);

  const auto verdict = pmp.judge(found.physical, kPageSize, privilege);
  if (!verdict.uniform) return std::nullopt;
  if (access != Access::kFetch && stops.has_watchpoint_in(page_of(address), kPageSize)) {
    return std::nullopt;
  }
  if (found.span > kPageSize) {
    const std::uint64_t first = address & ~(found.span - 1);
    AddressSpan& large = large_pages[address >> 63];
    large.first = std::min(large.first, first);
    large.last = std::max(large.last, first + found.span - 1);
  }
  if (found.user && privilege == Privilege::kSupervisor) {
    if (user_pages.size() == kMostUserPages) {
      tlb.forget_all();
      user_pages.clear();
    }
    user_pages.push_back(page_of(address) | tlb.data_context);
  }
  const std::uint64_t tag = page_of(address) | (fetches ? tlb.fetch_context : tlb.data_context);
  const auto addend = reinterpret_cast<std::uint64_t>(page) - page_of(address);
  TlbEntry made = tlb.entry(address);
  if (made.addend != addend) made = {.addend = addend};
  if (fetches) {
    made.fetch = tag;
  } else {
    made.read = found.read && verdict.read ? tag : 0;
    made.write = found.write && verdict.write ? tag : 0;
  }
  tlb.fill(address, made, retired(), is_user);
  return std::nullopt;
}

bool HartCore::is_watched(std::uint64_t address, unsigned size, Access access, bool also_reads) {
  if (stops.empty()) return false;
  // Who stopped at a breakpoint has still to stop for what the instruction accesses.
  const bool has_stopped =
      retired() == passes_at + 1 && debug_stop.reason == DebugStop::Reason::kWatchpoint;
  if (has_stopped) return false;
  const bool writes = access == Access::kStore;
  const auto met = stops.watched(address, size, !writes || also_reads, writes);
  if (!met) return false;
  stop = Stop::kDebug;
  debug_stop = {DebugStop::Reason::kWatchpoint, *met};
  return true;
}

bool HartCore::load(std::uint64_t address, unsigned size, std::uint64_t& value, Trap& trap) {
  if (is_watched(address, size, Access::kLoad)) return false;
  const unsigned first = in_first_page(address, size);
  Place place;
  if (const auto fault = translate(address, first, Access::kLoad, place)) {
    trap = *fault;
    return false;
  }
  if (first < size) {
    Place rest;
    if (const auto fault = translate(address + first, size - first, Access::kLoad, rest)) {
      trap = *fault;
      return false;
    }
    if (place.host == nullptr || rest.host == nullptr) {
      trap = {Exception::kLoadFault, address};
      return false;
    }
    value = load_from(place.host, first) | load_from(rest.host, size - first) << (8 * first);
    return true;
  }
  if (place.host != nullptr) {
    value = load_from(place.host, size);
    return true;
  }
  ++statistics.device_accesses;
  const HostFloatPause pause;
  const auto read = config.bus->read(GuestPhys{place.physical}, size);
  if (!read) {
    trap = {Exception::kLoadFault, address};
    return false;
  }
  value = *read;
  return true;
}

void HartCore::write(std::byte* host, unsigned size, std::uint64_t value) {
  write_noticed(host, size, [&] { store_to(host, size, value); });
}

bool HartCore::store(std::uint64_t address, unsigned size, std::uint64_t value, Trap& trap) {
  if (is_watched(address, size, Access::kStore)) return false;
  if (tlb.gate.context.load(std::memory_order_relaxed) == StoreGate::kClosed) {
    config.reservations->store_found_closed(tlb.gate);
    if (std::byte* const host = tlb.writable_beyond_gate(address, size)) {
      write(host, size, value);
      return true;
    }
  }
  const unsigned first = in_first_page(address, size);
  Place place;
  if (const auto fault = translate(address, first, Access::kStore, place)) {
    trap = *fault;
    return false;
  }
  if (first < size) {
    Place rest;
    if (const auto fault = translate(address + first, size - first, Access::kStore, rest)) {
      trap = *fault;
      return false;
    }
    if (place.host == nullptr || rest.host == nullptr) {
      trap = {Exception::kStoreFault, address};
      return false;
    }
    write(place.host, first, value);
    write(rest.host, size - first, value >> (8 * first));
    return true;
  }
  if (place.host != nullptr) {
    write(place.host, size, value);
    return true;
  }
  ++statistics.device_accesses;
  const HostFloatPause pause;
  if (!config.bus->write(GuestPhys{place.physical}, size, value)) {
    trap = {Exception::kStoreFault, address};
    return false;
  }
  return true;
}

std::byte* HartCore::atomic_place(std::uint64_t address, unsigned size, Access access, Trap& trap) {
  if (address % size != 0) {
    trap = {access == Access::kLoad ? Exception::kLoadMisaligned : Exception::kStoreMisaligned,
            address};
    return nullptr;
  }
  if (std::byte* const host = access == Access::kLoad ? tlb.readable(address, size)
                                                      : tlb.writable_beyond_gate(address, size)) {
    return host;
  }
  if (is_watched(address, size, access, true)) return nullptr;
  Place place;
  if (const auto fault = translate(address, size, access, place)) {
    trap = *fault;
    return nullptr;
  }
  if (place.host == nullptr) trap = {access_fault(access), address};
  return place.host;
}

std::optional<Reserved> HartCore::unreserve() {
  const std::optional<Reserved> was = std::exchange(reserved, std::nullopt);
  const bool shared = was && was->is_watched() && config.reservations != nullptr;
  if (shared && !config.reservations->drop(tlb.gate)) return std::nullopt;
  return was;
}

bool HartCore::cache_block(std::uint64_t address, bool zero, Trap& trap) {
  const std::uint64_t block = address & ~(kCacheBlock - 1);
  if (zero && is_watched(block, kCacheBlock, Access::kStore)) return false;
  Place place;
  // What only looks after caches is permitted where a load or a store is; it reports as a store.
  if (zero || translate(block, kCacheBlock, Access::kLoad, place)) {
    if (auto fault = translate(block, kCacheBlock, Access::kStore, place)) {
      trap = *fault;
      trap.tval = address;
      return false;
    }
  }
  if (place.host == nullptr) {
    trap = {Exception::kStoreFault, address};
    return false;
  }
  if (zero) {
    write_noticed(place.host, kCacheBlock, [&] { std::memset(place.host, 0, kCacheBlock); });
  }
  return true;
}

}  // namespace doppel::sysvm
