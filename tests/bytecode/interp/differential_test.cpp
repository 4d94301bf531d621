// SPDX-License-Identifier: Apache-2.0
// Random modules run the same on the interpreter, with fuel and without, in one piece and in
// slices, as on the reference: results, traps with their places, memory and globals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "bytecode/runtime/linker.h"
#include "tests/bytecode/interp/random_module.h"
#include "tests/bytecode/interp/reference.h"

namespace doppel::bytecode {
namespace {

using Word = Reference::Word;
using Values = Reference::Values;
using Slots = std::vector<std::uint64_t>;

/// NaNs are alike: their bits are not the module's to choose.
Word normalized(ValType type, Word bits) {
  if (type == kV128) return bits;
  const auto word = static_cast<std::uint64_t>(bits);
  const auto low = static_cast<std::uint32_t>(bits);
  if (type == kI32) return low;
  if (type == kF32) return std::isnan(__builtin_bit_cast(float, low)) ? 0x7fc00000 : low;
  if (type == kF64) return std::isnan(__builtin_bit_cast(double, word)) ? 0x7ff8000000000000 : word;
  return word;
}

/// Values as they lie in slots, and back.
Slots to_slots(const ResultType& types, const Values& values) {
  Slots slots;
  for (std::size_t i = 0; i < types.size(); ++i) {
    slots.push_back(static_cast<std::uint64_t>(values[i]));
    if (types[i].is_vector()) slots.push_back(static_cast<std::uint64_t>(values[i] >> 64U));
  }
  return slots;
}
Values from_slots(const ResultType& types, const std::uint64_t* slots) {
  Values values;
  for (const ValType type : types) {
    values.push_back(type.is_vector() ? Word{slots[1]} << 64U | slots[0] : slots[0]);
    slots += type.slots();
  }
  return values;
}

void normalize(const ResultType& types, Values& values) {
  for (std::size_t i = 0; i < types.size(); ++i) values[i] = normalized(types[i], values[i]);
}

/// What the imported functions do: results and a running sum that depend on all arguments.
class Imports {
 public:
  Values call(std::uint32_t function, const FuncType& type, Values arguments) {
    normalize(type.params, arguments);
    for (const Word argument : arguments) {
      for (const auto half : {argument, argument >> 64U})
        sum_ = (sum_ ^ static_cast<std::uint64_t>(half)) * 0x100'0000'01b3;
    }
    sum_ += function;
    Values results;
    for (const ValType result : type.results) {
      const std::uint64_t number = (sum_ >> 20U) % 1000;
      results.push_back(
          result == kF32    ? __builtin_bit_cast(std::uint32_t, static_cast<float>(number))
          : result == kF64  ? __builtin_bit_cast(std::uint64_t, static_cast<double>(number))
          : result == kV128 ? Word{sum_} << 64U | number
                            : number);
    }
    return results;
  }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// All that can be seen of a call.
struct Observed {
  TrapKind trap = TrapKind::kNone;
  Values results;
  std::vector<Reference::Frame> backtrace;
  std::uint64_t memory_hash = 0;
  std::size_t memory_size = 0;
  Values globals;
  std::uint64_t host_sum = 0;
  friend bool operator==(const Observed&, const Observed&) = default;
};

[[maybe_unused]] void PrintTo(const Reference::Frame& frame, std::ostream* out) {
  *out << "function " << frame.function << " at " << frame.offset;
}

[[maybe_unused]] void PrintTo(const Observed& seen, std::ostream* out) {
  *out << to_string(seen.trap) << ", results " << testing::PrintToString(seen.results)
       << ", backtrace " << testing::PrintToString(seen.backtrace) << ", memory "
       << seen.memory_size << " bytes, hash " << seen.memory_hash << ", globals "
       << testing::PrintToString(seen.globals) << ", host " << seen.host_sum;
}

std::uint64_t hash(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0xcbf2'9ce4'8422'2325;
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if (word != 0) sum = (sum ^ word ^ i) * 0x100'0000'01b3;
  }
  return sum;
}

std::vector<Reference::Frame> frames_of(const Trap& trap) {
  std::vector<Reference::Frame> frames;
  for (const BacktraceFrame& frame : trap.backtrace)
    frames.push_back({frame.function.value(), frame.offset.value()});
  return frames;
}

/// How the interpreter runs a call.
enum class Way : std::uint8_t { kPlain, kFuel, kSlices };

class OnInterpreter {
 public:
  OnInterpreter(const std::vector<std::byte>& bytes, Way way) : way_(way) {
    LoadOptions options;
    options.fuel = way != Way::kPlain;
    auto module = LoadedModule::load(bytes, options);
    EXPECT_TRUE(module) << module.error().message;
    if (!module) return;
    StoreLimits limits;
    limits.stack_bytes = 1U << 20U;
    store_ = Store::create(limits).value();
    Linker linker(*store_);
    for (const Import& import : (*module)->module().imports) {
      const FuncType type = (*module)->module().func_type(FuncIndex{import.index});
      linker.define_function(
          import.module, import.name, type, [this, type, function = import.index](HostCall& call) {
            const Values results =
                imports_.call(function, type, from_slots(type.params, call.slots));
            std::ranges::copy(to_slots(type.results, results), call.slots);
            return HostOutcome{};
          });
    }
    auto made = linker.instantiate(*module);
    EXPECT_TRUE(made) << made.error().message;
    if (made) instance_ = made->instance;
  }

