// SPDX-License-Identifier: Apache-2.0
// Attacks: a guest, and another process that helps it, try to leave the preopened directory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

namespace fs = std::filesystem;

/// `root` is the guest's; `secret` beside it is not, and must neither be read nor changed.
class WasiSandbox : public PreopenTest {
 protected:
  WasiSandbox() {
    fs::create_directories(outside() / "secret/dir");
    write_file(outside() / "secret/file", kSecret);
    fs::create_directories(root() / "dir/deep");
    write_file(root() / "dir/file", "mine");
  }
  ~WasiSandbox() override {
    EXPECT_EQ(read_file(outside() / "secret/file"), kSecret);
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(outside() / "secret")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"dir", "file"}));
  }

  /// All operations there are on `path`; each must answer `expected`.
  void expect_all(std::string_view path, Outcome expected) {
    SCOPED_TRACE(path);
    const Pointer result = guest_.allocate(128);
    const std::string below = std::string(path) + "/new";
    EXPECT_EQ(open_outcome(path, 0), expected);
    EXPECT_EQ(open_outcome(below, oflags::kCreat), expected);
    EXPECT_EQ(guest_.call(path_filestat_get, 3, 1, path, result), expected);
    EXPECT_EQ(guest_.call(path_filestat_get, 3, 0, below, result), expected);
    EXPECT_EQ(guest_.call(path_filestat_set_times, 3, 1, path, 0, 0, 0), expected);
    EXPECT_EQ(guest_.call(path_create_directory, 3, below), expected);
    EXPECT_EQ(guest_.call(path_remove_directory, 3, below), expected);
    EXPECT_EQ(guest_.call(path_unlink_file, 3, below), expected);
    EXPECT_EQ(guest_.call(path_rename, 3, "dir/file", 3, below), expected);
    EXPECT_EQ(guest_.call(path_rename, 3, below, 3, "stolen"), expected);
    EXPECT_EQ(guest_.call(path_link, 3, 0, "dir/file", 3, below), expected);
    EXPECT_EQ(guest_.call(path_link, 3, 1, path, 3, "stolen"), expected);
    EXPECT_EQ(guest_.call(path_link, 3, 0, below, 3, "stolen"), expected);
    EXPECT_EQ(guest_.call(path_symlink, "x", 3, below), expected);
    EXPECT_EQ(guest_.call(path_readlink, 3, below, result, 64, result), expected);
    guest_.reset();
  }

  Outcome open_outcome(std::string_view path, Flags32 open_flags) {
    const Attempt<Fd> fd = guest_.open(path, open_flags, rights::kFdRead);
    return fd ? Outcome(Errno::kSuccess) : fd.error();
  }

  static constexpr std::string_view kSecret = "the secret";
};
DOPPEL_WASI_BOTH_RESOLVERS(WasiSandbox);

TEST_P(WasiSandbox, DotDotLeadsNowhere) {
  for (const char* path :
       {"..", "../", "../secret", "dir/../..", "dir/../../secret", "./../secret",
        "dir/deep/../../../secret", "dir//..//..//secret", "../root", "../root/dir"}) {
    expect_all(path, Errno::kNotcapable);
  }
  for (const char* path : {"..", "dir/../.."}) {
    EXPECT_EQ(guest_.call(path_remove_directory, 3, path), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_unlink_file, 3, path), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_create_directory, 3, path), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_rename, 3, path, 3, "x"), Errno::kNotcapable) << path;
  }
}

TEST_P(WasiSandbox, DotDotOfADirectoryDescriptorIsItsEnd) {
  const Fd dir = *guest_.open_directory("dir");
  const Pointer result = guest_.allocate(64);
  EXPECT_EQ(guest_.call(path_filestat_get, dir, 0, "file", result), Errno::kSuccess);
  EXPECT_EQ(guest_.call(path_filestat_get, dir, 0, "../dir/file", result), Errno::kNotcapable);
}

TEST_P(WasiSandbox, AbsoluteNamesLeadNowhere) {
  expect_all("/", Errno::kNotcapable);
  expect_all("//", Errno::kNotcapable);
  expect_all("/etc", Errno::kNotcapable);
  expect_all((outside() / "secret").string(), Errno::kNotcapable);
  expect_all(root().string(), Errno::kNotcapable);
}

TEST_P(WasiSandbox, LinksOfOthersLeadNowhere) {
  fs::create_symlink(outside() / "secret", root() / "absolute");
  fs::create_symlink("../secret", root() / "relative");
  fs::create_symlink("dir/../../secret", root() / "winding");
  fs::create_symlink("relative", root() / "chained");
  fs::create_symlink("../../secret", root() / "dir/up");
  fs::create_symlink("/", root() / "slash");
  fs::create_symlink("..", root() / "parent");
  for (const char* path : {"absolute", "relative", "winding", "chained", "dir/up", "slash",
                           "parent", "parent/secret", "dir/../relative"}) {
    expect_all(path, Errno::kNotcapable);
  }
}

