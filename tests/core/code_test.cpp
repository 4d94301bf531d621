// SPDX-License-Identifier: Apache-2.0
// Code objects: loading, keeping in files, what is refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/code/code_cache.h"
#include "core/code/digest.h"
#include "core/code/loaded_code.h"
#include "core/read_file.h"
#include "core/trap/fault_code.h"

namespace doppel {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

std::uint64_t outside_value() { return 100; }

/// x86-64: `sum` adds a constant, what a function outside returns, and what `seven` here returns.
CodeObject example() {
  using Kind = CodeObject::FixupKind;
  using Part = CodeObject::Part;
  CodeObject object;
  object.code = bytes({
      0x53,                             //  0 push rbx
      0x48, 0x8b, 0x1d, 0, 0, 0,    0,  //  1 mov rbx, [rip + constant]
      0xff, 0x15, 0,    0, 0, 0,        //  8 call [rip + slot of outside]
      0x48, 0x01, 0xc3,                 // 14 add rbx, rax
      0xe8, 0,    0,    0, 0,           // 17 call seven
      0x48, 0x01, 0xd8,                 // 22 add rax, rbx
      0x5b, 0xc3,                       // 25 pop rbx; ret
      0xb8, 7,    0,    0, 0, 0xc3,     // 27 seven: mov eax, 7; ret
  });
  object.constants = bytes({0x10, 0x27, 0, 0, 0, 0, 0, 0,  // 10000
                            0, 0, 0, 0, 0, 0, 0, 0});      // the address of seven
  object.outside = {"outside"};
  object.room = 24;
  object.symbols = {
      {"sum", Part::kCode, 0, 27}, {"seven", Part::kCode, 27, 6}, {"room", Part::kRoom, 8, 16}};
  object.fixups = {
      {Kind::kRelative32, Part::kCode, 4, Part::kConstants, 0, -4},
      {Kind::kSlot32, Part::kCode, 10, Part::kOutside, 0, -4},
      {Kind::kRelative32, Part::kCode, 18, Part::kCode, 0, 27 - 4},
      {Kind::kAddress64, Part::kConstants, 8, Part::kCode, 0, 27},
  };
  object.lines = {{0, 3}, {8, 4}, {27, 0}};
  return object;
}

const void* resolve(std::string_view name) {
  return name == "outside" ? reinterpret_cast<const void*>(&outside_value) : nullptr;
}

// The sanitizer of undefined behaviour looks for a function's type before its first byte.
#ifdef __clang__
__attribute__((no_sanitize("function")))
#endif
std::uint64_t
run(const LoadedCode& code, std::string_view name) {
  return reinterpret_cast<std::uint64_t (*)()>(code.find(name).data())();
}

#ifdef __x86_64__
TEST(LoadedCode, ReachesConstantsOthersAndItself) {
  CodeSpace space;
  const auto code = LoadedCode::load(example(), resolve, space);
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(run(*code, "sum"), 10107U);
  EXPECT_EQ(run(*code, "seven"), 7U);
  EXPECT_TRUE(code->find("eight").empty());
}

TEST(LoadedCode, LivesInAnotherProcessToo) {
  StateWriter out;
  example().save(out);
  const auto stream = std::move(out).finish();
  StateReader in(stream);
  const CodeObject object = CodeObject::restore(in);
  ASSERT_TRUE(in.finish()) << in.status().error().message;
  CodeSpace space;
  const auto code = LoadedCode::load(object, resolve, space);
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(run(*code, "sum"), 10107U);
}

TEST(LoadedCode, HasRoomThatIsItsOwn) {
  CodeSpace space;
  CodeObject object = example();
  object.code = bytes({0x8b, 0x05, 0, 0, 0, 0, 0xc3});  // mov eax, [rip + room]; ret
  object.symbols = {{"first", CodeObject::Part::kCode, 0, 7},
                    {"room", CodeObject::Part::kRoom, 8, 16}};
  object.fixups = {{CodeObject::FixupKind::kRelative32, CodeObject::Part::kCode, 2,
                    CodeObject::Part::kRoom, 0, 8 - 4}};
  object.lines.clear();
  ASSERT_TRUE(object.check());
  const auto one = LoadedCode::load(object, resolve, space);
  const auto other = LoadedCode::load(object, resolve, space);
  ASSERT_EQ(one->find("room").size(), 16U);
  EXPECT_EQ(run(*one, "first"), 0U);
  one->find("room").front() = std::byte{42};
  EXPECT_EQ(run(*one, "first"), 42U);
  EXPECT_EQ(run(*other, "first"), 0U);
}

TEST(CodeSpace, HoldsMoreThanAChunk) {
  CodeSpace space;
  const LoadedCode first = LoadedCode::load(example(), resolve, space).value();
  CodeObject large = example();
  large.room = 40U << 20;
  const LoadedCode second = LoadedCode::load(large, resolve, space).value();
  EXPECT_EQ(run(first, "sum"), 10107U);
  EXPECT_EQ(run(second, "sum"), 10107U);
  EXPECT_TRUE(FaultCode::find(reinterpret_cast<std::uintptr_t>(first.find("sum").data())));
  EXPECT_TRUE(FaultCode::find(reinterpret_cast<std::uintptr_t>(second.find("sum").data())));
}
#endif

TEST(LoadedCode, KnowsLines) {
  CodeSpace space;
  const auto code = LoadedCode::load(example(), resolve, space);
  ASSERT_TRUE(code) << code.error().message;
  const auto begin = reinterpret_cast<std::uintptr_t>(code->find("sum").data());
  EXPECT_EQ(code->line_at(begin), 3U);
  EXPECT_EQ(code->line_at(begin + 7), 3U);
  EXPECT_EQ(code->line_at(begin + 8), 4U);
  EXPECT_EQ(code->line_at(begin + 27), 0U);
  EXPECT_EQ(code->line_at(begin - 1), 0U);
}

TEST(LoadedCode, NamesWhatIsMissing) {
  CodeSpace space;
  const auto code = LoadedCode::load(example(), [](std::string_view) { return nullptr; }, space);
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().kind, ErrorKind::kUnlinkable);
  EXPECT_EQ(code.error().message, "code needs 'outside', which is not there");
}

