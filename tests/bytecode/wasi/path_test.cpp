// SPDX-License-Identifier: Apache-2.0
// The path_* functions inside a preopened directory, on both resolvers: POSIX behaviour, special
// names, trailing slashes, and rights.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

namespace fs = std::filesystem;

class WasiPath : public PreopenTest {
 protected:
  Outcome make_directory(std::string_view path) {
    return guest_.call(path_create_directory, 3, path);
  }
  Outcome remove_directory(std::string_view path) {
    return guest_.call(path_remove_directory, 3, path);
  }
  Outcome unlink(std::string_view path) { return guest_.call(path_unlink_file, 3, path); }
  Outcome rename(std::string_view from, std::string_view to) {
    return guest_.call(path_rename, 3, from, 3, to);
  }
  Outcome symlink(std::string_view target, std::string_view path) {
    return guest_.call(path_symlink, target, 3, path);
  }
  Outcome link(std::string_view from, std::string_view to, Flags32 flags = 0) {
    return guest_.call(path_link, 3, flags, from, 3, to);
  }
  Outcome stat(std::string_view path, Flags32 flags, Pointer* record = nullptr) {
    const Pointer result = guest_.allocate(64);
    if (record != nullptr) *record = result;
    return guest_.call(path_filestat_get, 3, flags, path, result);
  }
  Filetype type_of(std::string_view path, Flags32 flags = 0) {
    Pointer record = 0;
    EXPECT_EQ(stat(path, flags, &record), Errno::kSuccess) << path;
    return guest_.get<Filetype>(record + 16);
  }
  Outcome open_error(std::string_view path, Flags32 open_flags = 0, Rights base = Guest::kReadWrite,
                     Flags32 lookup = lookupflags::kSymlinkFollow) {
    const Attempt<Fd> fd = guest_.open(path, open_flags, base, 0, lookup);
    if (!fd) return fd.error();
    EXPECT_EQ(guest_.call(fd_close, *fd), Errno::kSuccess);
    return Errno::kSuccess;
  }
};
DOPPEL_WASI_BOTH_RESOLVERS(WasiPath);

constexpr Flags32 kFollow = lookupflags::kSymlinkFollow;

TEST_P(WasiPath, OpensCreatesAndTruncates) {
  EXPECT_EQ(open_error("new"), Errno::kNoent);
  EXPECT_EQ(open_error("new", oflags::kCreat), Errno::kSuccess);
  EXPECT_EQ(open_error("new", oflags::kCreat | oflags::kExcl), Errno::kExist);
  write_file(root() / "new", "text");
  EXPECT_EQ(open_error("new", oflags::kTrunc), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "new"), "");
  EXPECT_EQ(open_error("new", oflags::kDirectory), Errno::kNotdir);
  EXPECT_EQ(open_error("new", oflags::kCreat | oflags::kDirectory), Errno::kInval);
  EXPECT_EQ(open_error("absent/new", oflags::kCreat), Errno::kNoent);
  EXPECT_EQ(open_error("new/below", oflags::kCreat), Errno::kNotdir);
  EXPECT_EQ(open_error("new", 16), Errno::kInval);
  EXPECT_EQ(open_error("new", 0, Guest::kReadWrite, 2), Errno::kInval);
}

TEST_P(WasiPath, OpensDirectoriesForReadingOnly) {
  fs::create_directory(root() / "dir");
  EXPECT_EQ(open_error("dir", 0, rights::kFdReaddir), Errno::kSuccess);
  EXPECT_EQ(open_error("dir", oflags::kDirectory, rights::kFdRead), Errno::kSuccess);
  EXPECT_EQ(open_error("dir", 0, rights::kFdRead | rights::kFdWrite), Errno::kIsdir);
  EXPECT_EQ(open_error("dir", oflags::kDirectory, rights::kFdWrite), Errno::kIsdir);
  EXPECT_EQ(open_error(".", 0, 0), Errno::kSuccess);
}

