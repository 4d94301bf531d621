// SPDX-License-Identifier: Apache-2.0
// Reservations: growth in place, guards, images, discarding, limits; and the range set below them.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "core/memory/address_ranges.h"
#include "core/memory/image.h"
#include "core/memory/reservation.h"
#include "core/sanitizer.h"

namespace doppel {
namespace {

constexpr std::size_t kGiB = std::size_t{1} << 30;

std::uintptr_t address_of(const std::byte* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// Whether the host lets us read the byte, asked without touching it.
bool is_readable(const std::byte* pointer) {
  int pipe_ends[2];
  EXPECT_EQ(::pipe(pipe_ends), 0);
  FileDescriptor reader(pipe_ends[0]);
  FileDescriptor writer(pipe_ends[1]);
  return ::write(writer.get(), pointer, 1) == 1;
}

std::vector<std::byte> bytes_of(std::size_t count, int value) {
  return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

TEST(Reservation, CommitsInPlaceAndGuardsTheRest) {
  const std::size_t page = host_page_size();
  Reservation memory = Reservation::create(8 * kGiB + 65536).value();
  EXPECT_EQ(memory.committed(), 0u);
  EXPECT_FALSE(is_readable(memory.base()));
  std::byte* base = memory.base();

  ASSERT_TRUE(memory.commit(page + 1));
  EXPECT_EQ(memory.committed(), 2 * page);
  base[0] = std::byte{42};
  EXPECT_EQ(base[2 * page - 1], std::byte{0});
  EXPECT_FALSE(is_readable(base + 2 * page));

  ASSERT_TRUE(memory.commit(5 * page));
  EXPECT_EQ(memory.base(), base);
  EXPECT_EQ(base[0], std::byte{42});
  EXPECT_EQ(base[5 * page - 1], std::byte{0});
  ASSERT_TRUE(memory.commit(page)) << "committing less changes nothing";
  EXPECT_EQ(memory.committed(), 5 * page);
}

TEST(Reservation, RefusesWhatCannotBe) {
  EXPECT_EQ(Reservation::create(0).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(Reservation::create(SIZE_MAX).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(Reservation::create(PTRDIFF_MAX - 65535).error().kind, ErrorKind::kSystem);
  Reservation memory = Reservation::create(host_page_size()).value();
  EXPECT_EQ(memory.commit(host_page_size() + 1).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(memory.committed(), 0u);
}

TEST(Reservation, ALimitOnAddressesIsAnErrorThatNamesIt) {
#if DOPPEL_ASAN || DOPPEL_TSAN
  GTEST_SKIP() << "sanitizers hold more addresses than the limit";
#endif
  const auto reserve_under_limit = [] {
    const rlimit limit{kGiB, kGiB};
    ::setrlimit(RLIMIT_AS, &limit);
    const auto refused = Reservation::create(8 * kGiB);
    const bool named = !refused && refused.error().kind == ErrorKind::kSystem &&
                       refused.error().message.find("1073741824") != std::string::npos;
    std::_Exit(named && Reservation::create(kGiB / 4) ? 0 : 1);
  };
  EXPECT_EXIT(reserve_under_limit(), testing::ExitedWithCode(0), "");
}

TEST(Reservation, IsFoundByAddressWhileItLives) {
  std::uintptr_t first = 0;
  {
    Reservation memory = Reservation::create(4 * host_page_size()).value();
    first = address_of(memory.base());
    Reservation moved = std::move(memory);
    const auto found = find_reservation(first + 4 * host_page_size() - 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->begin, first);
    EXPECT_EQ(found->end, first + 4 * host_page_size());
  }
  EXPECT_FALSE(find_reservation(first));
}

TEST(Reservation, MapsAnImageCopyOnWriteAndDiscardsBackToIt) {
  const std::size_t page = host_page_size();
  const Image image = Image::create(bytes_of(page + 100, 7)).value();
  Reservation one = Reservation::create(8 * page).value();
  Reservation two = Reservation::create(8 * page).value();
  for (Reservation* memory : {&one, &two}) {
    ASSERT_TRUE(memory->commit(4 * page));
    ASSERT_TRUE(memory->map_image(page, image));
  }
  std::byte* base = one.base();
  EXPECT_EQ(base[page - 1], std::byte{0});
  EXPECT_EQ(base[page], std::byte{7});
  EXPECT_EQ(base[2 * page + 99], std::byte{7});
  EXPECT_EQ(base[2 * page + 100], std::byte{0});

  base[page] = std::byte{9};
  base[3 * page] = std::byte{9};
  EXPECT_EQ(two.base()[page], std::byte{7}) << "a write stays in its reservation";
  ASSERT_TRUE(one.commit(8 * page));
  EXPECT_EQ(base[page], std::byte{9}) << "growth keeps what was written";

  ASSERT_TRUE(one.discard(0, 8 * page));
  EXPECT_EQ(base[page], std::byte{7});
  EXPECT_EQ(base[3 * page], std::byte{0});

  ASSERT_TRUE(one.decommit());
  EXPECT_FALSE(is_readable(base));
  ASSERT_TRUE(one.commit(4 * page));
  EXPECT_EQ(base[page], std::byte{0}) << "decommitting drops the image";
}

TEST(Reservation, RefusesImagesAndDiscardsThatDoNotFit) {
  const std::size_t page = host_page_size();
  const Image image = Image::create(bytes_of(page + 1, 1)).value();
  Reservation memory = Reservation::create(8 * page).value();
  ASSERT_TRUE(memory.commit(2 * page));
  EXPECT_EQ(memory.map_image(1, image).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(memory.map_image(page, image).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(memory.map_image(SIZE_MAX - page + 1, image).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(memory.discard(page, 2 * page).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(memory.discard(0, 1).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(memory.map_image(0, image));
  EXPECT_TRUE(memory.map_image(page, Image::create({}).value()));
  EXPECT_TRUE(memory.discard(0, 0));
}

TEST(Reservation, AShareableOneIsSeenThroughItsFile) {
  const std::size_t page = host_page_size();
  Reservation memory = Reservation::create_shareable(64 * page).value();
  ASSERT_TRUE(memory.commit(page));
  memory.base()[0] = std::byte{1};
  ASSERT_TRUE(memory.commit(3 * page));
  memory.base()[2 * page] = std::byte{2};
  auto* alias = static_cast<std::byte*>(
      ::mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, memory.file(), 0));
  ASSERT_NE(alias, MAP_FAILED);
  EXPECT_EQ(alias[0], std::byte{1});
  alias[2 * page] = std::byte{3};
  EXPECT_EQ(memory.base()[2 * page], std::byte{3});

  ASSERT_TRUE(memory.discard(2 * page, page));
  EXPECT_EQ(memory.base()[2 * page], std::byte{0});
  EXPECT_EQ(alias[2 * page], std::byte{0});
  EXPECT_EQ(memory.map_image(0, Image::create(bytes_of(1, 1)).value()).error().kind,
            ErrorKind::kUsage);
  ::munmap(alias, 3 * page);
  ASSERT_TRUE(memory.decommit());
  ASSERT_TRUE(memory.commit(page));
  EXPECT_EQ(memory.base()[0], std::byte{0});
}

TEST(Reservation, ALimitOnFilesIsAnErrorAndChangesNothing) {
  const auto commit_under_limit = [] {
    Reservation memory = Reservation::create_shareable(kGiB).value();
    const bool committed = memory.commit(65536).has_value();
    const rlimit limit{kGiB / 2, kGiB / 2};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto refused = memory.commit(kGiB);
    const bool reported = !refused && refused.error().kind == ErrorKind::kSystem;
    const bool unchanged = memory.committed() == 65536 && memory.base()[65535] == std::byte{0};
    std::_Exit(committed && reported && unchanged && memory.commit(kGiB / 2) ? 0 : 1);
  };
  EXPECT_EXIT(commit_under_limit(), testing::ExitedWithCode(0), "");
}

TEST(Image, IsSealed) {
  const Image image = Image::create(bytes_of(10, 5)).value();
  EXPECT_EQ(image.size(), 10u);
  EXPECT_EQ(::pwrite(image.file(), "x", 1, 0), -1);
  EXPECT_EQ(::ftruncate(image.file(), 0), -1);
}

TEST(AddressRanges, FindsByAddressAcrossManyBlocks) {
  static constinit AddressRanges ranges;  // its blocks live as long as the process
  for (std::uintptr_t i = 1; i <= 1000; ++i) {
    ASSERT_TRUE(ranges.add({i * 100, i * 100 + 50, reinterpret_cast<const void*>(i)}));
  }
  ranges.remove(50000);
  EXPECT_FALSE(ranges.find(99));
  EXPECT_FALSE(ranges.find(150));
  EXPECT_FALSE(ranges.find(50020));
  const auto last = ranges.find(100049);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->begin, 100000u);
  EXPECT_EQ(last->owner, reinterpret_cast<const void*>(1000));
}

TEST(AddressRanges, KeepsEveryRangeWhileOthersComeAndGo) {
  static constinit AddressRanges ranges;  // its blocks live as long as the process
  std::atomic<int> missed = 0;
  const auto churn = [&](std::uintptr_t thread) {
    for (std::uintptr_t i = 1; i < 2000; ++i) {
      const std::uintptr_t begin = thread * 1'000'000 + i * 10;
      if (!ranges.add({begin, begin + 10})) ++missed;
      const auto found = ranges.find(begin + 9);
      if (!found || found->begin != begin) ++missed;
      if (i % 16 != 0) ranges.remove(begin);
    }
  };
  std::vector<std::thread> threads;
  for (std::uintptr_t thread = 1; thread <= 4; ++thread) threads.emplace_back(churn, thread);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace doppel
