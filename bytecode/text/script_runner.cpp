// SPDX-License-Identifier: Apache-2.0
// One method for each command. A command's outcome is a Result whose error is the failure's
// message.
#include "bytecode/text/script_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <thread>

#include "bytecode/runtime/linker.h"
#include "bytecode/text/script_value.h"
#include "bytecode/text/spectest.h"

namespace doppel::bytecode::text {
namespace {

tl::unexpected<Error> failed(std::string message) {
  return fail(ErrorKind::kUsage, std::move(message));
}

/// How an action ended.
struct Outcome {
  std::optional<Trap> trap;
  ResultType types;
  std::vector<std::uint64_t> slots;
};

std::uint32_t slots_of(const ResultType& types) {
  std::uint32_t slots = 0;
  for (ValType type : types) slots += type.slots();
  return slots;
}

/// A description of results: "i32 1, i32 2", or "nothing".
std::string describe_results(const Outcome& outcome) {
  std::string text;
  std::span<const std::uint64_t> rest = outcome.slots;
  for (ValType type : outcome.types) {
    if (!text.empty()) text += ", ";
    text += describe_value(type, rest);
    rest = rest.subspan(type.slots());
  }
  return text.empty() ? "nothing" : text;
}

std::string describe_outcome(const Outcome& outcome) {
  return outcome.trap ? fmt::format("the trap \"{}\"", outcome.trap->describe())
                      : describe_results(outcome);
}

class ScriptRunner {
 public:
  ScriptRunner(const Script& script, Features features, Store& store, const LoadOptions& options)
      : script_(script), features_(features), options_(options), store_(store), linker_(store) {}

  Result<ScriptReport> run(const std::vector<Command>& commands) {
    DOPPEL_TRY(define_spectest(store_, linker_));
    for (const Command& command : commands) {
      report_.count(command.line,
                    std::visit([&](const auto& what) { return run(what); }, command.what));
    }
    while (!threads_.empty()) join(threads_.begin());
    return std::move(report_);
  }

  /// Makes an instance of another store known, of which shared memories can be imported.
  void share(const std::string& id, Instance& instance) { shared_[id] = &instance; }

 private:
  using LoadedPointer = std::shared_ptr<LoadedModule>;

  Result<void> run(const ModuleCommand& command) {
    // Whatever this module should have been, later commands must not mean an earlier one.
    LoadedPointer& definition = definitions_[command.module.id.value_or("")];
    definitions_[""] = definition = nullptr;
    if (!command.is_definition) forget_instance(command.module.id);
    definitions_[""] = definition = DOPPEL_TRY(load(command.module));
    if (command.is_definition) return {};
    return instantiate(definition, command.module.id);
  }

  Result<void> run(const InstanceCommand& command) {
    forget_instance(command.instance);
    const auto found = definitions_.find(command.definition.value_or(""));
    if (found == definitions_.end() || !found->second) return failed("found no such module");
    return instantiate(found->second, command.instance);
  }

  Result<void> run(const RegisterCommand& command) {
    if (const auto shared = shared_.find(command.instance.value_or("")); shared != shared_.end()) {
      define_memories(command.name, *shared->second);
      return {};
    }
    linker_.define_instance(command.name, *DOPPEL_TRY(find_instance(command.instance)));
    registered_.insert(command.name);
    return {};
  }

  Result<void> run(const Action& action) {
    const Outcome outcome = DOPPEL_TRY(perform(action));
    if (outcome.trap) return failed(fmt::format("found {}", describe_outcome(outcome)));
    return {};
  }

