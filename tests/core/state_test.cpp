// SPDX-License-Identifier: Apache-2.0
// The state stream: what was written comes back; what was damaged, cut short or is of a later
// version is refused with a message that says where.
#include <gmock/gmock.h>

#include "core/state/stream.h"

namespace doppel {
namespace {

using testing::HasSubstr;

std::vector<std::byte> sample() {
  StateWriter writer;
  writer.begin("clock", 1);
  writer.u64(0x1122'3344'5566'7788);
  writer.boolean(true);
  writer.begin("disk", 3);
  writer.text("hello");
  writer.u16(7);
  return std::move(writer).finish();
}

Result<void> read(std::span<const std::byte> stream, std::uint32_t newest = 3) {
  StateReader reader(stream);
  reader.begin("clock", 1);
  EXPECT_TRUE(reader.failed() || reader.u64() == 0x1122'3344'5566'7788);
  EXPECT_TRUE(reader.boolean() || reader.failed());
  reader.begin("disk", newest);
  EXPECT_TRUE(reader.text() == "hello" || reader.failed());
  EXPECT_TRUE(reader.u16() == 7 || reader.failed());
  return reader.finish();
}

TEST(StateStream, GivesBackWhatWasWritten) { EXPECT_TRUE(read(sample())); }

TEST(StateStream, RefusesEveryPrefix) {
  const auto stream = sample();
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_FALSE(read(std::span(stream).first(size))) << size;
  }
}

TEST(StateStream, RefusesEveryChangedByte) {
  const auto stream = sample();
  for (std::size_t i = 0; i < stream.size(); ++i) {
    auto changed = stream;
    changed[i] ^= std::byte{0x40};
    EXPECT_FALSE(read(changed)) << i;
  }
}

TEST(StateStream, RefusesALaterVersion) {
  const auto result = read(sample(), 2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("'disk': found version 3, expected 1 to 2"));
}

TEST(StateStream, RefusesASectionThatIsNotReadToItsEnd) {
  const auto stream = sample();
  StateReader reader(stream);
  reader.begin("clock", 1);
  reader.begin("disk", 3);
  ASSERT_FALSE(reader.status());
  EXPECT_THAT(reader.status().error().message, HasSubstr("'clock': found 9 bytes too many"));
}

TEST(StateStream, ChecksumIsCastagnolis) {
  EXPECT_EQ(crc32c(std::as_bytes(std::span(std::string_view("123456789")))), 0xe306'9283U);
  // From the specification of iSCSI, RFC 3720, section B.4.
  EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8a91'36aaU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8'ab43U);
}

}  // namespace
}  // namespace doppel
