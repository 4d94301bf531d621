// SPDX-License-Identifier: Apache-2.0
// A network of the guest's own behind address translation, by libslirp: the guest is 10.0.2.15, the
// host 10.0.2.2, the name server 10.0.2.3. It needs no privileges.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sysvm/net/link.h"
#include "sysvm/platform/host_loop.h"

namespace doppel::sysvm {

/// A port of the host whose connections go to the guest. Addresses are in host byte order.
struct PortForward {
  bool is_udp = false;
  std::uint32_t host_address = 0;  ///< 0: all of the host's
  std::uint16_t host_port = 0;
  std::uint32_t guest_address = 0;  ///< 0: the guest's first
  std::uint16_t guest_port = 0;

  friend bool operator==(const PortForward&, const PortForward&) = default;
};

/// Understands "user" with its options, as QEMU writes them:
/// "user,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=…". Errors: kUsage.
Result<std::vector<PortForward>> parse_user_network(std::string_view text);

/// See the file comment.
class UserNetwork final : public NetworkHost, public HostSource {
 public:
  /// `loop` outlives the network. Errors: kUnsupported where libslirp is not installed, kSystem for
  /// a port that cannot be had.
  static Result<std::unique_ptr<UserNetwork>> create(HostLoop& loop,
                                                     const std::vector<PortForward>& forwards);
  ~UserNetwork() override;

  /// Where frames for the guest go; before the machine runs.
  void connect(NetworkDevice& device);

  void send(std::span<const std::byte> frame) override;
  void before_poll(PollSet& set) override;
  void after_poll(const PollSet& set) override;

 private:
  struct Stack;
  explicit UserNetwork(std::unique_ptr<Stack> stack);

  std::unique_ptr<Stack> stack_;
};

}  // namespace doppel::sysvm
