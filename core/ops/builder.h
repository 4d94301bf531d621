// SPDX-License-Identifier: Apache-2.0
// The machine-operation vocabulary: what an instruction's one definition may say
// (docs/design/ops.md). A builder gives each word a meaning: EvalBuilder (core/ops/eval.h) computes
// it on host values, other builders emit code for it. Definitions are templates over the builder,
// so that every engine of a machine takes its meaning from the same line.
//
// Rules of the vocabulary:
// - a guard stands before the instruction's first effect, and everything after it may rely on it;
// - division and conversion to integer have preconditions, which guards establish;
// - shift and rotate counts are taken modulo the width;
// - float arithmetic rounds to nearest, ties to even, and answers any NaN with an arithmetic NaN;
//   fabs, fneg and fcopysign touch the sign bit alone;
// - an access to guest memory is one relaxed atomic access, aligned or not; an address that lies
//   outside is a fault of that access, before any of its effects.
#pragma once

#include <concepts>

#include "core/ops/trap_code.h"

namespace doppel::ops {

/// The builder's types; the vocabulary's operations are documented at EvalBuilder, which is
/// complete.
template <class B>
concept Builder = requires(B& b, typename B::I32 x, typename B::I64 y, typename B::F32 f,
                           typename B::F64 g, typename B::Bool condition) {
  { b.add(x, x) } -> std::same_as<typename B::I32>;
  { b.add(y, y) } -> std::same_as<typename B::I64>;
  { b.fadd(f, f) } -> std::same_as<typename B::F32>;
  { b.fadd(g, g) } -> std::same_as<typename B::F64>;
  { b.lt_s(x, x) } -> std::same_as<typename B::Bool>;
  { b.guard_fails(condition, TrapCode{}) } -> std::convertible_to<bool>;
};

}  // namespace doppel::ops

/// States that `condition` holds, or the instruction traps with `code` and has no effect. Stands in
/// a definition's body, before anything that relies on it.
#define DOPPEL_GUARD(b, condition, code)        \
  do {                                          \
    if ((b).guard_fails((condition), (code))) { \
      return {};                                \
    }                                           \
  } while (false)
