// SPDX-License-Identifier: Apache-2.0
// The extensions, by chapters of the specification.
#include "sysvm/machine/sbi.h"

#include <thread>

namespace doppel::sysvm {

namespace {

// Extension numbers are names, read as numbers.
constexpr std::uint64_t kBase = 0x10;
constexpr std::uint64_t kTimer = 0x5449'4D45;         // "TIME"
constexpr std::uint64_t kInterProcessor = 0x73'5049;  // "sPI"
constexpr std::uint64_t kRemoteFence = 0x5246'4E43;   // "RFNC"
constexpr std::uint64_t kHartState = 0x48'534D;       // "HSM"
constexpr std::uint64_t kSystemReset = 0x5352'5354;   // "SRST"
constexpr std::uint64_t kDebugConsole = 0x4442'434E;  // "DBCN"

constexpr std::int64_t kNotSupported = -2;
constexpr std::int64_t kInvalidParameter = -3;
constexpr std::int64_t kInvalidAddress = -5;
constexpr std::int64_t kAlreadyAvailable = -6;

constexpr std::uint64_t kSpecificationVersion = 2U << 24;  // 2.0
constexpr std::uint64_t kImplementation = 0x646F'7070;     // "dopp", not registered
constexpr std::uint64_t kAllHarts = UINT64_MAX;

constexpr std::uint16_t kStimecmp = 0x14D;

bool is_known(std::uint64_t extension) {
  switch (extension) {
    case kBase:
    case kTimer:
    case kInterProcessor:
    case kRemoteFence:
    case kHartState:
    case kSystemReset:
    case kDebugConsole: return true;
    default: return false;
  }
}

}  // namespace

void Sbi::serve(Hart& caller) {
  Call call{caller.x(17), caller.x(16), {}};
  for (unsigned i = 0; i < 5; ++i) call.a[i] = caller.x(10 + i);
  const Answer answer = dispatch(caller, call);
  // A hart that stopped itself may have been started anew, by now.
  if (call.extension == kHartState && call.function == 1) return;
  caller.set_x(10, static_cast<std::uint64_t>(answer.error));
  caller.set_x(11, answer.value);
}

Sbi::Answer Sbi::dispatch(Hart& caller, const Call& call) {
  switch (call.extension) {
    case kBase: return serve_base(call);
    case kTimer:
      if (call.function != 0) return {kNotSupported};
      caller.set_csr(kStimecmp, call.a[0]);
      return {};
    case kInterProcessor:
      if (call.function != 0) return {kNotSupported};
      return for_each_hart(call.a[0], call.a[1], [](Hart& hart) {
        hart.pins().raise(interrupt_bit::kSupervisorSoftware);
      });
    case kRemoteFence: return serve_fence(caller, call);
    case kHartState: return serve_hart_state(caller, call);
    case kSystemReset: return serve_reset(call);
    case kDebugConsole: return serve_console(call);
    default: return {kNotSupported};
  }
}

Sbi::Answer Sbi::serve_base(const Call& call) const {
  switch (call.function) {
    case 0: return {0, kSpecificationVersion};
    case 1: return {0, kImplementation};
    case 2: return {0, 1};  // this implementation's version
    case 3: return {0, is_known(call.a[0]) ? 1U : 0U};
    case 4:
    case 5:
    case 6: return {0, 0};  // mvendorid, marchid, mimpid
    default: return {kNotSupported};
  }
}

/// All harts that are named are asked first, then waited for. One that is not running by then
/// fences before it runs again.
Sbi::Answer Sbi::serve_fence(Hart& caller, const Call& call) {
  if (call.function > 2) return {kNotSupported};
  const unsigned request = call.function == 0 ? Hart::kFetchFence : Hart::kTranslationFence;
  const Answer answer =
      for_each_hart(call.a[0], call.a[1], [request](Hart& hart) { hart.request(request); });
  if (answer.error != 0) return answer;
  return for_each_hart(call.a[0], call.a[1], [&caller](Hart& hart) {
    while (&hart != &caller && !hart.has_served_requests()) std::this_thread::yield();
  });
}

Sbi::Answer Sbi::serve_hart_state(Hart& caller, const Call& call) {
  enum Function : std::uint64_t { kStart, kStop, kStatus, kSuspend };
  enum State : std::uint64_t { kStarted, kStopped };
  switch (call.function) {
    case kStart: return start_hart(call);
    case kStop: caller.stop(); return {};
    case kStatus:
      if (call.a[0] >= env_.harts.size()) return {kInvalidParameter};
      return {0, env_.harts[call.a[0]]->is_stopped() ? kStopped : kStarted};
    case kSuspend:
      // A retentive suspension may end at any time, and so does ours.
      return {call.a[0] == 0 ? 0 : kNotSupported};
    default: return {kNotSupported};
  }
}

Sbi::Answer Sbi::start_hart(const Call& call) {
  if (call.a[0] >= env_.harts.size()) return {kInvalidParameter};
  const GuestPhys address(call.a[1]);
  if (call.a[1] % 2 != 0 || env_.bus.ram(address, 2) == nullptr) return {kInvalidAddress};
  Hart& hart = *env_.harts[call.a[0]];
  const auto lock = env_.bus.lock();  // two harts may start the same one
  if (!hart.is_stopped()) return {kAlreadyAvailable};
  hart.start_supervisor(address, call.a[0], call.a[2]);
  env_.wake(hart);
  return {};
}

Sbi::Answer Sbi::serve_reset(const Call& call) {
  enum Type : std::uint64_t { kShutdown, kColdReboot, kWarmReboot };
  constexpr std::uint64_t kFailure = 1;  // the reason of a system that failed
  if (call.function != 0) return {kNotSupported};
  const std::uint64_t type = call.a[0] & 0xFFFF'FFFF;
  const std::uint64_t reason = call.a[1] & 0xFFFF'FFFF;
  if (type > kWarmReboot || reason > kFailure) return {kInvalidParameter};
  const auto lock = env_.bus.lock();
  if (type == kShutdown) {
    env_.power.power_off(reason == kFailure ? 1 : 0);
  } else {
    env_.power.reboot();
  }
  return {};
}

Sbi::Answer Sbi::serve_console(const Call& call) {
  enum Function : std::uint64_t { kWrite, kRead, kWriteByte };
  if (call.function == kWriteByte) {
    const auto byte = static_cast<std::uint8_t>(call.a[0]);
    const auto lock = env_.bus.lock();
    env_.console.output({&byte, 1});
    return {};
  }
  if (call.function > kWriteByte) return {kNotSupported};
  std::byte* const memory = env_.bus.ram(GuestPhys(call.a[1]), call.a[0]);
  if (memory == nullptr || call.a[2] != 0) return {kInvalidParameter};
  const std::span bytes(reinterpret_cast<std::uint8_t*>(memory), call.a[0]);
  const std::uint64_t taken = call.function == kRead ? read_console(bytes) : bytes.size();
  const auto lock = env_.bus.lock();
  if (call.function == kRead) {
    env_.bus.ram_written(GuestPhys(call.a[1]), taken);
  } else {
    env_.console.output(bytes);
  }
  return {0, taken};
}

/// Input is the serial port's: it is taken from its registers, as firmware would.
std::uint64_t Sbi::read_console(std::span<std::uint8_t> to) {
  constexpr GuestPhys kLineStatus = kUartRegion.base + 5;
  constexpr std::uint64_t kDataReady = 1;
  std::size_t taken = 0;
  while (taken < to.size() && (env_.bus.read(kLineStatus, 1).value_or(0) & kDataReady) != 0)
    to[taken++] = static_cast<std::uint8_t>(env_.bus.read(kUartRegion.base, 1).value_or(0));
  return taken;
}

Sbi::Answer Sbi::for_each_hart(std::uint64_t mask, std::uint64_t base,
                               const std::function<void(Hart&)>& visit) {
  if (base == kAllHarts) {
    for (Hart* hart : env_.harts) visit(*hart);
    return {};
  }
  const auto exists = [&](unsigned bit) {
    return base < env_.harts.size() && bit < env_.harts.size() - base;
  };
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((mask >> bit & 1) != 0 && !exists(bit)) return {kInvalidParameter};
  }
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((mask >> bit & 1) != 0) visit(*env_.harts[base + bit]);
  }
  return {};
}

}  // namespace doppel::sysvm
