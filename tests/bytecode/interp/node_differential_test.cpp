// SPDX-License-Identifier: Apache-2.0
// Random modules run the same on the interpreter as under node, as far as that one goes: it is
// asked first which features it has.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bytecode/text/assemble.h"
#include "tests/bytecode/interp/difference.h"
#include "tests/bytecode/interp/node_peer.h"

namespace doppel::bytecode {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  std::string digits;
  for (const std::byte byte : bytes)
    digits += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return digits;
}

/// A module that needs a feature. Of the others, all that runs modules at all has them.
struct Probe {
  Feature feature;
  const char* module;
};
constexpr std::array kProbes{
    Probe{Feature::kTailCalls, "(func $f (return_call $f))"},
    Probe{Feature::kRelaxedSimd,
          "(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))"},
    Probe{Feature::kMultiMemory, "(memory 1) (memory 1)"},
    Probe{Feature::kMemory64, "(memory i64 1) (table i64 1 funcref)"},
    Probe{Feature::kThreads, "(memory 1 1 shared) (func (atomic.fence))"},
    Probe{Feature::kExtendedConst, "(global i32 (i32.add (i32.const 1) (i32.const 1)))"},
    Probe{Feature::kFunctionReferences, "(type $t (func)) (func (call_ref $t (ref.null $t)))"},
    Probe{Feature::kGc, "(type (struct)) (func (drop (ref.cast (ref 0) (struct.new 0))))"},
    Probe{Feature::kExceptions, "(func (param exnref) (try_table) (throw_ref (local.get 0)))"},
    Probe{Feature::kWideArithmetic,
          "(func (result i64 i64) (i64.mul_wide_s (i64.const 1) (i64.const 1)))"},
    Probe{Feature::kCustomPageSizes, "(memory 1 (pagesize 1))"}};

/// What modules for node are made of, said on the standard output.
RandomModuleOptions options_for(NodePeer& node) {
  nlohmann::json question;
  for (const Probe& probe : kProbes)
    question["probes"].push_back(hex(assemble(probe.module, "probe").value()));
  const nlohmann::json answer = node.ask(question);
  // It does not run modules that have both the old exceptions and the new ones.
  RandomModuleOptions options{Features::executable().without(Feature::kLegacyExceptions), true};
  std::string missing = short_name(Feature::kLegacyExceptions);
  for (std::size_t i = 0; i < kProbes.size(); ++i) {
    if (answer["probes"][i] == true) continue;
    options.features = options.features.without(kProbes[i].feature);
    missing += std::string(", ") + short_name(kProbes[i].feature);
  }
  const bool has_objects =
      options.features.has(Feature::kGc) && options.features.has(Feature::kFunctionReferences);
  if (!has_objects)
    options.features = options.features.without({Feature::kGc, Feature::kFunctionReferences});
  std::cout << "node " << answer["version"] << ", not compared: " << missing << "\n";
  return options;
}

/// Kinds of traps as far as both engines tell them apart.
std::string kind_for_node(TrapKind kind) {
  switch (kind) {
    case TrapKind::kNone: return "";
    case TrapKind::kUnreachable: return "unreachable";
    case TrapKind::kIntegerDivideByZero: return "division by zero";
    case TrapKind::kIntegerOverflow:
    case TrapKind::kInvalidConversionToInteger: return "unrepresentable";
    case TrapKind::kMemoryOutOfBounds:
    case TrapKind::kUnalignedAtomic: return "memory";
    case TrapKind::kTableOutOfBounds:
    case TrapKind::kUndefinedElement: return "table";
    case TrapKind::kUninitializedElement:
    case TrapKind::kIndirectCallTypeMismatch: return "indirect call";
    case TrapKind::kNullReference: return "null";
    case TrapKind::kArrayOutOfBounds: return "array";
    case TrapKind::kCastFailure: return "cast";
    case TrapKind::kWaitOnUnsharedMemory: return "wait";
    case TrapKind::kUncaughtException: return "exception";
    default: return std::string("other: ") + to_string(kind);
  }
}