  Result<void> run(const ReturnAssertion& assertion) {
    const Outcome outcome = DOPPEL_TRY(perform(assertion.action));
    bool all_match = !outcome.trap && outcome.types.size() == assertion.results.size();
    std::span<const std::uint64_t> rest = outcome.slots;
    for (std::size_t i = 0; all_match && i < outcome.types.size(); ++i) {
      all_match = matches(assertion.results[i], outcome.types[i], rest, store_.heap());
      rest = rest.subspan(outcome.types[i].slots());
    }
    if (all_match) return {};
    std::string expected;
    for (const ResultPattern& pattern : assertion.results) {
      expected += (expected.empty() ? "" : ", ") + describe_pattern(pattern);
    }
    return failed(fmt::format("found {}, expected {}", describe_outcome(outcome),
                              expected.empty() ? "nothing" : expected));
  }

  Result<void> run(const ActionAssertion& assertion) {
    const Outcome outcome = DOPPEL_TRY(perform(assertion.action));
    const bool is_exhausted = outcome.trap && outcome.trap->kind == TrapKind::kStackOverflow;
    const bool is_exception = outcome.trap && outcome.trap->kind == TrapKind::kUncaughtException;
    switch (assertion.kind) {
      case ActionAssertion::Kind::kTrap:
        if (outcome.trap && !is_exhausted && !is_exception) return {};
        return failed(fmt::format("found {}, expected a trap", describe_outcome(outcome)));
      case ActionAssertion::Kind::kExhaustion:
        if (is_exhausted) return {};
        return failed(fmt::format("found {}, expected exhaustion", describe_outcome(outcome)));
      case ActionAssertion::Kind::kException:
        if (is_exception) return {};
        break;
    }
    return failed(fmt::format("found {}, expected an exception", describe_outcome(outcome)));
  }

  Result<void> run(const ModuleAssertion& assertion) {
    if (assertion.kind == ModuleAssertion::Kind::kMalformed ||
        assertion.kind == ModuleAssertion::Kind::kInvalid) {
      return check_refused(script_, assertion, features_);
    }
    const auto instantiation = linker_.instantiate(DOPPEL_TRY(load(assertion.module)));
    if (assertion.kind == ModuleAssertion::Kind::kUnlinkable) {
      if (!instantiation && instantiation.error().kind == ErrorKind::kUnlinkable) return {};
      return failed(fmt::format("found {}, expected an unlinkable module",
                                instantiation ? "a linked module" : instantiation.error().message));
    }
    if (!instantiation) return tl::unexpected(instantiation.error());
    if (!instantiation->trap) return failed("found a module that starts, expected a trap");
    return {};
  }

  /// Runs the commands beside the others, in a store of their own.
  Result<void> run(const ThreadCommand& command) {
    if (threads_.contains(command.name)) return failed("found a thread of the same name");
    std::unique_ptr<Store> store = DOPPEL_TRY(Store::create());
    auto runner = std::make_unique<ScriptRunner>(script_, features_, *store, options_);
    for (const std::string& id : command.shared) {
      runner->share(id, *DOPPEL_TRY(find_instance(id)));
    }
    ScriptThread& thread = threads_[command.name];
    thread.store = std::move(store);
    thread.runner = std::move(runner);
    try {
      thread.host = std::thread(
          [&thread, &command] { thread.outcome = thread.runner->run(command.commands); });
    } catch (const std::system_error& error) {
      threads_.erase(command.name);
      return failed(error.what());
    }
    return {};
  }

  Result<void> run(const WaitCommand& command) {
    const auto thread = threads_.find(command.thread);
    if (thread == threads_.end()) return failed("found no such thread");
    join(thread);
    return {};
  }

  Result<LoadedPointer> load(const ScriptModule& module) {
    return LoadedModule::load(DOPPEL_TRY(build(script_, module)), options_);
  }

  struct ScriptThread {
    std::unique_ptr<Store> store;
    std::unique_ptr<ScriptRunner> runner;
    Result<ScriptReport> outcome = ScriptReport();
    std::thread host;
  };

  /// Waits for a thread, whose commands count with the others.
  void join(std::map<std::string, ScriptThread>::iterator at) {
    at->second.host.join();
    const Result<ScriptReport>& outcome = at->second.outcome;
    if (outcome) {
      report_.passed += outcome->passed;
      std::ranges::copy(outcome->failures, std::back_inserter(report_.failures));
    } else {
      report_.failures.push_back({0, outcome.error().message});
    }
    threads_.erase(at);
  }

