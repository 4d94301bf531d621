// SPDX-License-Identifier: Apache-2.0
// The features of WebAssembly by the names of their proposals, and sets of them. The decoder and
// the validator accept what the given set holds; everything else is refused by the feature's name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "core/result.h"

namespace doppel::bytecode {

/// One proposal, finished or not. kMvp is WebAssembly 1.0, which every set holds.
enum class Feature : std::uint8_t {
  kMvp,
  kMultiValue,
  kSignExtension,
  kSaturatingConversion,
  kBulkMemory,
  kReferenceTypes,
  kSimd,
  kTailCalls,
  kExtendedConst,
  kFunctionReferences,
  kGc,
  kExceptions,
  kMemory64,
  kMultiMemory,
  kRelaxedSimd,
  kThreads,
  kWideArithmetic,
  kLegacyExceptions,
  kCustomPageSizes,
};

/// The proposal's name for messages: "tail calls".
const char* to_string(Feature feature);
/// Its name on command lines, that of its repository: "tail-call".
const char* short_name(Feature feature);

/// A set of features; small, copied freely.
class Features {
 public:
  constexpr Features() = default;
  constexpr Features(std::initializer_list<Feature> features) {
    for (Feature f : features) bits_ |= bit(f);
  }

  /// WebAssembly 1.0, 2.0 and 3.0 as their specifications say.
  static constexpr Features wasm1() { return {}; }
  static constexpr Features wasm2() {
    return {Feature::kMultiValue, Feature::kSignExtension,  Feature::kSaturatingConversion,
            Feature::kBulkMemory, Feature::kReferenceTypes, Feature::kSimd};
  }
  static constexpr Features wasm3() {
    return wasm2() | Features{Feature::kTailCalls,          Feature::kExtendedConst,
                              Feature::kFunctionReferences, Feature::kGc,
                              Feature::kExceptions,         Feature::kMemory64,
                              Feature::kMultiMemory,        Feature::kRelaxedSimd};
  }
  /// Everything that the decoder and the validator know.
  static constexpr Features all() {
    return wasm3() | Features{Feature::kThreads, Feature::kWideArithmetic,
                              Feature::kLegacyExceptions, Feature::kCustomPageSizes};
  }
  /// What the engines execute.
  static constexpr Features executable() { return all(); }

  [[nodiscard]] constexpr bool has(Feature f) const { return (bits_ & bit(f)) != 0; }
  [[nodiscard]] constexpr Features with(Feature f) const { return *this | Features{f}; }
  [[nodiscard]] constexpr Features without(Feature f) const { return without(Features{f}); }
  /// The rest; WebAssembly 1.0 cannot be taken away.
  [[nodiscard]] constexpr Features without(Features others) const {
    Features rest = *this;
    rest.bits_ &= ~others.bits_ | bit(Feature::kMvp);
    return rest;
  }
  friend constexpr Features operator|(Features a, Features b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(Features, Features) = default;

 private:
  static constexpr std::uint32_t bit(Feature f) { return 1U << static_cast<unsigned>(f); }
  std::uint32_t bits_ = 1;  // kMvp
};

/// Reads a list such as "wasm3,threads,-gc": sets (wasm1, wasm2, wasm3, all) and short names, each
/// added to what stands before it, or with a minus sign taken away. Errors are of kind kUsage.
Result<Features> parse_features(std::string_view list);

}  // namespace doppel::bytecode