TEST_P(WasiPath, TakesSpecialNames) {
  fs::create_directories(root() / "dir/nested");
  write_file(root() / "dir/nested/file", "text");
  for (const char* path :
       {"dir/nested/file", "dir//nested///file", "./dir/./nested/./file", "dir/../dir/nested/file",
        "dir/nested/../../dir/nested/../nested/file", "././dir/nested/file"}) {
    EXPECT_EQ(open_error(path), Errno::kSuccess) << path;
  }
  for (const char* path :
       {".", "./", "dir", "dir/", "dir///", "dir/.", "dir/..", "dir/nested/../"}) {
    EXPECT_EQ(open_error(path, 0, 0), Errno::kSuccess) << path;
  }
  EXPECT_EQ(open_error("dir/nested/file/"), Errno::kNotdir);
  EXPECT_EQ(open_error("dir/nested/file/.."), Errno::kNotdir);
  EXPECT_EQ(open_error(""), Errno::kNoent);
  EXPECT_EQ(open_error(std::string_view("dir/nested/file\0", 16)), Errno::kInval);
  EXPECT_EQ(open_error(std::string_view("dir/\0nested/file", 16)), Errno::kInval);
  EXPECT_EQ(open_error(std::string(5000, 'a')), Errno::kNametoolong);
  EXPECT_EQ(open_error(std::string(300, 'a'), oflags::kCreat), Errno::kNametoolong);
  EXPECT_EQ(open_error("new/", oflags::kCreat), Errno::kIsdir);
  EXPECT_EQ(open_error("dir", oflags::kCreat), Errno::kIsdir);
  EXPECT_EQ(open_error(".", oflags::kCreat), Errno::kIsdir);
  EXPECT_EQ(open_error("dir", oflags::kCreat | oflags::kExcl), Errno::kExist);
  // Names are bytes.
  EXPECT_EQ(open_error("\xff\xfe\n name", oflags::kCreat), Errno::kSuccess);
  EXPECT_TRUE(fs::exists(root() / "\xff\xfe\n name"));
}

TEST_P(WasiPath, FollowsLinksInside) {
  fs::create_directories(root() / "a/b");
  write_file(root() / "a/b/file", "text");
  ASSERT_EQ(symlink("a/b", "to_b"), Errno::kSuccess);
  ASSERT_EQ(symlink("../b/file", "a/b/to_file"), Errno::kSuccess);
  ASSERT_EQ(symlink("to_b/to_file", "chain"), Errno::kSuccess);
  ASSERT_EQ(symlink("absent", "dangling"), Errno::kSuccess);
  ASSERT_EQ(symlink("loop", "loop"), Errno::kSuccess);
  ASSERT_EQ(symlink("a/b/", "slash"), Errno::kSuccess);

  EXPECT_EQ(*guest_.read(*guest_.open("chain"), 8), "text");
  EXPECT_EQ(open_error("to_b/file"), Errno::kSuccess);
  EXPECT_EQ(open_error("to_b/file", 0, Guest::kReadWrite, 0), Errno::kSuccess)
      << "only the last component is not followed";
  EXPECT_EQ(open_error("slash/file"), Errno::kSuccess);
  EXPECT_EQ(open_error("chain", 0, Guest::kReadWrite, 0), Errno::kLoop);
  EXPECT_EQ(open_error("to_b", 0, 0, 0), Errno::kLoop);
  EXPECT_EQ(open_error("to_b/", 0, 0, 0), Errno::kSuccess) << "a slash follows";
  EXPECT_EQ(open_error("chain/"), Errno::kNotdir);
  EXPECT_EQ(open_error("loop"), Errno::kLoop);
  EXPECT_EQ(open_error("loop/file"), Errno::kLoop);
  EXPECT_EQ(open_error("dangling"), Errno::kNoent);
  EXPECT_EQ(open_error("dangling", oflags::kCreat | oflags::kExcl), Errno::kExist);
  EXPECT_EQ(open_error("dangling", oflags::kCreat, Guest::kReadWrite, 0), Errno::kLoop);
  EXPECT_EQ(open_error("dangling", oflags::kCreat), Errno::kSuccess);
  EXPECT_TRUE(fs::exists(root() / "absent"));

  EXPECT_EQ(type_of("chain"), Filetype::kSymbolicLink);
  EXPECT_EQ(type_of("chain", kFollow), Filetype::kRegularFile);
  EXPECT_EQ(type_of("to_b/"), Filetype::kDirectory);
  EXPECT_EQ(type_of("."), Filetype::kDirectory);
  EXPECT_EQ(stat("loop", kFollow), Errno::kLoop);
  EXPECT_EQ(stat("chain", 2), Errno::kInval);
}

