// SPDX-License-Identifier: Apache-2.0
// Random sequences of WASI calls on random guest memory, in a temporary directory with hostile
// links. Whatever a guest calls, nothing crashes, hangs or takes much memory, no descriptor stands
// for a file outside the preopened directory, and what lies outside stays as it was.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMemory = 64 * 1024;
constexpr std::array<std::string_view, 32> kPaths = {
    "a",          "b",          "dir",          "dir/a",     "dir/sub",         "dir/sub/deep",
    ".",          "..",         "../secret",    "/",         "/etc/passwd",     "dir/..",
    "dir/../..",  "up",         "up/secret",    "abs",       "abs/file",        "chain",
    "chain/file", "dir/out",    "dir/out/file", "loop",      "dangling",        "fifo",
    "dir/",       "a/",         "up/",          "./dir/./a", "dir/sub/../../a", "../secret/file",
    "new",        "dir/new/x/y"};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// The bytes that decide; zeros at their end.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint64_t take(std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size && !bytes_.empty(); ++i, bytes_ = bytes_.subspan(1)) {
      value = value << 8 | bytes_.front();
    }
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Stands still until somebody waits, so that no call sleeps.
class VirtualClock final : public Clock {
 public:
  Attempt<Timestamp> now(ClockId) override { return now_; }
  Attempt<Timestamp> resolution(ClockId) override { return 1; }
  Attempt<Timestamp> wait_for(ClockId, Timestamp deadline) override {
    now_ = std::max(now_, deadline);
    return 0;
  }

 private:
  Timestamp now_ = 1;
};

/// The tree that calls play with: `root` is the guest's, `secret` beside it is not.
class Playground {
 public:
  Playground() {
    std::string name = (fs::temp_directory_path() / "doppel-fuzz-wasi-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
    outside_ = name;
    fs::create_directories(outside_ / "secret/dir");
    std::ofstream(outside_ / "secret/file") << "secret";
    for (const char* path : {".", "secret", "secret/dir", "secret/file"}) {
      forbidden_.push_back(identity(::open((outside_ / path).c_str(), O_PATH | O_CLOEXEC)));
    }
    // No file of a guest fills the disk.
    const rlimit limit = {1 << 20, 1 << 20};
    require(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
  }
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;
  ~Playground() { fs::remove_all(outside_); }

  [[nodiscard]] fs::path root() const { return outside_ / "root"; }

  void reset() const {
    fs::remove_all(root());
    fs::create_directories(root() / "dir/sub/deep");
    std::ofstream(root() / "a") << "some text";
    std::ofstream(root() / "dir/a") << "more";
    fs::create_symlink("..", root() / "up");
    fs::create_symlink(outside_ / "secret", root() / "abs");
    fs::create_symlink("up/secret", root() / "chain");
    fs::create_symlink("../../secret", root() / "dir/out");
    fs::create_symlink("loop", root() / "loop");
    fs::create_symlink("../secret/planted", root() / "dangling");
    ::mkfifo((root() / "fifo").c_str(), 0600);
  }

  void check(Context& context) const {
    for (Fd fd = 0; fd < 32; ++fd) {
      const Attempt<Descriptor*> open = context.descriptors().get(fd);
      if (!open) continue;
      const Identity file = identity(::dup((*open)->host.get()));
      for (const Identity& forbidden : forbidden_) {
        require(file != forbidden, "a descriptor stands for a file outside");
      }
    }
    std::string text;
    std::ifstream(outside_ / "secret/file") >> text;
    require(text == "secret", "a file outside has changed");
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(outside_ / "secret")) {
      (void)entry;
      ++count;
    }
    require(count == 2, "a name outside has changed");
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;

  static Identity identity(int fd) {
    const HostFd owned(fd);
    struct stat status{};
    require(::fstat(fd, &status) == 0, "fstat");
    return {status.st_dev, status.st_ino};
  }

  fs::path outside_;
  std::vector<Identity> forbidden_;
};

/// A guest's memory: the paths at its start, then room, some of it random.
class Guest {
 public:
  Guest(Context& context, Choices& choices) : context_(context), choices_(choices) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < kPaths.size(); ++i) {
      places_[i] = static_cast<Pointer>(at);
      std::copy_n(reinterpret_cast<const std::byte*>(kPaths[i].data()), kPaths[i].size(),
                  memory_.begin() + static_cast<std::ptrdiff_t>(at));
      at += kPaths[i].size();
    }
    // Scatter lists and subscriptions that can make sense: small numbers, and addresses of the
    // room.
    const std::uint64_t seed = choices_.take(2) * 2 + 1;
    for (at = kLists; at + 4 <= kMemory / 2; at += 4) {
      memory_[at] = static_cast<std::byte>(at * seed >> 3);
      memory_[at + 1] = static_cast<std::byte>(at % 8 == 0 ? 0x80 : 0);
    }
  }

