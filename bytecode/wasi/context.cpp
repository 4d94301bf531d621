// SPDX-License-Identifier: Apache-2.0
// Construction of a guest's world; everything that can be wrong with it is said here.
#include "bytecode/wasi/context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <set>
#include <string_view>

namespace doppel::bytecode::wasi {
namespace {

constexpr Fd kFirstPreopen = 3;

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// The guest counts these strings, with their NULs, in 32 bits.
Result<void> check_strings(std::string_view what, const std::vector<std::string>& strings) {
  std::uint64_t size = 0;
  for (const std::string& text : strings) {
    if (has_nul(text)) {
      return fail(ErrorKind::kUsage, fmt::format("{} contains a NUL byte: {}", what, text.c_str()));
    }
    size += text.size() + 1;
  }
  if (size > std::numeric_limits<Size>::max()) {
    return fail(ErrorKind::kLimit,
                fmt::format("{}s take {} bytes, more than a guest can address", what, size));
  }
  return {};
}

Result<Descriptor> describe_as(const std::string& what, HostFd host) {
  if (auto descriptor = describe(std::move(host))) return std::move(*descriptor);
  return fail_errno(what, errno);
}

}  // namespace

Context::Context(ContextOptions& options)
    : arguments_(std::move(options.arguments)),
      descriptors_(options.max_descriptors),
      clock_(options.clock ? std::move(options.clock) : host_clock()),
      random_(options.random ? std::move(options.random) : host_random()),
      interrupted_(std::move(options.interrupted)),
      resolver_(options.resolver) {}

Result<Context> Context::create(ContextOptions options) {
  Context context(options);
  DOPPEL_TRY(context.add_environment(options));
  DOPPEL_TRY(context.add_standard_streams(options));
  DOPPEL_TRY(context.add_directories(options));
  DOPPEL_TRY(context.add_sockets(options));
  return context;
}

Result<void> Context::add_environment(const ContextOptions& options) {
  DOPPEL_TRY(check_strings("argument", arguments_));
  for (const auto& [name, value] : options.environment) {
    if (name.empty() || name.find('=') != std::string::npos) {
      return fail(ErrorKind::kUsage,
                  fmt::format("'{}' is not the name of an environment variable", name));
    }
    environment_.push_back(fmt::format("{}={}", name, value));
  }
  return check_strings("environment variable", environment_);
}

Result<void> Context::add_standard_streams(const ContextOptions& options) {
  // Reading is for standard input, writing for the other two, whatever the host's terminal allows.
  constexpr std::array<Rights, 3> kWithheld = {rights::kFdWrite, rights::kFdRead, rights::kFdRead};
  for (Fd fd = 0; fd < kFirstPreopen; ++fd) {
    const int stream = options.standard_streams[fd];
    HostFd host(stream < 0 ? -1 : ::fcntl(stream, F_DUPFD_CLOEXEC, 0));
    if (!host) {
      if (stream < 0 || errno == EBADF) continue;
      return fail_errno(fmt::format("standard stream {}", fd), errno);
    }
    Descriptor descriptor =
        DOPPEL_TRY(describe_as(fmt::format("standard stream {}", fd), std::move(host)));
    descriptor.rights.base &= ~kWithheld[fd];
    descriptors_.insert(std::move(descriptor), fd);
  }
  return {};
}

Result<void> Context::add_directories(const ContextOptions& options) {
  std::set<std::string_view> names;
  for (const Preopen& preopen : options.directories) {
    const std::string& name = preopen.guest_name;
    if (name.empty()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("directory '{}' has an empty guest name", preopen.host_path));
    }
    if (has_nul(name) || has_nul(preopen.host_path)) {
      return fail(ErrorKind::kUsage, fmt::format("directory '{}': a name contains a NUL byte",
                                                 preopen.host_path.c_str()));
    }
    if (!names.insert(name).second) {
      return fail(ErrorKind::kUsage, fmt::format("two directories have the guest name '{}'", name));
    }
    const std::string what = fmt::format("directory '{}'", preopen.host_path);
    HostFd host(::open(preopen.host_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!host) return fail_errno(what, errno);
    Descriptor descriptor = DOPPEL_TRY(describe_as(what, std::move(host)));
    descriptor.preopen_name = name;
    descriptors_.insert(std::move(descriptor), kFirstPreopen);
  }
  return {};
}

Result<void> Context::add_sockets(ContextOptions& options) {
  for (HostFd& socket : options.sockets) {
    Descriptor descriptor = DOPPEL_TRY(describe_as("preopened socket", std::move(socket)));
    if (descriptor.type != Filetype::kSocketStream && descriptor.type != Filetype::kSocketDgram) {
      return fail(ErrorKind::kUsage, "a preopened socket is not a socket");
    }
    descriptors_.insert(std::move(descriptor), kFirstPreopen);
  }
  return {};
}

void Context::share() {
  monitor_ = std::make_unique<Monitor>();
  descriptors_.share(*monitor_);
}

}  // namespace doppel::bytecode::wasi