TEST_P(WasiPath, FollowsFortyLinksAndNoMore) {
  write_file(root() / "link0", "text");
  for (int i = 1; i <= 41; ++i) {
    ASSERT_EQ(symlink("link" + std::to_string(i - 1), "link" + std::to_string(i)), Errno::kSuccess);
  }
  EXPECT_EQ(open_error("link40"), Errno::kSuccess);
  EXPECT_EQ(open_error("link41"), Errno::kLoop);
}

TEST_P(WasiPath, MakesAndRemovesDirectories) {
  EXPECT_EQ(make_directory("dir"), Errno::kSuccess);
  EXPECT_EQ(make_directory("dir"), Errno::kExist);
  EXPECT_EQ(make_directory("dir/sub/"), Errno::kSuccess);
  EXPECT_EQ(make_directory("absent/sub"), Errno::kNoent);
  EXPECT_EQ(make_directory("."), Errno::kExist);
  EXPECT_EQ(make_directory("dir/.."), Errno::kExist);
  EXPECT_EQ(make_directory(""), Errno::kNoent);
  EXPECT_EQ(remove_directory("dir"), Errno::kNotempty);
  EXPECT_EQ(remove_directory("dir/."), Errno::kInval);
  EXPECT_EQ(remove_directory("dir/sub/"), Errno::kSuccess);
  write_file(root() / "file", "");
  EXPECT_EQ(remove_directory("file"), Errno::kNotdir);
  ASSERT_EQ(symlink("dir", "link"), Errno::kSuccess);
  EXPECT_EQ(remove_directory("link"), Errno::kNotdir);
  EXPECT_EQ(remove_directory("link/"), Errno::kNotdir);
  EXPECT_EQ(remove_directory("dir"), Errno::kSuccess);
  EXPECT_EQ(remove_directory("dir"), Errno::kNoent);
}

TEST_P(WasiPath, Unlinks) {
  write_file(root() / "file", "");
  fs::create_directory(root() / "dir");
  ASSERT_EQ(symlink("dir", "link"), Errno::kSuccess);
  EXPECT_EQ(unlink("dir"), Errno::kIsdir);
  EXPECT_EQ(unlink("dir/"), Errno::kIsdir);
  EXPECT_EQ(unlink("."), Errno::kIsdir);
  EXPECT_EQ(unlink("dir/.."), Errno::kIsdir);
  EXPECT_EQ(unlink("file/"), Errno::kNotdir);
  EXPECT_EQ(unlink("link/"), Errno::kNotdir);
  EXPECT_EQ(unlink("link"), Errno::kSuccess);
  EXPECT_TRUE(fs::exists(root() / "dir")) << "the link went, not its target";
  EXPECT_EQ(unlink("file"), Errno::kSuccess);
  EXPECT_EQ(unlink("file"), Errno::kNoent);
}

