// SPDX-License-Identifier: Apache-2.0
// How a WASI call ends: with an errno for the guest, with the end of the program, or interrupted.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>

#include "bytecode/wasi/types.h"

namespace doppel::bytecode::wasi {

/// The end of one WASI call.
class [[nodiscard]] Outcome {
 public:
  enum class Kind : std::uint8_t {
    kErrno,        ///< the call returns errno() to the guest
    kExit,         ///< the program ends with exit_code(); the call does not return
    kInterrupted,  ///< the embedder asked to stop; nothing was transferred, the call may be
                   ///< repeated
  };

  // NOLINTNEXTLINE(google-explicit-constructor): an errno is an outcome
  constexpr Outcome(Errno value) : value_(static_cast<std::uint32_t>(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): so that DOPPEL_TRY passes failures on
  constexpr Outcome(const tl::unexpected<Outcome>& failure) : Outcome(failure.value()) {}

  [[nodiscard]] static constexpr Outcome exit(Exitcode code) { return {Kind::kExit, code}; }
  [[nodiscard]] static constexpr Outcome interrupted() { return {Kind::kInterrupted, 0}; }

  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  /// What the guest receives; only for `kErrno`.
  [[nodiscard]] constexpr Errno error() const { return static_cast<Errno>(value_); }
  /// The program's exit code; only for `kExit`.
  [[nodiscard]] constexpr Exitcode exit_code() const { return value_; }

  friend constexpr bool operator==(const Outcome&, const Outcome&) = default;

 private:
  constexpr Outcome(Kind kind, std::uint32_t value) : kind_(kind), value_(value) {}

  Kind kind_ = Kind::kErrno;
  std::uint32_t value_ = 0;
};

/// The outcome of proc_exit, the one function without a result: always the end of the program.
struct Exit {
  Exitcode code = 0;
};

/// A value on the way to an outcome, or the outcome that ends the call early.
template <class T>
using Attempt = tl::expected<T, Outcome>;

/// Ends a call early with `error`.
[[nodiscard]] inline tl::unexpected<Outcome> failed(Errno error) {
  return tl::unexpected<Outcome>(Outcome(error));
}

/// Ends a call early with the errno of the host system call that has just failed.
[[nodiscard]] tl::unexpected<Outcome> host_failed();

}  // namespace doppel::bytecode::wasi
