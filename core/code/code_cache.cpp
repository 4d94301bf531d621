// SPDX-License-Identifier: Apache-2.0
// A flat folder, held open. A file is written under a name that only its writer uses, then renamed.
#include "core/code/code_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace doppel {

namespace {

constexpr std::string_view kUnfinished = "unfinished.";  ///< files of writers, dead ones among them
constexpr std::time_t kAbandoned = 3600;                 ///< seconds until such a file is garbage

/// What lies there is executed: it must be this user's, and no other's to write.
bool is_trusted(const struct stat& found) {
  return found.st_uid == ::geteuid() && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<void> write_all(const FileDescriptor& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("cannot write to the code cache", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

std::string CodeCache::usual_folder() {
  if (const char* caches = std::getenv("XDG_CACHE_HOME"); caches != nullptr && *caches == '/')
    return std::string(caches) + "/doppel/code";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/doppel/code" : "";
}

Result<CodeCache> CodeCache::open(const std::string& folder, std::uint64_t most_bytes) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno("cannot make the code cache " + folder, errno);
  FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat found{};
  if (!opened.is_open() || ::fstat(opened.get(), &found) != 0)
    return fail_errno("cannot open the code cache " + folder, errno);
  if (!is_trusted(found))
    return fail(ErrorKind::kSystem, "the code cache " + folder +
                                        ": found a folder that others may write to, expected one "
                                        "of this user alone");
  return CodeCache(std::move(opened), most_bytes);
}

Result<FileDescriptor> CodeCache::open_file(const std::string& key) const {
  FileDescriptor file(
      ::openat(folder_.get(), key.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat found{};
  if (!file.is_open() || ::fstat(file.get(), &found) != 0)
    return fail_errno("cannot open " + key + " in the code cache", errno);
  if (!S_ISREG(found.st_mode) || !is_trusted(found))
    return fail(ErrorKind::kSystem, key +
                                        " in the code cache: found a file of others, expected "
                                        "one of this user alone");
  (void)::futimens(file.get(), nullptr);  // it is in use
  return file;
}

Result<FileDescriptor> CodeCache::lock() const {
  constexpr int kTries = 100;
  FileDescriptor folder(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int tried = 0; ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0; ++tried) {
    if (errno != EWOULDBLOCK || tried == kTries)
      return fail_errno("cannot lock the code cache", errno);
    ::usleep(1000);
  }
  return folder;
}

Result<void> CodeCache::write(const std::string& key, std::span<const std::byte> bytes) const {
  static std::atomic<unsigned> next = 0;
  const std::string own = fmt::format("{}{}.{}", kUnfinished, ::getpid(), next++);
  {
    const FileDescriptor file(::openat(folder_.get(), own.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                                       S_IRUSR | S_IWUSR));
    if (!file.is_open()) return fail_errno("cannot make a file in the code cache", errno);
    if (const auto written = write_all(file, bytes); !written) {
      ::unlinkat(folder_.get(), own.c_str(), 0);
      return written;
    }
  }
  if (::renameat(folder_.get(), own.c_str(), folder_.get(), key.c_str()) != 0) {
    const int error = errno;
    ::unlinkat(folder_.get(), own.c_str(), 0);
    return fail_errno("cannot name a file in the code cache", error);
  }
  if ((*most_held_ += bytes.size()) > most_bytes_) make_room();
  return {};
}

/// Other processes may do the same meanwhile; then more goes than must.
void CodeCache::make_room() const {
  struct File {
    std::time_t used;
    std::uint64_t bytes;
    std::string name;
  };
  // A descriptor of its own, as the folder's has one position for all threads.
  const int listed = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listed < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(listed), &::closedir);
  if (listing == nullptr) return;
  std::vector<File> files;
  std::uint64_t total = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    struct stat found{};
    const std::string name(static_cast<const char*>(entry->d_name));
    if (::fstatat(folder_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(found.st_mode)) continue;
    if (name.starts_with(kUnfinished)) {
      if (::time(nullptr) - found.st_mtime > kAbandoned) ::unlinkat(folder_.get(), name.c_str(), 0);
      continue;
    }
    total += static_cast<std::uint64_t>(found.st_size);
    files.push_back({found.st_mtime, static_cast<std::uint64_t>(found.st_size), name});
  }
  std::ranges::sort(files, {}, &File::used);
  for (const File& file : files) {
    if (total <= most_bytes_) break;
    if (::unlinkat(folder_.get(), file.name.c_str(), 0) == 0) total -= file.bytes;
  }
  *most_held_ = total;
}

}  // namespace doppel