template <class List>
nlohmann::json decimal(const List& values) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto value : values) list.push_back(std::to_string(static_cast<std::uint64_t>(value)));
  return list;
}

nlohmann::json type_names(const ResultType& types) {
  nlohmann::json list = nlohmann::json::array();
  for (const ValType type : types) list.push_back(to_string(type));
  return list;
}

/// What is seen of a call in the form of node's answers: of globals, numbers only.
nlohmann::json for_node(const Module& module, const Observed& seen) {
  Reference::Values globals;
  for (std::size_t i = 1; i < seen.globals.size(); ++i) {
    if (module.globals[i].type.type.is_numeric()) globals.push_back(seen.globals[i]);
  }
  return {{"trap", kind_for_node(seen.trap)},    {"results", decimal(seen.results)},
          {"sizes", decimal(seen.memory_sizes)}, {"hashes", decimal(seen.memory_hashes)},
          {"globals", decimal(globals)},         {"host", std::to_string(seen.host_sum)}};
}

nlohmann::json question_for_node(const std::vector<std::byte>& bytes, const Module& module,
                                 const std::vector<Call>& calls) {
  nlohmann::json question{{"module", hex(bytes)},
                          {"budget", kRandomModuleBudget},
                          {"imports", nlohmann::json::array()},
                          {"memories", nlohmann::json::array()},
                          {"globals", nlohmann::json::array()},
                          {"calls", nlohmann::json::array()}};
  const auto typed = [](const std::string& name, const FuncType& type) -> nlohmann::json {
    return {
        {"name", name}, {"params", type_names(type.params)}, {"results", type_names(type.results)}};
  };
  for (const Import& import : module.imports)
    question["imports"].push_back(typed(import.name, module.func_type(FuncIndex{import.index})));
  for (const Export& each : module.exports) {
    if (each.kind == ExternKind::kMemory) question["memories"].push_back(each.name);
    if (each.kind == ExternKind::kGlobal && each.index > 0) {
      const ValType type = module.globals[each.index].type.type;
      question["globals"].push_back({{"name", each.name}, {"type", to_string(type)}});
    }
  }
  for (const Call& call : calls) {
    const FuncType& type = module.func_type(FuncIndex{call.function});
    question["calls"].push_back(typed("f" + std::to_string(call.function), type));
    question["calls"].back()["args"] = decimal(call.arguments);
  }
  return question;
}

/// Where the module of these choices runs in another way than under node; empty if nowhere.
std::string difference_from_node(NodePeer& node, const RandomModuleOptions& options,
                                 std::span<const std::uint8_t> choices, std::uint64_t seed) {
  const std::vector<std::byte> bytes = random_module(choices, options);
  OnInterpreter ours(bytes, Way::kPlain);
  if (!ours.ready()) return "not loaded";
  const std::vector<Call> calls = random_calls(ours.module(), seed);
  const nlohmann::json answers = node.ask(question_for_node(bytes, ours.module(), calls));
  if (!answers.is_array() || answers.size() != calls.size()) return "node says " + answers.dump();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const nlohmann::json seen = for_node(ours.module(), ours.call(calls[i]));
    if (seen != answers[i])
      return told_apart(i, calls[i], "doppel", seen.dump(), answers[i].dump());
  }
  return {};
}

class NodeDifferential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(NodeDifferential, InterpreterAgreesWithNode) {
  const std::unique_ptr<NodePeer> node = NodePeer::start();
  if (node == nullptr) GTEST_SKIP() << "there is no node";
  const RandomModuleOptions options = options_for(*node);
  const auto find = [&](std::span<const std::uint8_t> choices, std::uint64_t seed) {
    return difference_from_node(*node, options, choices, seed);
  };
  constexpr std::uint64_t kModules = 50;
  for (std::uint64_t i = 0; i < kModules && !HasFailure(); ++i)
    expect_no_difference(find, GetParam() * kModules + i, options);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NodeDifferential,
                         testing::Range(std::uint64_t{0}, std::uint64_t{8}));

}  // namespace
}  // namespace doppel::bytecode
