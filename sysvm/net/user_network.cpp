// SPDX-License-Identifier: Apache-2.0
// libslirp's callbacks, and the words of its options.
#include "sysvm/net/user_network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <string>

#include "sysvm/net/slirp_library.h"

namespace doppel::sysvm {

namespace {

constexpr std::uint32_t kNetwork = 0x0A00'0200;  // 10.0.2.0
constexpr std::uint32_t kMask = 0xFFFF'FF00;
constexpr std::uint32_t kHost = kNetwork + 2;
constexpr std::uint32_t kNameServer = kNetwork + 3;
constexpr std::uint32_t kFirstGuest = kNetwork + 15;

in_addr address_of(std::uint32_t address) { return {htonl(address)}; }

std::int64_t now_nanoseconds() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Takes what stands before `end` off the front of `text`; all of it where there is no `end`.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t place = text.find(end);
  const std::string_view taken = text.substr(0, place);
  text.remove_prefix(place == std::string_view::npos ? text.size() : place + 1);
  return taken;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
  if (text.empty()) return 0;
  in_addr address = {};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

/// "tcp:[ADDRESS]:PORT-[ADDRESS]:PORT"
std::optional<PortForward> parse_forward(std::string_view text) {
  PortForward forward;
  const std::string_view protocol = take_until(text, ':');
  if (protocol != "tcp" && protocol != "udp") return std::nullopt;
  forward.is_udp = protocol == "udp";
  const auto host_address = parse_address(take_until(text, ':'));
  const auto host_port = parse_port(take_until(text, '-'));
  const auto guest_address = parse_address(take_until(text, ':'));
  const auto guest_port = parse_port(text);
  if (!host_address || !host_port || !guest_address || !guest_port) return std::nullopt;
  forward.host_address = *host_address;
  forward.host_port = *host_port;
  forward.guest_address = *guest_address;
  forward.guest_port = *guest_port;
  return forward;
}

}  // namespace

Result<std::vector<PortForward>> parse_user_network(std::string_view text) {
  std::vector<PortForward> forwards;
  std::string_view rest = text;
  if (take_until(rest, ',') != "user")
    return fail(ErrorKind::kUsage, fmt::format("network \"{}\", expected user", text));
  while (!rest.empty()) {
    const std::string_view option = take_until(rest, ',');
    const auto forward =
        option.starts_with("hostfwd=") ? parse_forward(option.substr(8)) : std::nullopt;
    if (!forward) {
      return fail(ErrorKind::kUsage, fmt::format("network option \"{}\", expected "
                                                 "hostfwd=tcp|udp:[ADDRESS]:PORT-[ADDRESS]:PORT",
                                                 option));
    }
    forwards.push_back(*forward);
  }
  return forwards;
}

/// What libslirp knows of us, and we of it. Its timers serve IPv6 alone, which is off, but have to
/// be there.
struct UserNetwork::Stack {
  struct Timer {
    SlirpTimerCb call;
    void* argument;
    std::int64_t due_milliseconds = INT64_MAX;
  };

  HostLoop& loop;
  const SlirpLibrary& library;
  Slirp* slirp = nullptr;
  NetworkDevice* device = nullptr;
  PollSet* filling = nullptr;          ///< during pollfds_fill
  const PollSet* answering = nullptr;  ///< during pollfds_poll
  std::deque<Timer> timers;            // a deque, so that pointers stay

  Stack(HostLoop& the_loop, const SlirpLibrary& the_library)
      : loop(the_loop), library(the_library) {}
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    if (slirp != nullptr) library.cleanup(slirp);
  }