TEST(CodeObject, RefusesWhatLeadsOutside) {
  const auto refused = [](auto change) {
    CodeObject object = example();
    change(object);
    return !object.check();
  };
  EXPECT_TRUE(example().check());
  EXPECT_TRUE(refused([](CodeObject& object) { object.fixups[0].offset = 31; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.fixups[0].offset = UINT32_MAX; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.fixups[3].offset = 9; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.fixups[1].outside = 1; }));
  EXPECT_TRUE(
      refused([](CodeObject& object) { object.fixups[1].target = CodeObject::Part::kCode; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.symbols[0].offset = 34; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.symbols[1].size = 7; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.symbols[2].size = 17; }));
  EXPECT_TRUE(
      refused([](CodeObject& object) { object.symbols[2].part = CodeObject::Part::kConstants; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.room = UINT32_MAX; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.lines[2].offset = 34; }));
  EXPECT_TRUE(refused([](CodeObject& object) { object.lines[2].offset = 7; }));
}

TEST(CodeObject, DamagedStreamsAreErrors) {
  StateWriter out;
  example().save(out);
  const auto stream = std::move(out).finish();
  for (std::size_t at = 0; at < stream.size(); ++at) {
    auto damaged = stream;
    damaged[at] ^= std::byte{0x41};
    StateReader in(damaged);
    (void)CodeObject::restore(in);
    EXPECT_FALSE(in.finish()) << "at byte " << at;
  }
}

TEST(Digest, IsOfPartsAndTheirLengths) {
  const std::string_view ab("ab"), a("a"), b("b");
  const auto raw = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  EXPECT_EQ(sha256({raw(ab)}).size(), 64U);
  EXPECT_EQ(sha256({raw(ab)}), sha256({raw(ab)}));
  EXPECT_NE(sha256({raw(ab)}), sha256({raw(a), raw(b)}));
}

