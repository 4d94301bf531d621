// SPDX-License-Identifier: Apache-2.0
// Errors as values: every fallible operation of the toolkit returns a Result.
// An Error says what was found, what was expected and where; guest faults are
// not errors but traps (core/ops/trap_code.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace doppel {

/// What class of failure an Error reports; callers branch on it, people read the message.
enum class ErrorKind : std::uint8_t {
  kMalformed,    ///< bytes or text that are not in the format at all
  kInvalid,      ///< well-formed, but against the format's static rules
  kUnsupported,  ///< valid, but not offered by this build or configuration
  kUnlinkable,   ///< a missing import, or one of another type
  kLimit,        ///< an implementation or embedder limit was exceeded
  kSystem,       ///< the host refused: a failed system call
  kUsage,        ///< the caller broke the interface's rules
};

/// A failure with its message. The message is lower case, without a full stop, and complete:
/// it can be shown to a person as it is.
struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::kUsage;
  std::string message;

  /// The same failure seen from further out: "context: message".
  [[nodiscard]] Error within(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

/// A value, or the Error that prevented it.
template <class T>
using Result = tl::expected<T, Error>;

/// Builds the failing side of a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// The Error of the failed system call `what`: "what: No such file or directory" for ENOENT.
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view what, int error_number);

}  // namespace doppel

/// Evaluates a Result; yields its value, or returns its error from the enclosing function.
/// The only propagation macro of the project.
#define DOPPEL_TRY(...)                                              \
  __extension__({                                                    \
    auto&& doppel_try_result = (__VA_ARGS__);                        \
    if (!doppel_try_result) [[unlikely]]                             \
      return ::tl::unexpected(std::move(doppel_try_result).error()); \
    ::doppel::detail::take(std::move(doppel_try_result));            \
  })

namespace doppel::detail {
template <class T, class E>
T take(tl::expected<T, E>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace doppel::detail
