// SPDX-License-Identifier: Apache-2.0
// Random modules run the same on the interpreter as on wabt's, which is given what ours did as a
// script of assertions. A module beside each looks at its memories and refills its budget.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bytecode/text/assemble.h"
#include "tests/bytecode/interp/difference.h"

namespace doppel::bytecode {
namespace {

namespace fs = std::filesystem;
/// The other side reads members in one order only.
using Json = nlohmann::ordered_json;

/// What that interpreter executes: WebAssembly 2.0 and several memories. (It does not survive tail
/// calls of later functions, nor read 64-bit offsets, nor wait at addresses.)
constexpr RandomModuleOptions kOptions{Features::wasm2().with(Feature::kMultiMemory),
                                       /*for_any_engine=*/true};

/// What the modules import: functions that answer constants.
std::string imports_text(const Module& module) {
  std::string text;
  for (const Import& import : module.imports) {
    const FuncType& type = module.func_type(FuncIndex{import.index});
    text += fmt::format("(func (export \"{}\")", import.name);
    for (const ValType param : type.params) text += fmt::format(" (param {})", to_string(param));
    for (const ValType result : type.results)
      text += fmt::format(" (result {})", to_string(result));
    for (const ValType result : type.results)
      text += fmt::format(" ({}.const 5)", to_string(result));
    text += ")\n";
  }
  return text;
}

/// Imports the memories and the budget of a module. "hash" of a memory is the sum of its words,
/// each multiplied by a number that depends on its place.
std::string observer_text(const Module& module) {
  std::string imports = "(import \"m\" \"budget\" (global $budget (mut i32)))\n";
  std::string hashes;
  for (std::size_t m = 0; m < module.memories.size(); ++m) {
    const Limits& limits = module.memories[m].limits;
    imports +=
        fmt::format("(import \"m\" \"m{0}\" (memory $m{0} {1} {2}))\n", m, limits.min, *limits.max);
    hashes += fmt::format(R"((func (export "hash{0}") (result i64) (local $at i32) (local $sum i64)
      (loop $next
        (local.set $sum (i64.add (local.get $sum) (i64.mul (i64.load $m{0} (local.get $at))
          (i64.add (i64.const 1) (i64.mul (i64.const 0x9e3779b97f4a7c15)
                                          (i64.extend_i32_u (local.get $at)))))))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8)))
                               (i32.mul (memory.size $m{0}) (i32.const 65536)))))
      (local.get $sum))
)",
                          m);
  }
  return imports + hashes +
         fmt::format("(func (export \"refill\") (global.set $budget (i32.const {})))\n",
                     kRandomModuleBudget);
}

Json value(ValType type, std::uint64_t bits) {
  const bool is_narrow = type == kI32 || type == kF32;
  return {{"type", to_string(type)},
          {"value", std::to_string(is_narrow ? static_cast<std::uint32_t>(bits) : bits)}};
}

bool is_nan(ValType type, std::uint64_t bits) {
  if (type == kF32) return std::isnan(__builtin_bit_cast(float, static_cast<std::uint32_t>(bits)));
  return type == kF64 && std::isnan(__builtin_bit_cast(double, bits));
}

/// The script under construction: actions on our modules, as they were, as assertions.
class Script {
 public:
  explicit Script(fs::path folder) : folder_(std::move(folder)) {}

  /// Adds a module, whose exports can be imported under `name`; fails the test if ours refuses it.
  Instance* add(const std::string& name, const Result<std::vector<std::byte>>& assembled) {
    if (!assembled) throw std::runtime_error(assembled.error().message);
    std::vector<std::byte> bytes = *assembled;
    std::ofstream(folder_ / (name + ".wasm"), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    commands_.push_back(
        {{"type", "module"}, {"line", 0}, {"name", "$" + name}, {"filename", name + ".wasm"}});
    commands_.push_back({{"type", "register"}, {"line", 0}, {"name", "$" + name}, {"as", name}});
    auto module = LoadedModule::load(std::move(bytes));
    EXPECT_TRUE(module) << module.error().message;
    auto made = linker_.instantiate(module.value());
    EXPECT_TRUE(made) << made.error().message;
    linker_.define_instance(name, *made->instance);
    return made->instance;
  }

  /// Calls a function and asserts what it did. `line` names the call in reports.
  void call(const std::string& module, const Instance& instance, const std::string& name,
            const Reference::Values& arguments, std::size_t line) {
    Function& function = *instance.find_export(name).value().function;
    const FuncType& type = *function.type;
    Json action{
        {"type", "invoke"}, {"module", "$" + module}, {"field", name}, {"args", Json::array()}};
    std::vector<std::uint64_t> slots(std::max(type.params.size(), type.results.size()));
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      slots[i] = static_cast<std::uint64_t>(arguments[i]);
      action["args"].push_back(value(type.params[i], slots[i]));
    }
    const bool traps = store_->thread().call(function, slots).has_value();
    Json values = Json::array();
    Json types = Json::array();
    bool is_exact = !traps;  // the bits of NaNs are the engine's choice
    for (std::size_t i = 0; i < type.results.size(); ++i) {
      values.push_back(value(type.results[i], slots[i]));
      types.push_back({{"type", to_string(type.results[i])}});
      is_exact = is_exact && !is_nan(type.results[i], slots[i]);
    }
    Json command{{"type", traps      ? "assert_trap"
                          : is_exact ? "assert_return"
                                     : "action"},
                 {"line", line},
                 {"action", action}};
    if (traps) command["text"] = "";
    command["expected"] = is_exact ? values : types;
    commands_.push_back(command);
  }

