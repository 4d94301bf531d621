// SPDX-License-Identifier: Apache-2.0
// Disks in files.
#include "sysvm/block/raw_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace doppel::sysvm {
namespace {

class RawFileTest : public testing::Test {
 protected:
  RawFileTest() { std::ofstream(path) << std::string(4096, 'x'); }
  ~RawFileTest() override { std::filesystem::remove(path); }

  std::string path = testing::TempDir() + "doppel_raw_file_" + std::to_string(getpid());
};

TEST_F(RawFileTest, KeepsWhatWasWritten) {
  const std::array<std::byte, 3> written = {std::byte{1}, std::byte{2}, std::byte{3}};
  {
    auto file = RawFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->bytes(), 4096U);
    EXPECT_FALSE(file->is_read_only());
    const std::span<const std::byte> parts[] = {std::span(written).first(1),
                                                std::span(written).subspan(1)};
    EXPECT_TRUE(file->write(512, parts));
    EXPECT_TRUE(file->flush());
  }
  auto file = RawFile::open(path);
  std::array<std::byte, 4> read = {};
  const std::span<std::byte> parts[] = {std::span(read).first(2), std::span(read).subspan(2)};
  ASSERT_TRUE(file->read(512, parts));
  EXPECT_THAT(read, testing::ElementsAre(std::byte{1}, std::byte{2}, std::byte{3}, std::byte{'x'}));
}

TEST_F(RawFileTest, BelongsToOneMachine) {
  const auto first = RawFile::open(path);
  ASSERT_TRUE(first);
  const auto second = RawFile::open(path);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("in use"));
}

TEST_F(RawFileTest, RefusesWhatIsNoDisk) {
  EXPECT_FALSE(RawFile::open("/nonexistent"));
  EXPECT_FALSE(RawFile::open("/dev/null"));
  EXPECT_FALSE(RawFile::open("/"));
}

TEST_F(RawFileTest, AFileThatWasCutReadsAsZero) {
  auto file = RawFile::open(path);
  ASSERT_EQ(truncate(path.c_str(), 100), 0);
  std::array<std::byte, 8> read = {};
  read.fill(std::byte{9});
  const std::span<std::byte> parts[] = {read};
  ASSERT_TRUE(file->read(96, parts));
  EXPECT_EQ(read[3], std::byte{'x'});
  EXPECT_EQ(read[4], std::byte{0});
  EXPECT_EQ(read[7], std::byte{0});
}

}  // namespace
}  // namespace doppel::sysvm