  /// Offers the shared memories that an instance of another store exports.
  void define_memories(const std::string& name, const Instance& instance) {
    for (const Export& item : instance.module->module().exports) {
      Extern value = instance.at(item.kind, item.index);
      if (value.memory == nullptr || !value.memory->is_shared()) continue;
      value.memory = store_.add_memory(value.memory->shared_from_this());
      linker_.define(name, item.name, value);
    }
  }

  void forget_instance(const std::optional<std::string>& id) {
    instances_[""] = nullptr;
    if (id) instances_[*id] = nullptr;
  }

  Result<void> instantiate(const LoadedPointer& module, const std::optional<std::string>& id) {
    const Store::Instantiation made = DOPPEL_TRY(linker_.instantiate(module));
    if (made.trap) return failed(fmt::format("found the trap \"{}\"", made.trap->describe()));
    instances_[""] = made.instance;
    if (!id) return {};
    instances_[*id] = made.instance;
    // Scripts of other engines import from a module by its identifier, without registering it.
    if (!registered_.contains(*id)) linker_.define_instance(*id, *made.instance);
    return {};
  }

  Result<Instance*> find_instance(const std::optional<std::string>& id) {
    const auto found = instances_.find(id.value_or(""));
    if (found == instances_.end()) return failed("found no such instance");
    if (found->second == nullptr) return failed("found no instance, its module has failed");
    return found->second;
  }

  Result<Outcome> perform(const Action& action) {
    const Instance* instance = DOPPEL_TRY(find_instance(action.module));
    const auto value = instance->find_export(action.name);
    const bool is_get = action.kind == Action::Kind::kGet;
    if (!value || value->kind != (is_get ? ExternKind::kGlobal : ExternKind::kFunc)) {
      return failed(fmt::format("found no {} exported as \"{}\"", is_get ? "global" : "function",
                                action.name));
    }
    if (!is_get) return invoke(*value->function, action.arguments);
    const ValType type = value->global->type.type;
    Outcome outcome{{}, {type}, {}};
    outcome.slots.assign(value->global->value, value->global->value + type.slots());
    return outcome;
  }

  Result<Outcome> invoke(Function& function, const std::vector<ScriptValue>& arguments) {
    Outcome outcome;
    outcome.types = function.type->results;
    for (const ScriptValue& argument : arguments) append_slots(argument, outcome.slots);
    if (arguments.size() != function.type->params.size() ||
        outcome.slots.size() != slots_of(function.type->params)) {
      return failed(fmt::format("found {} arguments, expected those of {}", arguments.size(),
                                to_string(*function.type)));
    }
    const std::uint32_t result_slots = slots_of(outcome.types);
    outcome.slots.resize(std::max<std::size_t>(outcome.slots.size(), result_slots));
    outcome.trap = store_.thread().call(function, outcome.slots);
    outcome.slots.resize(result_slots);
    return outcome;
  }

  const Script& script_;
  Features features_;
  LoadOptions options_;
  Store& store_;
  Linker linker_;
  // By identifier, the latest one under the empty name. Null: it could not be made.
  std::map<std::string, LoadedPointer> definitions_;
  std::map<std::string, Instance*> instances_;
  ScriptReport report_;
  std::map<std::string, ScriptThread> threads_;
  std::map<std::string, Instance*> shared_;  ///< of the script that started this thread, by name
  std::set<std::string> registered_{"spectest"};  ///< names given by the script's commands
};

}  // namespace

Result<ScriptReport> run_script(const Script& script, Features features,
                                const LoadOptions& options) {
  const std::unique_ptr<Store> store = DOPPEL_TRY(Store::create());
  return ScriptRunner(script, features, *store, options).run(script.commands);
}

}  // namespace doppel::bytecode::text
