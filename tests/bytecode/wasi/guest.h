// SPDX-License-Identifier: Apache-2.0
// A guest without an engine: memory in a vector, a context over a temporary directory, and calls
// that name paths and buffers as C++ values.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {

inline std::ostream& operator<<(std::ostream& out, Errno error) {
  return out << "errno " << static_cast<unsigned>(error);
}

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  switch (outcome.kind()) {
    case Outcome::Kind::kErrno: return out << outcome.error();
    case Outcome::Kind::kExit: return out << "exit " << outcome.exit_code();
    case Outcome::Kind::kInterrupted: return out << "interrupted";
  }
  return out;
}

/// A directory that is there for one test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "doppel-wasi-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "mkdtemp " << name;
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Writes and reads whole host files.
void write_file(const std::filesystem::path& path, std::string_view text);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Guest memory with a simple allocator, and the context under test.
class Guest {
 public:
  explicit Guest(ContextOptions options) : context_(create(std::move(options))) {}

  [[nodiscard]] Context& context() { return context_; }
  [[nodiscard]] GuestMemory memory() { return {memory_.data(), memory_.size()}; }

  /// The host address of guest memory at `address`.
  [[nodiscard]] std::byte* at(Pointer address) { return memory_.data() + address; }

  /// Room for `size` bytes.
  Pointer allocate(std::size_t size) {
    used_ = (used_ + 7) & ~std::size_t{7};
    const auto address = static_cast<Pointer>(used_);
    used_ += size;
    if (used_ > memory_.size()) throw std::bad_alloc();
    return address;
  }
  /// Forgets all that was allocated.
  void reset() { used_ = kFirst; }

  Pointer put(std::string_view bytes) {
    const Pointer address = allocate(bytes.size());
    std::memcpy(at(address), bytes.data(), bytes.size());
    return address;
  }
  template <class T>
  [[nodiscard]] T get(Pointer address) {
    T value;
    std::memcpy(&value, at(address), sizeof value);
    return value;
  }
  [[nodiscard]] std::string text(Pointer address, std::size_t size) {
    return {reinterpret_cast<const char*>(at(address)), size};
  }

  /// An array of iovecs.
  Pointer iovecs(const std::vector<std::pair<Pointer, Size>>& buffers) {
    const Pointer array = allocate(buffers.size() * 8);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      std::memcpy(at(array) + i * 8, &buffers[i].first, 4);
      std::memcpy(at(array) + i * 8 + 4, &buffers[i].second, 4);
    }
    return array;
  }

  /// Calls `function` with integers; a string becomes the address and the length of a copy.
  template <class Result, class... Parameters, class... Arguments>
  Result call(Result (*function)(Context&, GuestMemory, Parameters...), Arguments&&... arguments) {
    return std::apply(
        [&](auto... flat) {
          static_assert(sizeof...(flat) == sizeof...(Parameters));
          return function(context_, memory(), static_cast<Parameters>(flat)...);
        },
        std::tuple_cat(flatten(std::forward<Arguments>(arguments))...));
  }

  /// Opens `path` beneath descriptor 3, or says why not.
  Attempt<Fd> open(std::string_view path, Flags32 open_flags = 0, Rights base = kReadWrite,
                   Flags32 fd_flags = 0, Flags32 lookup = lookupflags::kSymlinkFollow,
                   Fd directory = 3, Rights inheriting = 0) {
    const Pointer result = allocate(4);
    const Outcome outcome =
        call(path_open, directory, lookup, path, open_flags, base, inheriting, fd_flags, result);
    if (outcome != Errno::kSuccess) return tl::unexpected(outcome);
    return get<Fd>(result);
  }
  /// Opens the directory `path` with all that descriptor 3 hands down.
  Attempt<Fd> open_directory(std::string_view path) {
    return open(path, oflags::kDirectory, rights::kAll & ~kWriting, 0, 0, 3, rights::kAll);
  }

  Outcome write(Fd fd, std::string_view bytes, Size* count = nullptr) {
    const Pointer buffer = put(bytes);
    const Pointer result = allocate(4);
    const Pointer list = iovecs({{buffer, static_cast<Size>(bytes.size())}});
    const Outcome outcome = call(fd_write, fd, list, 1, result);
    if (count != nullptr) *count = get<Size>(result);
    return outcome;
  }
  Attempt<std::string> read(Fd fd, Size size) {
    const Pointer buffer = allocate(size);
    const Pointer result = allocate(4);
    const Outcome outcome = call(fd_read, fd, iovecs({{buffer, size}}), 1, result);
    if (outcome != Errno::kSuccess) return tl::unexpected(outcome);
    return text(buffer, get<Size>(result));
  }

  static constexpr Rights kWriting =
      rights::kFdWrite | rights::kFdAllocate | rights::kFdFilestatSetSize;
  static constexpr Rights kReadWrite =
      kWriting | rights::kFdRead | rights::kFdSeek | rights::kFdTell | rights::kFdFilestatGet |
      rights::kFdFilestatSetTimes | rights::kFdFdstatSetFlags | rights::kFdSync |
      rights::kFdDatasync | rights::kFdAdvise | rights::kPollFdReadwrite;

 private:
  static constexpr std::size_t kFirst = 64;

  static Context create(ContextOptions options) {
    Result<Context> context = Context::create(std::move(options));
    if (!context) throw std::runtime_error(context.error().message);
    return std::move(*context);
  }

  auto flatten(std::string_view text) {
    return std::tuple(put(text), static_cast<Size>(text.size()));
  }
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  auto flatten(T value) {
    return std::tuple(value);
  }

  std::vector<std::byte> memory_ = std::vector<std::byte>(4 << 20);
  std::size_t used_ = kFirst;
  Context context_;
};

/// Tests on a guest whose descriptor 3 is a temporary directory, resolved in either way.
class PreopenTest : public ::testing::TestWithParam<ResolverKind> {
 protected:
  PreopenTest() : guest_(options()) {}

  [[nodiscard]] ContextOptions options() const {
    ContextOptions options;
    options.directories.push_back({root().string(), "/"});
    options.resolver = GetParam();
    return options;
  }
  /// The directory that the guest sees; things that it must not reach can lie beside it.
  [[nodiscard]] std::filesystem::path root() const { return outside_.path() / "root"; }
  [[nodiscard]] const std::filesystem::path& outside() const { return outside_.path(); }

  TemporaryDirectory outside_;
  bool created_ = std::filesystem::create_directory(root());
  Guest guest_;
};

std::string resolver_name(const ::testing::TestParamInfo<ResolverKind>& info);

#define DOPPEL_WASI_BOTH_RESOLVERS(SUITE) \
  INSTANTIATE_TEST_SUITE_P(               \
      , SUITE, ::testing::Values(ResolverKind::kAutomatic, ResolverKind::kWalk), resolver_name)

}  // namespace doppel::bytecode::wasi