TEST_P(WasiSandbox, LinksOfItsOwnLeadNowhere) {
  ASSERT_EQ(guest_.call(path_symlink, "../secret", 3, "own"), Errno::kSuccess)
      << "a link may say what it likes";
  expect_all("own", Errno::kNotcapable);
  // A link that is harmless where it was made, moved to where it is not.
  ASSERT_EQ(guest_.call(path_symlink, "../../secret", 3, "dir/deep/moves"), Errno::kSuccess);
  ASSERT_EQ(guest_.call(path_rename, 3, "dir/deep/moves", 3, "dir/moves"), Errno::kSuccess);
  expect_all("dir/moves", Errno::kNotcapable);
}

TEST_P(WasiSandbox, CreationThroughLinksStaysInside) {
  fs::create_symlink("../secret/planted", root() / "dangling");
  fs::create_symlink(outside() / "secret/planted", root() / "dangling_absolute");
  EXPECT_EQ(guest_.open("dangling", oflags::kCreat).error(), Outcome(Errno::kNotcapable));
  EXPECT_EQ(guest_.open("dangling_absolute", oflags::kCreat).error(), Outcome(Errno::kNotcapable));
  EXPECT_EQ(guest_.call(path_create_directory, 3, "dangling"), Errno::kExist);
  EXPECT_EQ(guest_.call(path_create_directory, 3, "dangling/"), Errno::kExist);
  EXPECT_EQ(guest_.call(path_symlink, "x", 3, "dangling"), Errno::kExist);
  // Renaming and unlinking act on the link.
  EXPECT_EQ(guest_.call(path_rename, 3, "dir/file", 3, "dangling"), Errno::kSuccess);
  EXPECT_EQ(guest_.call(path_unlink_file, 3, "dangling_absolute"), Errno::kSuccess);
}

TEST_P(WasiSandbox, HardLinksOfLinksAreLinks) {
  fs::create_symlink("../secret/file", root() / "soft");
  EXPECT_EQ(guest_.call(path_link, 3, 1, "soft", 3, "stolen"), Errno::kNotcapable);
  ASSERT_EQ(guest_.call(path_link, 3, 0, "soft", 3, "stolen"), Errno::kSuccess);
  EXPECT_TRUE(fs::is_symlink(root() / "stolen"));
  EXPECT_EQ(guest_.open("stolen", 0, rights::kFdRead).error(), Outcome(Errno::kNotcapable));
}

TEST_P(WasiSandbox, TrailingSlashesFollowNothingOutside) {
  fs::create_symlink("../secret", root() / "link");
  const Pointer result = guest_.allocate(64);
  for (const char* path : {"link/", "link//", "link/."}) {
    EXPECT_EQ(guest_.call(path_filestat_get, 3, 0, path, result), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_readlink, 3, path, result, 64, result), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_link, 3, 0, path, 3, "stolen"), Errno::kNotcapable) << path;
    EXPECT_EQ(guest_.call(path_filestat_set_times, 3, 0, path, 0, 0, 0), Errno::kNotcapable)
        << path;
  }
  EXPECT_EQ(guest_.call(path_remove_directory, 3, "link/"), Errno::kNotdir);
  EXPECT_EQ(guest_.call(path_unlink_file, 3, "link/"), Errno::kNotdir);
}

TEST_P(WasiSandbox, MagicLinksOfProcAreNotFollowed) {
  ContextOptions options;
  options.directories.push_back({"/proc/self", "/"});
  options.resolver = GetParam();
  Guest guest(std::move(options));
  const HostFd held(::open((outside() / "secret/file").c_str(), O_RDONLY | O_CLOEXEC));
  const std::string magic = "fd/" + std::to_string(held.get());
  for (const std::string& path : {std::string("root/etc/passwd"), std::string("cwd/."),
                                  std::string("root"), std::string("exe"), magic}) {
    const Attempt<Fd> fd = guest.open(path, 0, rights::kFdRead);
    ASSERT_FALSE(fd) << path;
    EXPECT_TRUE(fd.error() == Errno::kNotcapable || fd.error() == Errno::kLoop)
        << path << ": " << fd.error();
  }
  const Pointer result = guest.allocate(64);
  EXPECT_NE(guest.call(path_filestat_get, 3, 1, magic, result), Errno::kSuccess);
  EXPECT_EQ(guest.call(path_filestat_get, 3, 0, magic, result), Errno::kSuccess);
  EXPECT_EQ(guest.get<Filetype>(result + 16), Filetype::kSymbolicLink);
}