  static Stack& of(void* opaque) { return *static_cast<Stack*>(opaque); }
  static ssize_t send_packet(const void* frame, std::size_t bytes, void* opaque) {
    NetworkDevice* const device = of(opaque).device;
    if (device != nullptr) device->receive({static_cast<const std::byte*>(frame), bytes});
    return static_cast<ssize_t>(bytes);
  }
  static void* new_timer(SlirpTimerCb call, void* argument, void* opaque) {
    return &of(opaque).timers.emplace_back(Timer{call, argument});
  }
  static void free_timer(void* timer, void*) {
    static_cast<Timer*>(timer)->due_milliseconds = INT64_MAX;
  }
  static void set_timer(void* timer, std::int64_t due, void*) {
    static_cast<Timer*>(timer)->due_milliseconds = due;
  }
  static int add_poll(int descriptor, int events, void* opaque) {
    short wanted = 0;
    if ((events & SLIRP_POLL_IN) != 0) wanted |= POLLIN;
    if ((events & SLIRP_POLL_OUT) != 0) wanted |= POLLOUT;
    if ((events & SLIRP_POLL_PRI) != 0) wanted |= POLLPRI;
    return static_cast<int>(of(opaque).filling->add(descriptor, wanted));
  }
  static int polled(int index, void* opaque) {
    const short seen = of(opaque).answering->events(static_cast<std::size_t>(index));
    int events = 0;
    if ((seen & POLLIN) != 0) events |= SLIRP_POLL_IN;
    if ((seen & POLLOUT) != 0) events |= SLIRP_POLL_OUT;
    if ((seen & POLLPRI) != 0) events |= SLIRP_POLL_PRI;
    if ((seen & POLLERR) != 0) events |= SLIRP_POLL_ERR;
    if ((seen & POLLHUP) != 0) events |= SLIRP_POLL_HUP;
    return events;
  }

  static const SlirpCb& callbacks() {
    static const SlirpCb functions = [] {
      SlirpCb made = {};
      made.send_packet = send_packet;
      made.guest_error = [](const char*, void*) {};
      made.clock_get_ns = [](void*) { return now_nanoseconds(); };
      made.timer_new = new_timer;
      made.timer_free = free_timer;
      made.timer_mod = set_timer;
      made.register_poll_fd = [](int, void*) {};
      made.unregister_poll_fd = [](int, void*) {};
      made.notify = [](void* opaque) { of(opaque).loop.wake(); };
      return made;
    }();
    return functions;
  }
};

Result<std::unique_ptr<UserNetwork>> UserNetwork::create(HostLoop& loop,
                                                         const std::vector<PortForward>& forwards) {
  const SlirpLibrary* const library = DOPPEL_TRY(SlirpLibrary::load());
  auto stack = std::make_unique<Stack>(loop, *library);
  SlirpConfig config = {};
  config.version = 1;
  config.in_enabled = true;
  config.vnetwork = address_of(kNetwork);
  config.vnetmask = address_of(kMask);
  config.vhost = address_of(kHost);
  config.vnameserver = address_of(kNameServer);
  config.vdhcp_start = address_of(kFirstGuest);
  stack->slirp = library->create(&config, &Stack::callbacks(), stack.get());
  if (stack->slirp == nullptr) return fail(ErrorKind::kSystem, "libslirp cannot start a network");
  for (const PortForward& forward : forwards) {
    const std::uint32_t guest = forward.guest_address != 0 ? forward.guest_address : kFirstGuest;
    if (library->add_hostfwd(stack->slirp, forward.is_udp ? 1 : 0, address_of(forward.host_address),
                             forward.host_port, address_of(guest), forward.guest_port) != 0) {
      return fail_errno(fmt::format("forward port {} of the host", forward.host_port), errno);
    }
  }
  return std::unique_ptr<UserNetwork>(new UserNetwork(std::move(stack)));
}

UserNetwork::UserNetwork(std::unique_ptr<Stack> stack) : stack_(std::move(stack)) {}
UserNetwork::~UserNetwork() = default;

void UserNetwork::connect(NetworkDevice& device) { stack_->device = &device; }

void UserNetwork::send(std::span<const std::byte> frame) {
  stack_->library.input(stack_->slirp, reinterpret_cast<const std::uint8_t*>(frame.data()),
                        static_cast<int>(frame.size()));
  stack_->loop.wake();  // it may wait for other descriptors now
}

void UserNetwork::before_poll(PollSet& set) {
  std::uint32_t timeout = UINT32_MAX;
  stack_->filling = &set;
  stack_->library.pollfds_fill(stack_->slirp, &timeout, Stack::add_poll, stack_.get());
  stack_->filling = nullptr;
  if (timeout <= INT32_MAX) set.wait_at_most(static_cast<int>(timeout));
}

void UserNetwork::after_poll(const PollSet& set) {
  stack_->answering = &set;
  stack_->library.pollfds_poll(stack_->slirp, 0, Stack::polled, stack_.get());
  stack_->answering = nullptr;
  const std::int64_t now = now_nanoseconds() / 1'000'000;
  for (Stack::Timer& timer : stack_->timers) {
    if (timer.due_milliseconds > now) continue;
    timer.due_milliseconds = INT64_MAX;
    timer.call(timer.argument);
  }
}

}  // namespace doppel::sysvm
