// SPDX-License-Identifier: Apache-2.0
// Descriptors of regular files: transfers, offsets, flags, rights, sizes and times.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

class WasiFd : public PreopenTest {
 protected:
  /// A descriptor of a new file with `text` in it.
  Fd file(std::string_view text, Rights base = Guest::kReadWrite, Fdflags flags = 0) {
    write_file(root() / "file", text);
    const Attempt<Fd> fd = guest_.open("file", 0, base, flags);
    EXPECT_TRUE(fd) << fd.error();
    return fd.value_or(99);
  }
  Outcome seek(Fd fd, std::int64_t offset, Whence whence, Filesize* position = nullptr) {
    const Pointer result = guest_.allocate(8);
    const Outcome outcome = guest_.call(fd_seek, fd, offset, whence, result);
    if (position != nullptr) *position = guest_.get<Filesize>(result);
    return outcome;
  }
  Rights base_rights(Fd fd) { return guest_.get<Rights>(fdstat(fd) + 8); }
  Pointer fdstat(Fd fd) {
    const Pointer record = guest_.allocate(24);
    EXPECT_EQ(guest_.call(fd_fdstat_get, fd, record), Errno::kSuccess);
    return record;
  }
  Pointer filestat(Fd fd) {
    const Pointer record = guest_.allocate(64);
    EXPECT_EQ(guest_.call(fd_filestat_get, fd, record), Errno::kSuccess);
    return record;
  }
};
INSTANTIATE_TEST_SUITE_P(, WasiFd, ::testing::Values(ResolverKind::kAutomatic), resolver_name);

TEST_P(WasiFd, ReadsAndWritesThroughScatterLists) {
  const Fd fd = file("");
  const Pointer abc = guest_.put("abc");
  const Pointer de = guest_.put("de");
  const Pointer count = guest_.allocate(4);
  // Empty buffers may point anywhere.
  const Pointer list = guest_.iovecs({{abc, 3}, {~0u, 0}, {de, 2}, {abc, 1}});
  ASSERT_EQ(guest_.call(fd_write, fd, list, 4, count), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(count), 6u);
  EXPECT_EQ(read_file(root() / "file"), "abcdea");

  ASSERT_EQ(seek(fd, 0, Whence::kSet), Errno::kSuccess);
  const Pointer into = guest_.allocate(16);
  ASSERT_EQ(guest_.call(fd_read, fd, guest_.iovecs({{into, 2}, {into + 8, 8}}), 2, count),
            Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(count), 6u);
  EXPECT_EQ(guest_.text(into, 2), "ab");
  EXPECT_EQ(guest_.text(into + 8, 4), "cdea");
  ASSERT_EQ(guest_.call(fd_read, fd, guest_.iovecs({{into, 2}}), 1, count), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(count), 0u);
}

TEST_P(WasiFd, ChecksScatterListsBeforeAnyEffect) {
  const Fd fd = file("");
  const Pointer text = guest_.put("abc");
  const Pointer count = guest_.allocate(4);
  const auto size = static_cast<Pointer>(guest_.memory().size());
  EXPECT_EQ(guest_.call(fd_write, fd, guest_.iovecs({{text, 3}, {size - 1, 2}}), 2, count),
            Errno::kFault);
  EXPECT_EQ(guest_.call(fd_write, fd, guest_.iovecs({{text, ~0u}}), 1, count), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_write, fd, guest_.iovecs({{text, 3}}), 1, size - 3), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_write, fd, size - 7, 1, count), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_write, fd, 0, 1025, count), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_write, fd, 0, ~0u, count), Errno::kInval);
  EXPECT_EQ(read_file(root() / "file"), "");
}

TEST_P(WasiFd, TakesAsManyOverlappingBuffersAsThereMayBe) {
  const Fd fd = file("");
  const Pointer text = guest_.put("xy");
  const Pointer count = guest_.allocate(4);
  const std::vector<std::pair<Pointer, Size>> buffers(1024, {text, 2});
  ASSERT_EQ(guest_.call(fd_write, fd, guest_.iovecs(buffers), 1024, count), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(count), 2048u);
}