TEST_P(WasiPath, Renames) {
  write_file(root() / "a", "a");
  write_file(root() / "b", "b");
  fs::create_directory(root() / "dir");
  fs::create_directory(root() / "full");
  write_file(root() / "full/x", "");
  EXPECT_EQ(rename("a", "b"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "b"), "a");
  EXPECT_EQ(rename("a", "c"), Errno::kNoent);
  EXPECT_EQ(rename("b", "dir"), Errno::kIsdir);
  EXPECT_EQ(rename("dir", "b"), Errno::kNotdir);
  EXPECT_EQ(rename("b", "c/"), Errno::kNotdir);
  EXPECT_EQ(rename("b/", "c"), Errno::kNotdir);
  EXPECT_EQ(rename("dir", "full"), Errno::kNotempty);
  EXPECT_EQ(rename("dir/", "moved/"), Errno::kSuccess);
  EXPECT_EQ(rename("moved", "moved/inside"), Errno::kInval);
  EXPECT_EQ(rename("full", "moved"), Errno::kSuccess);
  EXPECT_TRUE(fs::exists(root() / "moved/x"));
  EXPECT_EQ(rename("moved/.", "z"), Errno::kBusy);
  EXPECT_EQ(rename("moved/..", "z"), Errno::kBusy);
}

TEST_P(WasiPath, RenamesBetweenDescriptors) {
  fs::create_directories(root() / "one");
  fs::create_directories(root() / "two");
  write_file(root() / "one/file", "text");
  const Fd one = *guest_.open_directory("one");
  const Fd two = *guest_.open_directory("two");
  EXPECT_EQ(guest_.call(path_rename, one, "file", two, "other"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "two/other"), "text");
  EXPECT_EQ(guest_.call(path_rename, two, "other", one, "../two/up"), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(path_link, two, 0, "other", one, "linked"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "one/linked"), "text");
}

TEST_P(WasiPath, Links) {
  write_file(root() / "file", "text");
  fs::create_directory(root() / "dir");
  ASSERT_EQ(symlink("file", "soft"), Errno::kSuccess);
  ASSERT_EQ(symlink("absent", "dangling"), Errno::kSuccess);
  EXPECT_EQ(link("file", "hard"), Errno::kSuccess);
  EXPECT_EQ(fs::hard_link_count(root() / "file"), 2u);
  EXPECT_EQ(link("file", "hard"), Errno::kExist);
  EXPECT_EQ(link("file", "file"), Errno::kExist);
  EXPECT_EQ(link("file", "dir"), Errno::kExist);
  EXPECT_EQ(link("file", "new/"), Errno::kNoent);
  EXPECT_EQ(link("file/", "new"), Errno::kNotdir);
  EXPECT_EQ(link("dir", "new"), Errno::kPerm);
  EXPECT_EQ(link("absent", "new"), Errno::kNoent);
  EXPECT_EQ(link("soft", "soft2"), Errno::kSuccess);
  EXPECT_EQ(type_of("soft2"), Filetype::kSymbolicLink) << "the link itself was linked";
  EXPECT_EQ(link("soft", "hard2", kFollow), Errno::kSuccess);
  EXPECT_EQ(type_of("hard2"), Filetype::kRegularFile);
  EXPECT_EQ(link("dangling", "d2"), Errno::kSuccess);
  EXPECT_EQ(link("dangling", "d3", kFollow), Errno::kNoent);
  EXPECT_EQ(link("file", "x", 2), Errno::kInval);
}

TEST_P(WasiPath, CreatesAndReadsSymbolicLinks) {
  const Pointer buffer = guest_.allocate(64);
  const Pointer used = guest_.allocate(4);
  ASSERT_EQ(symlink("some/../target", "link"), Errno::kSuccess);
  ASSERT_EQ(guest_.call(path_readlink, 3, "link", buffer, 64, used), Errno::kSuccess);
  EXPECT_EQ(guest_.text(buffer, guest_.get<Size>(used)), "some/../target");
  ASSERT_EQ(guest_.call(path_readlink, 3, "link", buffer, 4, used), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(used), 4u) << "what does not fit is cut off";
  ASSERT_EQ(guest_.call(path_readlink, 3, "link", buffer, 0, used), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(used), 0u);
  EXPECT_EQ(guest_.call(path_readlink, 3, "link", ~0u - 9, 64, used), Errno::kFault);
  EXPECT_EQ(guest_.call(path_readlink, 3, "absent", buffer, 64, used), Errno::kNoent);
  EXPECT_EQ(guest_.call(path_readlink, 3, ".", buffer, 64, used), Errno::kInval);
  write_file(root() / "file", "");
  EXPECT_EQ(guest_.call(path_readlink, 3, "file", buffer, 64, used), Errno::kInval);

  EXPECT_EQ(symlink("target", "link"), Errno::kExist);
  EXPECT_EQ(symlink("target", "new/"), Errno::kNoent);
  EXPECT_EQ(symlink("", "new"), Errno::kNoent);
  EXPECT_EQ(symlink("target", ""), Errno::kNoent);
  EXPECT_EQ(symlink("/etc", "new"), Errno::kNotcapable);
  EXPECT_EQ(symlink(std::string_view("a\0b", 3), "new"), Errno::kInval);
  EXPECT_FALSE(fs::is_symlink(root() / "new"));
}

