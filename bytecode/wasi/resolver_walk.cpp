// SPDX-License-Identifier: Apache-2.0
// Resolution beneath a directory without the kernel's help: one component at a time, each opened
// without following links, links followed by expanding their text. The directories passed are kept
// open, and `..` goes back to the one we came from, never to wherever the host has moved it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <utility>
#include <vector>

#include "bytecode/wasi/resolver.h"
#include "core/result.h"

namespace doppel::bytecode::wasi::detail {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's own limit
constexpr int kMaxRaces = 64;  // how often a component may change under our hands
constexpr int kMaxExpanded = 4 * PATH_MAX;

class Walk {
 public:
  Walk(int root, std::string_view path, OpenHow how) : root_(root), rest_(path), how_(how) {}

  Attempt<HostFd> run() {
    if (rest_.front() == '/') return failed(Errno::kNotcapable);
    for (;;) {
      const std::string name = next_component();
      if (name.empty()) return open_here();
      if (name == ".") continue;
      if (name == "..") {
        if (passed_.empty()) return failed(Errno::kNotcapable);
        passed_.pop_back();
        continue;
      }
      if (!at_last_component()) {
        DOPPEL_TRY(enter(name));
        continue;
      }
      Attempt<HostFd> opened = open_last(name);
      if (opened && !*opened) continue;  // it was a link, now expanded
      return opened;
    }
  }

 private:
  [[nodiscard]] int here() const { return passed_.empty() ? root_ : passed_.back().get(); }

  /// Takes the next component off the rest; empty at the end. Notes a slash after it.
  std::string next_component() {
    rest_.erase(0, rest_.find_first_not_of('/'));
    std::string name = rest_.substr(0, rest_.find('/'));
    rest_.erase(0, name.size());
    return name;
  }

  [[nodiscard]] bool at_last_component() const {
    return rest_.find_first_not_of('/') == std::string::npos;
  }

  /// The path ended in `.`, `..` or a directory already entered.
  Attempt<HostFd> open_here() {
    if ((how_.flags & O_CREAT) != 0) {
      return failed((how_.flags & O_EXCL) != 0 ? Errno::kExist : Errno::kIsdir);
    }
    return open_at(".", how_.flags);
  }

  Attempt<HostFd> open_at(const std::string& name, int flags) const {
    for (;;) {
      HostFd opened(::openat(here(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, how_.mode));
      if (opened) return opened;
      if (errno != EINTR) return host_failed();
    }
  }

  /// Goes into directory `name`, or expands it where it is a link.
  Attempt<void> enter(const std::string& name) {
    HostFd next = DOPPEL_TRY(open_at(name, O_PATH));
    struct stat status{};
    if (::fstat(next.get(), &status) != 0) return host_failed();
    if (S_ISLNK(status.st_mode)) return expand(next);
    if (!S_ISDIR(status.st_mode)) return failed(Errno::kNotdir);
    passed_.push_back(std::move(next));
    return {};
  }

  /// Puts the text of `link` before the rest of the path.
  Attempt<void> expand(const HostFd& link) {
    if (++links_ > kMaxLinks) return failed(Errno::kLoop);
    std::array<char, PATH_MAX> text;
    const ssize_t length = ::readlinkat(link.get(), "", text.data(), text.size());
    if (length < 0) return host_failed();
    const std::string_view target(text.data(), static_cast<std::size_t>(length));
    if (target.empty()) return failed(Errno::kNoent);
    if (target.front() == '/') return failed(Errno::kNotcapable);
    if (rest_.size() + target.size() > kMaxExpanded) return failed(Errno::kNametoolong);
    rest_.insert(0, target);
    return {};
  }

  /// Opens the last component as asked. An invalid HostFd says that it was a link to be followed.
  Attempt<HostFd> open_last(const std::string& name) {
    const bool slash_follows = !rest_.empty();
    const bool follow = how_.follow || slash_follows;
    if (slash_follows && (how_.flags & O_CREAT) != 0) return failed(Errno::kIsdir);
    const int flags = how_.flags | (slash_follows ? O_DIRECTORY : 0);
    if (!follow) return open_at(name, flags);

    // Only the kernel can tell atomically whether the name is a link: try, look, try again.
    for (int race = 0; race < kMaxRaces; ++race) {
      if ((flags & O_CREAT) == 0 || (flags & O_EXCL) == 0) {
        Attempt<HostFd> seen = open_at(name, O_PATH);
        struct stat status{};
        if (seen && ::fstat(seen->get(), &status) != 0) return host_failed();
        if (seen && S_ISLNK(status.st_mode)) {
          DOPPEL_TRY(expand(*seen));
          return HostFd();
        }
        if (!seen && (flags & O_CREAT) == 0) return seen;
      }
      Attempt<HostFd> opened = open_at(name, flags);
      if (!opened && (flags & O_EXCL) == 0 && opened.error() == Outcome(Errno::kLoop)) continue;
      if (opened && (flags & O_PATH) != 0) {
        // O_PATH opens a link itself, should one have come in between.
        struct stat status{};
        if (::fstat(opened->get(), &status) != 0) return host_failed();
        if (S_ISLNK(status.st_mode)) continue;
      }
      return opened;
    }
    return failed(Errno::kAgain);
  }

  int root_;
  std::string rest_;
  OpenHow how_;
  std::vector<HostFd> passed_;
  int links_ = 0;
};

}  // namespace

Attempt<HostFd> open_by_walk(int directory, std::string_view path, OpenHow how) {
  return Walk(directory, path, how).run();
}

}  // namespace doppel::bytecode::wasi::detail