TEST_P(WasiFd, TransfersAtOffsetsWithoutMoving) {
  const Fd fd = file("0123456789");
  const Pointer into = guest_.allocate(4);
  const Pointer count = guest_.allocate(4);
  ASSERT_EQ(guest_.call(fd_pread, fd, guest_.iovecs({{into, 4}}), 1, 8, count), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Size>(count), 2u);
  EXPECT_EQ(guest_.text(into, 2), "89");
  ASSERT_EQ(guest_.call(fd_pwrite, fd, guest_.iovecs({{guest_.put("XY"), 2}}), 1, 3, count),
            Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "012XY56789");
  Filesize position = 99;
  EXPECT_EQ(seek(fd, 0, Whence::kCur, &position), Errno::kSuccess);
  EXPECT_EQ(position, 0u);
  EXPECT_EQ(guest_.call(fd_pread, fd, guest_.iovecs({{into, 4}}), 1, ~0ull, count), Errno::kInval);
}

TEST_P(WasiFd, Seeks) {
  const Fd fd = file("0123456789");
  Filesize position = 0;
  EXPECT_EQ(seek(fd, -3, Whence::kEnd, &position), Errno::kSuccess);
  EXPECT_EQ(position, 7u);
  EXPECT_EQ(seek(fd, -2, Whence::kCur, &position), Errno::kSuccess);
  EXPECT_EQ(position, 5u);
  EXPECT_EQ(seek(fd, -6, Whence::kCur), Errno::kInval);
  EXPECT_EQ(seek(fd, -1, Whence::kSet), Errno::kInval);
  EXPECT_EQ(seek(fd, 0, static_cast<Whence>(3)), Errno::kInval);
  EXPECT_EQ(seek(fd, std::numeric_limits<std::int64_t>::max(), Whence::kCur), Errno::kInval);
  const Pointer told = guest_.allocate(8);
  EXPECT_EQ(guest_.call(fd_tell, fd, told), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Filesize>(told), 5u);
  EXPECT_EQ(guest_.call(fd_seek, fd, 0, Whence::kSet, ~0u), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_tell, fd, told), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Filesize>(told), 5u);
}