TEST_P(WasiPath, SetsTimesOfFilesAndLinks) {
  write_file(root() / "file", "text");
  ASSERT_EQ(symlink("file", "link"), Errno::kSuccess);
  const auto set = [&](std::string_view path, Flags32 flags, Timestamp mtim) {
    return guest_.call(path_filestat_set_times, 3, flags, path, 0, mtim, fstflags::kMtim);
  };
  const auto mtim = [&](std::string_view path, Flags32 flags) {
    Pointer record = 0;
    EXPECT_EQ(stat(path, flags, &record), Errno::kSuccess);
    return guest_.get<Timestamp>(record + 48);
  };
  ASSERT_EQ(set("link", 0, 1'000), Errno::kSuccess);
  ASSERT_EQ(set("link", kFollow, 2'000), Errno::kSuccess);
  EXPECT_EQ(mtim("link", 0), 1'000u);
  EXPECT_EQ(mtim("link", kFollow), 2'000u);
  EXPECT_EQ(mtim("file", 0), 2'000u);
  EXPECT_EQ(set("absent", 0, 1), Errno::kNoent);
  EXPECT_EQ(set("file/", 0, 1), Errno::kNotdir);
  EXPECT_EQ(guest_.call(path_filestat_set_times, 3, 0, "file", 0, 0,
                        fstflags::kAtim | fstflags::kAtimNow),
            Errno::kInval);
}

TEST_P(WasiPath, NeedsADirectory) {
  write_file(root() / "file", "");
  const Fd file = *guest_.open("file");
  EXPECT_EQ(guest_.open("x", oflags::kCreat, 0, 0, 0, file).error(), Outcome(Errno::kNotdir));
  EXPECT_EQ(guest_.call(path_create_directory, file, "x"), Errno::kNotdir);
  EXPECT_EQ(guest_.call(path_unlink_file, 99, "x"), Errno::kBadf);
  EXPECT_EQ(guest_.call(path_symlink, "x", 99, "y"), Errno::kBadf);
}

TEST_P(WasiPath, EnforcesEachRight) {
  const Pointer result = guest_.allocate(64);
  write_file(root() / "file", "");
  fs::create_symlink("file", root() / "link");
  int number = 0;
  const auto name = [&] { return "n" + std::to_string(number++); };
  const auto without = [&](Rights right) {
    const Pointer record = guest_.allocate(24);
    ASSERT_EQ(guest_.call(fd_fdstat_get, 3, record), Errno::kSuccess);
    ASSERT_EQ(guest_.call(fd_fdstat_set_rights, 3, guest_.get<Rights>(record + 8) & ~right,
                          guest_.get<Rights>(record + 16)),
              Errno::kSuccess);
  };
  const auto check = [&](Rights right, auto operation) {
    EXPECT_EQ(operation(), Errno::kSuccess) << right;
    without(right);
    EXPECT_EQ(operation(), Errno::kNotcapable) << right;
  };
  check(rights::kPathFilestatSetSize, [&] { return open_error("file", oflags::kTrunc); });
  check(rights::kPathCreateFile, [&] { return open_error(name(), oflags::kCreat); });
  check(rights::kPathOpen, [&] { return open_error("file"); });
  check(rights::kPathFilestatGet, [&] { return stat("file", 0); });
  check(rights::kPathFilestatSetTimes,
        [&] { return guest_.call(path_filestat_set_times, 3, 0, "file", 0, 0, 0); });
  check(rights::kPathReadlink,
        [&] { return guest_.call(path_readlink, 3, "link", result, 64, result); });
  check(rights::kPathLinkSource, [&] { return link("file", name()); });
  check(rights::kPathSymlink, [&] { return symlink("file", name()); });
  std::string last;
  check(rights::kPathCreateDirectory, [&] { return make_directory(last = name()); });
  check(rights::kPathRenameSource, [&] {
    write_file(root() / "from", "");
    return rename("from", name());
  });
  check(rights::kPathUnlinkFile, [&] {
    write_file(root() / "gone", "");
    return unlink("gone");
  });
  check(rights::kPathRemoveDirectory, [&] {
    fs::create_directories(root() / "dir");
    return remove_directory("dir");
  });
  check(rights::kFdReaddir,
        [&] { return guest_.call(fd_readdir, 3, guest_.allocate(64), 64, 0, result); });
  EXPECT_TRUE(fs::exists(root() / "dir"));
  EXPECT_TRUE(fs::exists(root() / "gone"));
}

TEST_P(WasiPath, TargetsNeedTheirOwnRights) {
  write_file(root() / "file", "");
  fs::create_directory(root() / "dir");
  const Fd poor = *guest_.open("dir", oflags::kDirectory, rights::kFdReaddir);
  EXPECT_EQ(guest_.call(path_rename, 3, "file", poor, "x"), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(path_link, 3, 0, "file", poor, "x"), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(path_symlink, "file", poor, "x"), Errno::kNotcapable);
}

TEST_P(WasiPath, HandsDownOnlyInheritedRights) {
  fs::create_directory(root() / "dir");
  write_file(root() / "dir/file", "text");
  constexpr Rights kOpenAndRead = rights::kPathOpen | rights::kFdReaddir;
  const Fd dir = *guest_.open("dir", oflags::kDirectory, kOpenAndRead, 0, 0, 3, rights::kFdRead);
  EXPECT_TRUE(guest_.open("file", 0, rights::kFdRead, 0, 0, dir));
  EXPECT_EQ(guest_.open("file", 0, rights::kFdRead | rights::kFdWrite, 0, 0, dir).error(),
            Outcome(Errno::kNotcapable));
  EXPECT_EQ(guest_.open("file", 0, rights::kFdRead, fdflags::kSync, 0, dir).error(),
            Outcome(Errno::kNotcapable));
  EXPECT_EQ(guest_.open("file", 0, rights::kFdRead, fdflags::kDsync, 0, dir).error(),
            Outcome(Errno::kNotcapable));
  EXPECT_EQ(guest_.open("file", oflags::kTrunc, 0, 0, 0, dir).error(), Outcome(Errno::kNotcapable));
  EXPECT_EQ(read_file(root() / "dir/file"), "text");
  // What does not apply to a type is left out, what is no right is ignored.
  const Fd file = *guest_.open("dir/file", 0, ~0ull & ~Guest::kWriting, 0, 0, 3, ~0ull);
  const Pointer record = guest_.allocate(24);
  ASSERT_EQ(guest_.call(fd_fdstat_get, file, record), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Rights>(record + 8), Guest::kReadWrite & ~Guest::kWriting);
  EXPECT_EQ(guest_.get<Rights>(record + 16), 0u);
}

TEST_P(WasiPath, ChecksResultAddressesBeforeEffects) {
  EXPECT_EQ(guest_.call(path_open, 3, 0, "new", oflags::kCreat, 0, 0, 0, ~0u), Errno::kFault);
  EXPECT_FALSE(fs::exists(root() / "new"));
  EXPECT_EQ(path_create_directory(guest_.context(), guest_.memory(), 3, ~0u - 1, 4),
            Outcome(Errno::kFault));
}

}  // namespace
}  // namespace doppel::bytecode::wasi