  Observed call(std::uint32_t index, const Values& arguments) {
    Function& function = *instance_->functions[index];
    instance_->globals[0]->value[0] = kRandomModuleBudget;
    Observed seen;
    std::optional<Trap> trap;
    if (way_ == Way::kSlices) {
      Thread& thread = store_->thread();
      thread.start(function, to_slots(function.type->params, arguments));
      std::uint64_t slice = 1;
      while (thread.run({slice}).reason != ExitReason::kFinished) slice = slice % 97 + 13;
      trap = thread.trapped();
      if (!trap) seen.results = from_slots(function.type->results, thread.results().data());
    } else {
      if (way_ == Way::kFuel) store_->thread().set_fuel(kFuel);
      Slots slots = to_slots(function.type->params, arguments);
      slots.resize(std::max<std::size_t>(slots.size(), slot_count(function.type->results)));
      trap = store_->thread().call(function, slots);
      used_ = kFuel - store_->thread().fuel_left();
      if (!trap) seen.results = from_slots(function.type->results, slots.data());
    }
    if (trap) {
      seen.trap = trap->kind;
      seen.backtrace = frames_of(*trap);
    } else {
      normalize(function.type->results, seen.results);
    }
    const MemoryInstance& memory = *instance_->memories[0];
    seen.memory_size = memory.size();
    seen.memory_hash = hash({memory.base(), memory.size()});
    for (const GlobalInstance* global : instance_->globals)
      seen.globals.push_back(
          normalized(global->type.type, from_slots({global->type.type}, global->value)[0]));
    seen.host_sum = imports_.sum();
    return seen;
  }

  /// Instructions that the last call paid for.
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] const Module& module() const { return instance_->module->module(); }
  [[nodiscard]] bool ready() const { return instance_ != nullptr; }

 private:
  static constexpr std::uint64_t kFuel = 1'000'000'000;
  Way way_;
  Imports imports_;
  std::unique_ptr<Store> store_;
  Instance* instance_ = nullptr;
  std::uint64_t used_ = 0;
};

class OnReference {
 public:
  explicit OnReference(const Module& module)
      : module_(module), reference_(module, [this](std::uint32_t function, Values arguments) {
          return imports_.call(function, module_.func_type(FuncIndex{function}),
                               std::move(arguments));
        }) {}

  Observed call(std::uint32_t index, const Values& arguments) {
    reference_.globals[0] = kRandomModuleBudget;
    Reference::Outcome outcome = reference_.call(index, arguments);
    Observed seen;
    seen.trap = outcome.trap;
    seen.results = std::move(outcome.results);
    if (seen.trap == TrapKind::kNone)
      normalize(module_.func_type(FuncIndex{index}).results, seen.results);
    seen.backtrace = std::move(outcome.backtrace);
    // As the interpreter keeps it: the middle of a long backtrace is left out.
    constexpr std::ptrdiff_t kKept = 24;
    if (seen.backtrace.size() > 2 * kKept)
      seen.backtrace.erase(seen.backtrace.begin() + kKept, seen.backtrace.end() - kKept);
    seen.memory_size = reference_.memory.size();
    seen.memory_hash = hash(reference_.memory);
    for (std::size_t i = 0; i < reference_.globals.size(); ++i)
      seen.globals.push_back(normalized(module_.globals[i].type.type, reference_.globals[i]));
    seen.host_sum = imports_.sum();
    return seen;
  }

 private:
  const Module& module_;
  Imports imports_;
  Reference reference_;
};

/// Arguments of a type: small integers mostly, any bits now and then.
Values random_arguments(const FuncType& type, std::mt19937_64& numbers) {
  Values arguments;
  for (const ValType param : type.params) {
    const bool any = numbers() % 4 == 0;
    const std::uint64_t small = numbers() % 300;
    if (param == kF32) {
      arguments.push_back(any ? static_cast<std::uint32_t>(numbers())
                              : __builtin_bit_cast(std::uint32_t, static_cast<float>(small)));
    } else if (param == kF64) {
      arguments.push_back(any ? numbers()
                              : __builtin_bit_cast(std::uint64_t, static_cast<double>(small)));
    } else if (param == kV128) {
      arguments.push_back(Word{numbers()} << 64U | (any ? numbers() : small));
    } else {
      arguments.push_back(normalized(param, any ? numbers() : small));
    }
  }
  return arguments;
}

void compare(std::uint64_t seed) {
  const std::vector<std::byte> bytes = random_module(seed);
  OnInterpreter plain(bytes, Way::kPlain);
  OnInterpreter fuelled(bytes, Way::kFuel);
  OnInterpreter again(bytes, Way::kFuel);
  OnInterpreter sliced(bytes, Way::kSlices);
  ASSERT_TRUE(plain.ready() && fuelled.ready() && again.ready() && sliced.ready());
  const Module& module = plain.module();
  OnReference reference(module);
  std::mt19937_64 numbers(seed + 1);
  const auto functions = static_cast<std::uint32_t>(module.functions.size());
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t f = module.imported_functions; f < functions; ++f) {
      SCOPED_TRACE("function " + std::to_string(f) + ", round " + std::to_string(round));
      const Values arguments = random_arguments(module.func_type(FuncIndex{f}), numbers);
      const Observed expected = reference.call(f, arguments);
      ASSERT_EQ(plain.call(f, arguments), expected);
      ASSERT_EQ(fuelled.call(f, arguments), expected);
      ASSERT_EQ(again.call(f, arguments), expected);
      ASSERT_EQ(again.used(), fuelled.used());
      ASSERT_EQ(sliced.call(f, arguments), expected);
    }
  }
}

class Differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, InterpreterAgreesWithReference) {
  constexpr std::uint64_t kModules = 50;
  for (std::uint64_t i = 0; i < kModules; ++i) {
    const std::uint64_t seed = GetParam() * kModules + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    compare(seed);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Differential, testing::Range(std::uint64_t{0}, std::uint64_t{8}));

}  // namespace
}  // namespace doppel::bytecode