  /// Asserts the values of the exported globals.
  void globals(const Instance& instance, std::size_t line) {
    const Module& module = instance.module->module();
    for (const Export& each : module.exports) {
      if (each.kind != ExternKind::kGlobal) continue;
      const ValType type = module.globals[each.index].type.type;
      const std::uint64_t bits = instance.globals[each.index]->value[0];
      if (is_nan(type, bits)) continue;
      commands_.push_back({{"type", "assert_return"},
                           {"line", line},
                           {"action", {{"type", "get"}, {"module", "$m"}, {"field", each.name}}},
                           {"expected", Json::array({value(type, bits)})}});
    }
  }

  /// What the other interpreter has to say against it; nothing if it passes.
  [[nodiscard]] std::string run() const {
    const std::string file = (folder_ / "script.json").string();
    std::ofstream(file) << Json{{"source_filename", "call"}, {"commands", commands_}};
    FILE* output =
        popen(("spectest-interp --enable-multi-memory '" + file + "' 2>&1").c_str(), "r");
    std::string said;
    for (int c = fgetc(output); c != EOF; c = fgetc(output)) said += static_cast<char>(c);
    const bool passes = pclose(output) == 0;
    return passes ? "" : "wabt: " + said;
  }

 private:
  fs::path folder_;
  std::unique_ptr<Store> store_ = Store::create().value();
  Linker linker_{*store_};
  Json commands_ = Json::array();
};

class WabtDifferential : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    if (std::system("spectest-interp --version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "there is no spectest-interp";
    std::string path = (fs::temp_directory_path() / "doppel-wabt-XXXXXX").string();
    folder_ = mkdtemp(path.data());
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  /// Where the module of these choices runs in another way than with wabt; empty if nowhere.
  [[nodiscard]] std::string difference(std::span<const std::uint8_t> choices,
                                       std::uint64_t seed) const {
    Script script(folder_);
    const std::vector<std::byte> bytes = random_module(choices, kOptions);
    const auto loaded = LoadedModule::load(bytes);
    if (!loaded) return "not loaded: " + loaded.error().message;
    const Module& module = (*loaded)->module();
    script.add("env", assemble(imports_text(module), "env"));
    const Instance& instance = *script.add("m", bytes);
    const Instance& observer = *script.add("observer", assemble(observer_text(module), "observer"));
    const std::vector<Call> calls = random_calls(module, seed);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      script.call("observer", observer, "refill", {}, i);
      script.call("m", instance, "f" + std::to_string(calls[i].function), calls[i].arguments, i);
      script.globals(instance, i);
    }
    for (std::size_t m = 0; m < module.memories.size(); ++m)
      script.call("observer", observer, "hash" + std::to_string(m), {}, calls.size());
    return script.run();
  }

  fs::path folder_;
};

TEST_P(WabtDifferential, InterpreterAgreesWithWabts) {
  constexpr std::uint64_t kModules = 25;
  const auto find = [this](std::span<const std::uint8_t> choices, std::uint64_t seed) {
    return difference(choices, seed);
  };
  for (std::uint64_t i = 0; i < kModules && !HasFailure(); ++i)
    expect_no_difference(find, GetParam() * kModules + i, kOptions);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WabtDifferential,
                         testing::Range(std::uint64_t{0}, std::uint64_t{4}));

}  // namespace
}  // namespace doppel::bytecode