TEST_P(WasiSandbox, FifosAndSocketsDoNotHang) {
  ASSERT_EQ(::mkfifo((root() / "fifo").c_str(), 0600), 0);
  const Fd reader = *guest_.open("fifo", 0, rights::kFdRead, fdflags::kNonblock);
  EXPECT_EQ(guest_.read(reader, 4).error(), Outcome(Errno::kAgain)) << "a writer may come yet";
  {
    const HostFd writer(::open((root() / "fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_EQ(::write(writer.get(), "abc", 3), 3);
    EXPECT_EQ(*guest_.read(reader, 4), "abc");
  }
  EXPECT_EQ(*guest_.read(reader, 4), "") << "the writer has gone";
  EXPECT_TRUE(guest_.open("fifo", 0, rights::kFdWrite)) << "a reader is there";
  EXPECT_EQ(guest_.call(fd_close, reader), Errno::kSuccess);
  EXPECT_EQ(guest_.open("fifo", 0, rights::kFdWrite).error(), Outcome(Errno::kNxio));
}

/// Swaps `dir` in the guest's tree between a directory and a link to the secret, as fast as it can.
class Swapper {
 public:
  Swapper(const fs::path& root, const fs::path& target) {
    fs::create_directory(root / "swap_dir");
    write_file(root / "swap_dir/file", "mine");
    fs::create_directory_symlink(target, root / "swap");
    thread_ = std::thread([this, root] {
      const std::string dir = root / "swap_dir";
      const std::string name = root / "swap";
      while (!stop_) {
        if (::renameat2(AT_FDCWD, dir.c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) == 0) {
          ++swaps_;
        }
      }
    });
  }
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  ~Swapper() {
    stop_ = true;
    thread_.join();
    EXPECT_GT(swaps_, 100) << "nothing was raced";
  }

 private:
  std::atomic<bool> stop_ = false;
  int swaps_ = 0;
  std::thread thread_;
};

TEST_P(WasiSandbox, RacesWithLinksAreLost) {
  const Swapper swapper(root(), outside() / "secret");
  int mine = 0;
  int refused = 0;
  const Pointer result = guest_.allocate(64);
  for (int i = 0; i < 2'000 || ((mine == 0 || refused == 0) && i < 200'000); ++i) {
    guest_.reset();
    // Reading through the name.
    if (const Attempt<Fd> fd = guest_.open("swap/file", 0, rights::kFdRead)) {
      ASSERT_EQ(*guest_.read(*fd, 16), "mine");
      ASSERT_EQ(guest_.call(fd_close, *fd), Errno::kSuccess);
      ++mine;
    } else {
      ++refused;
    }
    // Changing things through the name: the destructor of the suite looks for traces.
    (void)guest_.call(path_unlink_file, 3, "swap/dir/../file2");
    if (const Attempt<Fd> fd = guest_.open("swap/new", oflags::kCreat)) {
      (void)guest_.call(fd_close, *fd);
    }
    (void)guest_.call(path_create_directory, 3, "swap/made");
    (void)guest_.call(path_rename, 3, "swap/new", 3, "swap/renamed");
    (void)guest_.call(path_remove_directory, 3, "swap/made");
    (void)guest_.call(path_unlink_file, 3, "swap/renamed");
    (void)guest_.call(path_filestat_get, 3, 1, "swap/file", result);
    // What is opened as the last component and with a slash.
    if (const Attempt<Fd> fd = guest_.open("swap/", oflags::kDirectory, rights::kFdReaddir)) {
      (void)guest_.call(fd_close, *fd);
    }
  }
  EXPECT_GT(mine, 0);
  EXPECT_GT(refused, 0);
}

TEST_P(WasiSandbox, RacesWithMovedDirectoriesAreLost) {
  // While `dir/deep` is resolved, others move `deep` out beside the root and back: a `..` taken in
  // the wrong moment would be the host's directory.
  std::atomic<bool> stop = false;
  std::thread mover([&] {
    const std::string in = root() / "dir/deep";
    const std::string out = outside() / "deep";
    while (!stop) {
      (void)::rename(in.c_str(), out.c_str());
      (void)::rename(out.c_str(), in.c_str());
    }
  });
  const Pointer result = guest_.allocate(64);
  for (int i = 0; i < 3'000; ++i) {
    guest_.reset();
    ASSERT_NE(guest_.call(path_filestat_get, 3, 1, "dir/deep/../secret/file", result),
              Errno::kSuccess);
    ASSERT_NE(guest_.call(path_filestat_get, 3, 1, "dir/deep/../secret", result), Errno::kSuccess);
  }
  stop = true;
  mover.join();
}

}  // namespace
}  // namespace doppel::bytecode::wasi
