// SPDX-License-Identifier: Apache-2.0
// fd_readdir: all entries exactly once through buffers of any size, cookies that stay valid.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

namespace fs = std::filesystem;

struct Entry {
  Dircookie next = 0;
  std::uint64_t inode = 0;
  Filetype type = Filetype::kUnknown;
  std::string name;
};

class WasiReaddir : public PreopenTest {
 protected:
  /// One call; the entries that fit whole, and whether the directory has ended.
  std::pair<std::vector<Entry>, bool> read_some(Size buf_len, Dircookie cookie) {
    guest_.reset();
    const Pointer buffer = guest_.allocate(buf_len);
    const Pointer used = guest_.allocate(4);
    EXPECT_EQ(guest_.call(fd_readdir, 3, buffer, buf_len, cookie, used), Errno::kSuccess);
    const Size size = guest_.get<Size>(used);
    EXPECT_LE(size, buf_len);
    std::vector<Entry> entries;
    for (Size at = 0; at + 24 <= size;) {
      const Pointer record = buffer + at;
      const Size length = guest_.get<Size>(record + 16);
      if (at + 24 + length > size) break;
      entries.push_back({guest_.get<Dircookie>(record), guest_.get<std::uint64_t>(record + 8),
                         guest_.get<Filetype>(record + 20), guest_.text(record + 24, length)});
      at += 24 + length;
    }
    return {entries, size < buf_len};
  }
  std::map<std::string, Entry> read_all(Size buf_len) {
    std::map<std::string, Entry> all;
    Dircookie cookie = 0;
    for (int calls = 0; calls < 10'000; ++calls) {
      const auto [entries, ended] = read_some(buf_len, cookie);
      for (const Entry& entry : entries) {
        EXPECT_TRUE(all.emplace(entry.name, entry).second) << "twice: " << entry.name;
        cookie = entry.next;
      }
      if (ended) return all;
      EXPECT_FALSE(entries.empty()) << "no progress with " << buf_len << " bytes";
      if (entries.empty()) break;
    }
    return all;
  }
};
INSTANTIATE_TEST_SUITE_P(, WasiReaddir, ::testing::Values(ResolverKind::kAutomatic), resolver_name);

TEST_P(WasiReaddir, ListsTypesAndInodes) {
  write_file(root() / "file", "");
  fs::create_directory(root() / "dir");
  fs::create_symlink("file", root() / "link");
  const auto all = read_all(4096);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all.at("file").type, Filetype::kRegularFile);
  EXPECT_EQ(all.at("dir").type, Filetype::kDirectory);
  EXPECT_EQ(all.at("link").type, Filetype::kSymbolicLink);
  EXPECT_EQ(all.at(".").type, Filetype::kDirectory);
  EXPECT_EQ(all.at("..").type, Filetype::kDirectory);

  const Pointer stat = guest_.allocate(64);
  ASSERT_EQ(guest_.call(fd_filestat_get, 3, stat), Errno::kSuccess);
  EXPECT_EQ(all.at(".").inode, guest_.get<std::uint64_t>(stat + 8));
  EXPECT_EQ(all.at("..").inode, all.at(".").inode) << "the parent's inode is not the guest's";
  ASSERT_EQ(guest_.call(path_filestat_get, 3, 0, "file", stat), Errno::kSuccess);
  EXPECT_EQ(all.at("file").inode, guest_.get<std::uint64_t>(stat + 8));
}

TEST_P(WasiReaddir, PagesThroughBuffersOfAnySize) {
  for (int i = 0; i < 300; ++i) {
    write_file(root() / (std::string(static_cast<std::size_t>(i % 90), 'x') + std::to_string(i)),
               "");
  }
  for (const Size size : {24u + 93u, 128u, 200u, 1000u, 4096u, 100'000u}) {
    EXPECT_EQ(read_all(size).size(), 302u) << size;
  }
}

TEST_P(WasiReaddir, TruncatesTheLastEntry) {
  write_file(root() / "a_long_name_for_a_file", "");
  for (const Size size : {0u, 1u, 23u, 24u, 25u, 30u}) {
    guest_.reset();
    const Pointer used = guest_.allocate(4);
    const Pointer buffer = guest_.allocate(64);
    const auto canary = std::byte{0xa5};
    *guest_.at(buffer + size) = canary;
    ASSERT_EQ(guest_.call(fd_readdir, 3, buffer, size, 0, used), Errno::kSuccess);
    EXPECT_EQ(guest_.get<Size>(used), size) << "a full buffer says that there is more";
    EXPECT_EQ(*guest_.at(buffer + size), canary);
  }
}

TEST_P(WasiReaddir, KeepsItsPlaceWhileTheDirectoryChanges) {
  for (int i = 0; i < 50; ++i) write_file(root() / ("stay" + std::to_string(i)), "");
  const auto [first, ended] = read_some(400, 0);
  ASSERT_FALSE(ended);
  ASSERT_FALSE(first.empty());
  for (int i = 0; i < 20; ++i) write_file(root() / ("new" + std::to_string(i)), "");

  std::map<std::string, int> seen;
  for (const Entry& entry : first) ++seen[entry.name];
  Dircookie cookie = first.back().next;
  for (bool end = false; !end;) {
    const auto [entries, now_ended] = read_some(400, cookie);
    for (const Entry& entry : entries) {
      ++seen[entry.name];
      cookie = entry.next;
    }
    end = now_ended;
  }
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen["stay" + std::to_string(i)], 1) << i;
}

TEST_P(WasiReaddir, NumbersEntriesSoThatTelldirCanKeepThem) {
  for (int i = 0; i < 20; ++i) write_file(root() / std::to_string(i), "");
  const auto [entries, ended] = read_some(4096, 0);
  ASSERT_TRUE(ended);
  ASSERT_EQ(entries.size(), 22u);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].next, i + 1);
  EXPECT_EQ(read_some(4096, 17).first.at(0).name, entries[17].name);
  fs::remove(root() / entries[3].name);
  EXPECT_EQ(read_some(4096, 17).first.at(0).name, entries[17].name) << "a removal moved the place";
}

TEST_P(WasiReaddir, StartsOverAtCookieZeroAndSeesChanges) {
  EXPECT_EQ(read_all(4096).size(), 2u);
  write_file(root() / "file", "");
  EXPECT_EQ(read_all(4096).size(), 3u);
  fs::remove(root() / "file");
  EXPECT_EQ(read_all(4096).size(), 2u);
}

TEST_P(WasiReaddir, RefusesImpossibleArguments) {
  const Pointer used = guest_.allocate(4);
  const Pointer buffer = guest_.allocate(64);
  EXPECT_EQ(guest_.call(fd_readdir, 3, buffer, 64, ~0ull, used), Errno::kInval);
  EXPECT_EQ(guest_.call(fd_readdir, 3, buffer, ~0u, 0, used), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_readdir, 3, buffer, 64, 0, ~0u), Errno::kFault);
  EXPECT_EQ(guest_.call(fd_readdir, 9, buffer, 64, 0, used), Errno::kBadf);
  EXPECT_EQ(guest_.call(fd_readdir, 3, buffer, 64, 0x1234'5678'9abc, used), Errno::kInval);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