Result<std::vector<std::byte>> read(const CodeCache& cache, const std::string& key) {
  return read_file(DOPPEL_TRY(cache.open_file(key)), key);
}

TEST(Digest, IsTheSameOnEveryProcessor) {
  std::vector<std::byte> contents(1000);
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<std::byte>(i * 7);
  for (std::size_t size = 0; size <= contents.size(); ++size) {
    const auto part = std::span<const std::byte>(contents).first(size);
    ASSERT_EQ(sha256({part}), sha256_everywhere({part})) << size << " bytes";
    ASSERT_EQ(sha256({part, part.first(size / 3)}),
              sha256_everywhere({part, part.first(size / 3)}));
  }
}

class CodeCacheFolder : public ::testing::Test {
 protected:
  CodeCacheFolder() { fs::create_directory(folder_); }
  ~CodeCacheFolder() override { fs::remove_all(folder_); }
  CodeCacheFolder(const CodeCacheFolder&) = delete;
  CodeCacheFolder& operator=(const CodeCacheFolder&) = delete;

  [[nodiscard]] std::string cache() const { return folder_ / "a" / "code"; }

  const fs::path folder_ =
      fs::temp_directory_path() / ("doppel_code_test_" + std::to_string(::getpid()));
};

TEST_F(CodeCacheFolder, GivesBackWhatWasWrittenLast) {
  const auto cache = CodeCache::open(this->cache());
  ASSERT_TRUE(cache) << cache.error().message;
  EXPECT_FALSE(read(*cache, "k"));
  ASSERT_TRUE(cache->write("k", bytes({1, 2, 3})));
  ASSERT_TRUE(cache->write("k", bytes({4, 5})));
  EXPECT_EQ(read(CodeCache::open(this->cache()).value(), "k").value(), bytes({4, 5}));
}

TEST_F(CodeCacheFolder, TrustsNoFileOrFolderThatOthersMayWrite) {
  const auto cache = CodeCache::open(this->cache());
  ASSERT_TRUE(cache->write("k", bytes({1})));
  const fs::path file = fs::path(this->cache()) / "k";
  ::chmod(file.c_str(), 0622);
  EXPECT_FALSE(read(*cache, "k"));
  fs::remove(file);
  fs::create_symlink("/dev/zero", file);
  EXPECT_FALSE(read(*cache, "k"));
  ::chmod(this->cache().c_str(), 0777);
  EXPECT_FALSE(CodeCache::open(this->cache()));
}

TEST_F(CodeCacheFolder, DropsWhatWasNotReadForLongest) {
  const auto cache = CodeCache::open(this->cache(), 250);
  const std::vector<std::byte> hundred(100);
  for (const char* key : {"a", "b"}) {
    ASSERT_TRUE(cache->write(key, hundred));
    const timespec old[2] = {{1000, 0}, {1000, 0}};
    ::utimensat(AT_FDCWD, (fs::path(this->cache()) / key).c_str(), old, 0);
  }
  EXPECT_TRUE(read(*cache, "a"));
  ASSERT_TRUE(cache->write("c", hundred));
  EXPECT_TRUE(read(*cache, "a"));
  EXPECT_FALSE(read(*cache, "b"));
  EXPECT_TRUE(read(*cache, "c"));
}

TEST_F(CodeCacheFolder, IsLockedByOneAtATime) {
  const auto cache = CodeCache::open(this->cache());
  auto lock = cache->lock();
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_FALSE(CodeCache::open(this->cache())->lock());
  *lock = FileDescriptor();
  EXPECT_TRUE(CodeCache::open(this->cache())->lock());
}

TEST_F(CodeCacheFolder, ReadersSeeWholeFiles) {
  const auto cache = CodeCache::open(this->cache());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int round = 0; !stop; ++round)
      ASSERT_TRUE(cache->write("k", std::vector<std::byte>(100'000, std::byte(round))));
  });
  for (int seen = 0; seen < 200;) {
    const auto found = read(*cache, "k");
    if (!found) continue;
    ++seen;
    ASSERT_EQ(found->size(), 100'000U);
    ASSERT_EQ(found->front(), found->back());
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace doppel
