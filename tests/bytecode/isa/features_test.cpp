// SPDX-License-Identifier: Apache-2.0
// Lists of features as command lines give them.
#include "bytecode/isa/features.h"

#include <gtest/gtest.h>

namespace doppel::bytecode {
namespace {

TEST(Features, ListsAddAndTakeAway) {
  EXPECT_EQ(parse_features("wasm2").value(), Features::wasm2());
  EXPECT_EQ(parse_features("wasm3,threads,-gc").value(),
            Features::wasm3().with(Feature::kThreads).without(Feature::kGc));
  EXPECT_EQ(parse_features("all,-all").value(), Features::wasm1());
}

TEST(Features, EveryFeatureHasANameInLists) {
  for (int f = 0; f <= static_cast<int>(Feature::kCustomPageSizes); ++f) {
    const auto feature = static_cast<Feature>(f);
    EXPECT_TRUE(parse_features(short_name(feature)).value().has(feature)) << to_string(feature);
  }
}

TEST(Features, UnknownNamesAreRefused) {
  for (const char* list : {"", "wasm4", "gc,,simd", "gc,", "--gc", " gc"}) {
    EXPECT_FALSE(parse_features(list)) << list;
  }
}

}  // namespace
}  // namespace doppel::bytecode