  template <class Result, class... Parameters>
  void call(Result (*function)(Context&, GuestMemory, Parameters...), std::string_view names) {
    // Braces order the draws.
    const std::tuple<Parameters...> values{draw<Parameters>(names)...};
    const GuestMemory memory(memory_.data(), memory_.size());
    (void)std::apply([&](auto... value) { return function(context_, memory, value...); }, values);
  }

 private:
  static constexpr std::size_t kLists = 4096;

  /// A value for the first parameter in `names`, which is taken off: mostly one that means
  /// something.
  template <class T>
  T draw(std::string_view& names) {
    const std::size_t comma = std::min(names.find(','), names.size());
    const std::string_view parameter = names.substr(0, comma);
    names.remove_prefix(std::min(comma + 2, names.size()));

    const std::uint64_t choice = choices_.take(1);
    if (choice >= 0xf8) return static_cast<T>(choices_.take(sizeof(T)));
    if (parameter.ends_with("path")) {
      path_ = choice % kPaths.size();
      return static_cast<T>(places_[path_]);
    }
    if (parameter.ends_with("path_len")) return static_cast<T>(kPaths[path_].size());
    if (parameter.starts_with("Fd ")) return static_cast<T>(choice % 10);
    if (parameter.starts_with("Pointer ")) return static_cast<T>(kLists + choice * 16);
    if (parameter.starts_with("Rights ")) {
      return static_cast<T>(choice < 0x80 ? rights::kAll & ~std::uint64_t{0x400140} : rights::kAll);
    }
    if (parameter.starts_with("Size ")) return static_cast<T>(choice % 64);
    return static_cast<T>(choice % 8);
  }

  Context& context_;
  Choices& choices_;
  std::vector<std::byte> memory_ = std::vector<std::byte>(kMemory);
  std::array<Pointer, kPaths.size()> places_{};
  std::size_t path_ = 0;
};

void run(std::span<const std::uint8_t> bytes) {
  static const Playground kPlayground;
  kPlayground.reset();
  Choices choices(bytes);

  ContextOptions options;
  options.arguments = {"guest", "argument"};
  options.environment = {{"NAME", "value"}};
  options.directories.push_back({kPlayground.root().string(), "/"});
  options.directories.push_back({(kPlayground.root() / "dir").string(), "/dir"});
  options.max_descriptors = 24;
  options.clock = std::make_unique<VirtualClock>();
  options.interrupted = [] { return true; };
  options.resolver = choices.take(1) % 2 == 0 ? ResolverKind::kAutomatic : ResolverKind::kWalk;
  Result<Context> context = Context::create(std::move(options));
  require(context.has_value(), "the context can be created");

  std::vector<std::function<void(Guest&)>> functions;
  for_each_function([&](std::string_view, auto function, std::string_view parameters) {
    functions.emplace_back([=](Guest& guest) { guest.call(function, parameters); });
  });
  Guest guest(*context, choices);
  for (int calls = 0; calls < 64 && !choices.empty(); ++calls) {
    functions[choices.take(1) % functions.size()](guest);
  }
  kPlayground.check(*context);
}

}  // namespace
}  // namespace doppel::bytecode::wasi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doppel::bytecode::wasi::run({data, size});
  return 0;
}
