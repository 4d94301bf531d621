// SPDX-License-Identifier: Apache-2.0
// The names of the features.
#include "bytecode/isa/features.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace doppel::bytecode {
namespace {

constexpr std::array kSets{
    std::pair{"wasm1", Features::wasm1()}, std::pair{"wasm2", Features::wasm2()},
    std::pair{"wasm3", Features::wasm3()}, std::pair{"all", Features::all()}};
constexpr auto kLastFeature = Feature::kCustomPageSizes;

/// The set that a word of a list names.
std::optional<Features> find_features(std::string_view word) {
  for (const auto& [name, set] : kSets) {
    if (word == name) return set;
  }
  for (int f = 1; f <= static_cast<int>(kLastFeature); ++f) {
    if (word == short_name(static_cast<Feature>(f))) return Features{static_cast<Feature>(f)};
  }
  return std::nullopt;
}

std::string known_words() {
  std::string words;
  for (const auto& [name, set] : kSets) words += fmt::format("{}, ", name);
  for (int f = 1; f <= static_cast<int>(kLastFeature); ++f) {
    words += fmt::format("{}{}", f > 1 ? ", " : "", short_name(static_cast<Feature>(f)));
  }
  return words;
}

}  // namespace

const char* to_string(Feature feature) {
  switch (feature) {
    case Feature::kMvp: return "WebAssembly 1.0";
    case Feature::kMultiValue: return "multiple values";
    case Feature::kSignExtension: return "sign extension";
    case Feature::kSaturatingConversion: return "saturating conversions";
    case Feature::kBulkMemory: return "bulk memory";
    case Feature::kReferenceTypes: return "reference types";
    case Feature::kSimd: return "SIMD";
    case Feature::kTailCalls: return "tail calls";
    case Feature::kExtendedConst: return "extended constant expressions";
    case Feature::kFunctionReferences: return "function references";
    case Feature::kGc: return "garbage collection";
    case Feature::kExceptions: return "exceptions";
    case Feature::kMemory64: return "64-bit memory";
    case Feature::kMultiMemory: return "multiple memories";
    case Feature::kRelaxedSimd: return "relaxed SIMD";
    case Feature::kThreads: return "threads";
    case Feature::kWideArithmetic: return "wide arithmetic";
    case Feature::kLegacyExceptions: return "legacy exceptions";
    case Feature::kCustomPageSizes: return "custom page sizes";
  }
  return "unknown";
}

const char* short_name(Feature feature) {
  switch (feature) {
    case Feature::kMvp: return "wasm1";
    case Feature::kMultiValue: return "multi-value";
    case Feature::kSignExtension: return "sign-extension-ops";
    case Feature::kSaturatingConversion: return "nontrapping-float-to-int-conversions";
    case Feature::kBulkMemory: return "bulk-memory-operations";
    case Feature::kReferenceTypes: return "reference-types";
    case Feature::kSimd: return "simd";
    case Feature::kTailCalls: return "tail-call";
    case Feature::kExtendedConst: return "extended-const";
    case Feature::kFunctionReferences: return "function-references";
    case Feature::kGc: return "gc";
    case Feature::kExceptions: return "exception-handling";
    case Feature::kMemory64: return "memory64";
    case Feature::kMultiMemory: return "multi-memory";
    case Feature::kRelaxedSimd: return "relaxed-simd";
    case Feature::kThreads: return "threads";
    case Feature::kWideArithmetic: return "wide-arithmetic";
    case Feature::kLegacyExceptions: return "legacy-exceptions";
    case Feature::kCustomPageSizes: return "custom-page-sizes";
  }
  return "unknown";
}

Result<Features> parse_features(std::string_view list) {
  Features features;
  for (;;) {
    const std::size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    const bool is_removed = word.starts_with('-');
    if (is_removed) word.remove_prefix(1);
    const auto named = find_features(word);
    if (!named) {
      return fail(ErrorKind::kUsage,
                  fmt::format("found '{}', expected features out of {}", word, known_words()));
    }
    features = is_removed ? features.without(*named) : features | *named;
    if (comma == std::string_view::npos) return features;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace doppel::bytecode