TEST_P(WasiFd, AppendsUnderTheGuestsFlag) {
  const Fd fd = file("abc", Guest::kReadWrite, fdflags::kAppend);
  EXPECT_EQ(guest_.get<Fdflags>(fdstat(fd) + 2), fdflags::kAppend);
  EXPECT_EQ(guest_.write(fd, "d"), Errno::kSuccess);
  ASSERT_EQ(seek(fd, 0, Whence::kSet), Errno::kSuccess);
  EXPECT_EQ(guest_.write(fd, "e"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "abcde");
  // POSIX lets pwrite keep to its offset.
  const Pointer count = guest_.allocate(4);
  ASSERT_EQ(guest_.call(fd_pwrite, fd, guest_.iovecs({{guest_.put("X"), 1}}), 1, 0, count),
            Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "Xbcde");
  ASSERT_EQ(guest_.call(fd_fdstat_set_flags, fd, 0), Errno::kSuccess);
  ASSERT_EQ(seek(fd, 1, Whence::kSet), Errno::kSuccess);
  EXPECT_EQ(guest_.write(fd, "Y"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "XYcde");
}

TEST_P(WasiFd, TakesAllFlagsAndNoOthers) {
  const Fd fd = file("abc");
  ASSERT_EQ(guest_.call(fd_fdstat_set_flags, fd, fdflags::kAll), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Fdflags>(fdstat(fd) + 2), fdflags::kAll);
  EXPECT_EQ(guest_.write(fd, "d"), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "abcd");
  EXPECT_EQ(guest_.call(fd_fdstat_set_flags, fd, 32), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_fdstat_set_flags, fd, 0x10000), Errno::kInval);
}

TEST_P(WasiFd, CannotLeaveAppendModeOfAnInheritedDescription) {
  write_file(root() / "log", "a");
  const HostFd log(::open((root() / "log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  ContextOptions options;
  options.standard_streams = {-1, log.get(), -1};
  Guest guest(std::move(options));
  EXPECT_EQ(guest.write(1, "b"), Errno::kSuccess);
  EXPECT_EQ(guest.call(fd_fdstat_set_flags, 1, 0), Errno::kNotsup);
  EXPECT_EQ(guest.call(fd_fdstat_set_flags, 1, fdflags::kAppend | fdflags::kNonblock),
            Errno::kSuccess);
  EXPECT_EQ(::fcntl(log.get(), F_GETFL) & O_NONBLOCK, 0) << "the flag of others changed";
  EXPECT_EQ(read_file(root() / "log"), "ab");
}

TEST_P(WasiFd, EnforcesEachRight) {
  const Pointer list = guest_.iovecs({{guest_.put("abcd"), 4}});
  const Pointer result = guest_.allocate(64);
  const Fd fd = file("abc");
  const auto without = [&](Rights right) {
    EXPECT_EQ(guest_.call(fd_fdstat_set_rights, fd, base_rights(fd) & ~right, 0), Errno::kSuccess);
  };
  const auto expect = [](Outcome first, Outcome second) {
    EXPECT_EQ(first, Errno::kSuccess);
    EXPECT_EQ(second, Errno::kNotcapable);
  };
  // Each operation works, until its own right goes.
  const auto check = [&](Rights right, auto operation) {
    const Outcome first = operation();
    without(right);
    expect(first, operation());
  };
  check(rights::kFdAdvise, [&] { return guest_.call(fd_advise, fd, 0, 0, 0); });
  check(rights::kFdAllocate, [&] { return guest_.call(fd_allocate, fd, 0, 1); });
  check(rights::kFdDatasync, [&] { return guest_.call(fd_datasync, fd); });
  check(rights::kFdSync, [&] { return guest_.call(fd_sync, fd); });
  check(rights::kFdFilestatSetSize, [&] { return guest_.call(fd_filestat_set_size, fd, 5); });
  check(rights::kFdFilestatSetTimes,
        [&] { return guest_.call(fd_filestat_set_times, fd, 0, 0, 0); });
  check(rights::kFdFilestatGet, [&] { return guest_.call(fd_filestat_get, fd, result); });
  check(rights::kFdFdstatSetFlags, [&] { return guest_.call(fd_fdstat_set_flags, fd, 0); });
  check(rights::kFdRead, [&] { return guest_.call(fd_read, fd, list, 1, result); });
  check(rights::kFdSeek, [&] { return guest_.call(fd_pwrite, fd, list, 1, 0, result); });
  EXPECT_EQ(guest_.call(fd_seek, fd, 1, Whence::kCur, result), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_seek, fd, 0, Whence::kSet, result), Errno::kNotcapable);
  check(rights::kFdTell, [&] { return guest_.call(fd_seek, fd, 0, Whence::kCur, result); });
  EXPECT_EQ(guest_.call(fd_tell, fd, result), Errno::kNotcapable);
  check(rights::kFdWrite, [&] { return guest_.call(fd_write, fd, list, 1, result); });
}

TEST_P(WasiFd, NeverRegainsARight) {
  const Fd fd = file("abc");
  const Rights before = base_rights(fd);
  ASSERT_EQ(guest_.call(fd_fdstat_set_rights, fd, before & ~rights::kFdRead, 0), Errno::kSuccess);
  EXPECT_EQ(guest_.call(fd_fdstat_set_rights, fd, before, 0), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_fdstat_set_rights, fd, 0, 1), Errno::kNotcapable);
  EXPECT_EQ(base_rights(fd), before & ~rights::kFdRead);
  EXPECT_EQ(guest_.call(fd_fdstat_set_rights, 99, 0, 0), Errno::kBadf);
}

TEST_P(WasiFd, SetsSizes) {
  const Fd fd = file("abcdef");
  ASSERT_EQ(guest_.call(fd_filestat_set_size, fd, 2), Errno::kSuccess);
  EXPECT_EQ(read_file(root() / "file"), "ab");
  ASSERT_EQ(guest_.call(fd_allocate, fd, 2, 3), Errno::kSuccess);
  EXPECT_EQ(guest_.get<Filesize>(filestat(fd) + 32), 5u);
  EXPECT_EQ(guest_.call(fd_filestat_set_size, fd, ~0ull), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_allocate, fd, 0, 0), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_allocate, fd, ~0ull, 1), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_allocate, fd, 1, ~0ull >> 1), Errno::kFbig);
  EXPECT_EQ(guest_.call(fd_advise, fd, 0, 0, 6), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_advise, fd, ~0ull, 0, 0), Errno::kInval);
}

