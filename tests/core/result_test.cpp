// SPDX-License-Identifier: Apache-2.0
// Results and errors: context, propagation, system calls.
#include "core/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace doppel {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::kUsage, "found an odd number, expected an even one");
  return number / 2;
}

Result<void> require_even(int number) {
  if (number % 2 != 0) return fail(ErrorKind::kUsage, "odd");
  return {};
}

Result<int> quarter(int number) {
  DOPPEL_TRY(require_even(number));
  return half(DOPPEL_TRY(half(number)));
}

TEST(Result, TryYieldsTheValue) { EXPECT_EQ(quarter(12).value(), 3); }

TEST(Result, TryReturnsTheErrorOfTheFirstFailure) {
  const Result<int> result = quarter(6);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(result.error().message, "found an odd number, expected an even one");
  EXPECT_EQ(quarter(3).error().message, "odd");
}

TEST(Error, WithinPutsTheContextInFront) {
  EXPECT_EQ((Error{ErrorKind::kInvalid, "bad type"}.within("function 3").message),
            "function 3: bad type");
}

TEST(Error, FailErrnoNamesTheCallAndTheReason) {
  const Result<int> result = fail_errno("open", ENOENT);
  EXPECT_EQ(result.error().kind, ErrorKind::kSystem);
  EXPECT_EQ(result.error().message, "open: No such file or directory");
}

}  // namespace
}  // namespace doppel
