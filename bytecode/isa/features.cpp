// SPDX-License-Identifier: Apache-2.0
// The names of the features.
#include "bytecode/isa/features.h"

namespace doppel::bytecode {

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

}  // namespace doppel::bytecode