TEST_P(WasiFd, SetsTimes) {
  const Fd fd = file("abc");
  const auto set = [&](Timestamp atim, Timestamp mtim, Flags32 flags) {
    return guest_.call(fd_filestat_set_times, fd, atim, mtim, flags);
  };
  ASSERT_EQ(set(1'000'000'007, 5'000'000'000'000'000'001, fstflags::kAtim | fstflags::kMtim),
            Errno::kSuccess);
  Pointer stat = filestat(fd);
  EXPECT_EQ(guest_.get<Timestamp>(stat + 40), 1'000'000'007u);
  EXPECT_EQ(guest_.get<Timestamp>(stat + 48), 5'000'000'000'000'000'001u);
  ASSERT_EQ(set(0, 3, fstflags::kMtimNow), Errno::kSuccess);
  stat = filestat(fd);
  EXPECT_EQ(guest_.get<Timestamp>(stat + 40), 1'000'000'007u);
  EXPECT_GT(guest_.get<Timestamp>(stat + 48), 1'500'000'000'000'000'000u);
  EXPECT_EQ(set(0, 0, fstflags::kAtim | fstflags::kAtimNow), Errno::kInval);
  EXPECT_EQ(set(0, 0, fstflags::kMtim | fstflags::kMtimNow), Errno::kInval);
  EXPECT_EQ(set(0, 0, 16), Errno::kInval);
}

TEST_P(WasiFd, DescribesFiles) {
  const Fd fd = file("abc");
  struct stat host{};
  ASSERT_EQ(::stat((root() / "file").c_str(), &host), 0);
  const Pointer stat = filestat(fd);
  EXPECT_EQ(guest_.get<std::uint64_t>(stat + 0), host.st_dev);
  EXPECT_EQ(guest_.get<std::uint64_t>(stat + 8), host.st_ino);
  EXPECT_EQ(guest_.get<Filetype>(stat + 16), Filetype::kRegularFile);
  EXPECT_EQ(guest_.get<std::uint64_t>(stat + 24), 1u);
  EXPECT_EQ(guest_.get<Filesize>(stat + 32), 3u);
  EXPECT_EQ(guest_.get<Filetype>(fdstat(fd)), Filetype::kRegularFile);
  EXPECT_EQ(guest_.get<Filetype>(fdstat(3)), Filetype::kDirectory);
}

TEST_P(WasiFd, ClosesAndReusesTheLowestNumber) {
  const Fd first = file("abc");
  const Fd second = file("abc");
  EXPECT_EQ(guest_.call(fd_close, first), Errno::kSuccess);
  EXPECT_EQ(guest_.call(fd_close, first), Errno::kBadf);
  EXPECT_EQ(file("abc"), first);
  EXPECT_EQ(guest_.call(fd_close, second), Errno::kSuccess);
  EXPECT_EQ(guest_.call(fd_close, 3), Errno::kSuccess) << "a preopen can be closed";
  EXPECT_EQ(guest_.open("file").error(), Outcome(Errno::kBadf));
  EXPECT_EQ(guest_.call(fd_close, ~0u), Errno::kBadf);
}

TEST_P(WasiFd, RenumbersOverOpenDescriptorsOnly) {
  const Fd from = file("abc");
  const Fd to = file("abcdef");
  ASSERT_EQ(guest_.call(fd_renumber, from, to), Errno::kSuccess);
  EXPECT_EQ(*guest_.read(to, 8), "abcdef");  // the same file: opened twice
  EXPECT_EQ(guest_.call(fd_close, from), Errno::kBadf);
  EXPECT_EQ(guest_.call(fd_renumber, to, from), Errno::kBadf);
  EXPECT_EQ(guest_.call(fd_renumber, from, to), Errno::kBadf);
  EXPECT_EQ(guest_.call(fd_renumber, to, to), Errno::kSuccess);
  EXPECT_EQ(guest_.call(fd_renumber, to, 3), Errno::kSuccess);
  const Pointer prestat = guest_.allocate(8);
  EXPECT_EQ(guest_.call(fd_prestat_get, 3, prestat), Errno::kBadf) << "no longer a preopen";
}

TEST_P(WasiFd, LimitsTheNumberOfDescriptors) {
  ContextOptions limited = options();
  limited.max_descriptors = 3;
  Guest guest(std::move(limited));
  EXPECT_TRUE(guest.open("a", oflags::kCreat));
  EXPECT_TRUE(guest.open("b", oflags::kCreat));
  EXPECT_EQ(guest.open("c", oflags::kCreat).error(), Outcome(Errno::kMfile));
  EXPECT_FALSE(std::filesystem::exists(root() / "c")) << "an effect came before the check";
}

TEST_P(WasiFd, RefusesFileOperationsOnDirectories) {
  const Pointer list = guest_.iovecs({{guest_.put("abcd"), 4}});
  const Pointer result = guest_.allocate(64);
  EXPECT_EQ(guest_.call(fd_read, 3, list, 1, result), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_pread, 3, list, 1, 0, result), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_write, 3, list, 1, result), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_seek, 3, 0, Whence::kCur, result), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_allocate, 3, 0, 1), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_filestat_set_size, 3, 0), Errno::kNotcapable);
  EXPECT_EQ(guest_.call(fd_sync, 3), Errno::kSuccess);
  EXPECT_EQ(guest_.call(fd_filestat_get, 3, result), Errno::kSuccess);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
