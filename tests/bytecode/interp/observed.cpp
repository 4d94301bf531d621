// SPDX-License-Identifier: Apache-2.0
// References are compared by what they lead to: a function's index, an i31's bits, an exception's
// tag, an object's type, length and fields, up to some depth.
#include "tests/bytecode/interp/observed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "bytecode/gc/object.h"
#include "bytecode/runtime/exception.h"
#include "bytecode/validate/heap_types.h"

namespace doppel::bytecode {

namespace {

using Word = Reference::Word;
using Values = Reference::Values;
using Slots = std::vector<std::uint64_t>;

constexpr std::uint64_t kPrime = 0x100'0000'01b3;
constexpr std::uint64_t kBasis = 0xcbf2'9ce4'8422'2325;
/// How far hashes look into objects.
constexpr int kDepth = 3;

std::uint64_t mixed(std::uint64_t sum, std::uint64_t word) { return (sum ^ word) * kPrime; }
std::uint64_t mixed(std::uint64_t sum, Word word) {
  return mixed(mixed(sum, static_cast<std::uint64_t>(word)),
               static_cast<std::uint64_t>(word >> 64U));
}

Word normalized(ValType type, Word bits) {
  if (type == kV128) return bits;
  const auto word = static_cast<std::uint64_t>(bits);
  const auto low = static_cast<std::uint32_t>(bits);
  if (type == kI32) return low;
  if (type == kF32) return std::isnan(__builtin_bit_cast(float, low)) ? 0x7fc00000 : low;
  if (type == kF64) return std::isnan(__builtin_bit_cast(double, word)) ? 0x7ff8000000000000 : word;
  return word;
}

void normalize(const ResultType& types, Values& values) {
  for (std::size_t i = 0; i < types.size(); ++i) values[i] = normalized(types[i], values[i]);
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

std::uint64_t hash_bytes(std::span<const std::byte> bytes) {
  std::uint64_t sum = kBasis;
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if (word != 0) sum = mixed(sum, word ^ i);
  }
  return sum;
}

HeapKind hierarchy(const Module& module, ValType type) {
  return top_of(type.ref().heap,
                [&](TypeIndex index) { return module.types[index.value()].composite.kind; });
}

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

}  // namespace

void PrintTo(const Observed& seen, std::ostream* out) {
  *out << to_string(seen.trap) << ", results " << testing::PrintToString(seen.results)
       << ", backtrace";
  for (const Reference::Frame& frame : seen.backtrace)
    *out << " (function " << frame.function << " at " << frame.offset << ")";
  *out << ", memories " << testing::PrintToString(seen.memory_sizes) << " bytes, hashes "
       << testing::PrintToString(seen.memory_hashes) << ", tables "
       << testing::PrintToString(seen.table_hashes) << ", globals "
       << testing::PrintToString(seen.globals) << ", host " << seen.host_sum;
}

std::vector<Call> random_calls(const Module& module, std::uint64_t seed) {
  constexpr int kRounds = 3;
  std::mt19937_64 numbers(seed + 1);
  std::vector<Call> calls;
  for (int round = 0; round < kRounds; ++round) {
    for (const Export& each : module.exports) {
      if (each.kind != ExternKind::kFunc) continue;
      calls.push_back(
          {each.index, random_arguments(module.func_type(FuncIndex{each.index}), numbers)});
    }
  }
  return calls;
}

Values Imports::call(std::uint32_t function, const FuncType& type, Values arguments) {
  normalize(type.params, arguments);
  for (const Word argument : arguments) sum_ = mixed(sum_, argument);
  sum_ += function;
  Values results;
  for (const ValType result : type.results) {
    const std::uint64_t number = (sum_ >> 20U) % 1000;
    results.push_back(result == kF32 ? __builtin_bit_cast(std::uint32_t, static_cast<float>(number))
                      : result == kF64
                          ? __builtin_bit_cast(std::uint64_t, static_cast<double>(number))
                      : result == kV128 ? Word{sum_} << 64U | number
                                        : number);
  }
  return results;
}

OnInterpreter::OnInterpreter(const std::vector<std::byte>& bytes, Way way, LoadOptions load)
    : way_(way) {
  load.fuel = way == Way::kFuel || way == Way::kSlices;
  auto module = LoadedModule::load(bytes, load);
  EXPECT_TRUE(module) << module.error().message;
  if (!module) return;
  StoreLimits limits;
  limits.stack_bytes = 1U << 20U;
  limits.gc_stress = way == Way::kStress;
  store_ = Store::create(limits).value();
  Linker linker(*store_);
  for (const Import& import : (*module)->module().imports) {
    const FuncType type = (*module)->module().func_type(FuncIndex{import.index});
    linker.define_function(
        import.module, import.name, type, [this, type, function = import.index](HostCall& call) {
          const Values results = imports_.call(function, type, from_slots(type.params, call.slots));
          std::ranges::copy(to_slots(type.results, results), call.slots);
          return HostOutcome{};
        });
  }
  auto made = linker.instantiate(*module);
  EXPECT_TRUE(made) << made.error().message;
  if (made) instance_ = made->instance;
}

std::optional<Trap> OnInterpreter::run(const Call& call, Values& results) {
  Function& function = *instance_->functions[call.function];
  const ResultType& types = function.type->results;
  Thread& thread = store_->thread();
  if (way_ == Way::kSlices) {
    thread.start(function, to_slots(function.type->params, call.arguments));
    std::uint64_t slice = 1;
    while (thread.run({slice}).reason != ExitReason::kFinished) slice = slice % 97 + 13;
    if (!thread.trapped()) results = from_slots(types, thread.results().data());
    return thread.trapped();
  }
  if (way_ == Way::kFuel) thread.set_fuel(kFuel);
  Slots slots = to_slots(function.type->params, call.arguments);
  slots.resize(std::max<std::size_t>(slots.size(), slot_count(types)));
  auto trap = thread.call(function, slots);
  used_ = kFuel - thread.fuel_left();
  if (!trap) results = from_slots(types, slots.data());
  return trap;
}

Observed OnInterpreter::call(const Call& call) {
  instance_->globals[0]->value[0] = kRandomModuleBudget;
  Observed seen;
  if (const std::optional<Trap> trap = run(call, seen.results)) {
    seen.trap = trap->kind;
    for (const BacktraceFrame& frame : trap->backtrace)
      seen.backtrace.push_back({frame.function.value(), frame.offset.value()});
  } else {
    normalize(instance_->functions[call.function]->type->results, seen.results);
  }
  for (const MemoryInstance* memory : instance_->memories) {
    seen.memory_sizes.push_back(memory->size());
    seen.memory_hashes.push_back(hash_bytes({memory->base(), memory->size()}));
  }
  for (std::size_t i = 0; i < instance_->tables.size(); ++i) {
    const TableInstance& table = *instance_->tables[i];
    std::uint64_t sum = kBasis;
    for (std::uint64_t at = 0; at < table.size(); ++at)
      sum = mixed(sum, hash_of(module().tables[i].type.element, table.get(at), kDepth));
    seen.table_hashes.push_back(sum);
  }
  for (std::size_t i = 0; i < instance_->globals.size(); ++i) {
    const ValType type = module().globals[i].type.type;
    const std::uint64_t* value = instance_->globals[i]->value;
    seen.globals.push_back(type.is_ref() ? hash_of(type, *value, kDepth)
                                         : normalized(type, from_slots({type}, value)[0]));
  }
  seen.host_sum = imports_.sum();
  return seen;
}

std::uint64_t OnInterpreter::hash_of(ValType type, std::uint64_t reference, int depth) const {
  if (reference == 0) return 0;
  switch (hierarchy(module(), type)) {
    case HeapKind::kFunc: {
      const auto found =
          std::ranges::find(instance_->functions, reinterpret_cast<const Function*>(reference));
      return static_cast<std::uint64_t>(found - instance_->functions.begin()) + 1;
    }
    case HeapKind::kExn: {
      const auto found = std::ranges::find(instance_->tags, &tag_of(reference));
      return static_cast<std::uint64_t>(found - instance_->tags.begin()) + 1;
    }
    default:
      if (gc::is_i31(reference)) return gc::i31_unsigned(reference);
      return depth == 0 ? 1 : hash_of_object(reference, depth);
  }
}

std::uint64_t OnInterpreter::hash_of_object(std::uint64_t reference, int depth) const {
  const gc::Object* object = gc::object_of(reference);
  const gc::RuntimeType& type = store_->heap().type_of(object);
  const auto index = static_cast<std::size_t>(std::ranges::find(instance_->types, &type) -
                                              instance_->types.begin());
  const CompositeType& composite = module().types[index].composite;
  const bool is_array = composite.kind == CompositeKind::kArray;
  const std::size_t count = is_array ? object->length : composite.fields.size();
  std::uint64_t sum = mixed(mixed(kBasis, index), count);
  for (std::size_t i = 0; i < count; ++i) {
    const ValType field = composite.fields[is_array ? 0 : i].type;
    const gc::Field& place = type.layout.fields[is_array ? 0 : i];
    const std::byte* at =
        object->bytes() + place.offset + (is_array ? i * width(place.storage) : 0);
    Word value = 0;
    std::memcpy(&value, at, width(place.storage));
    sum = mixed(sum, field.is_ref() ? hash_of(field, static_cast<std::uint64_t>(value), depth - 1)
                                    : normalized(field, value));
  }
  return sum;
}

OnReference::OnReference(const Module& module)
    : module_(module), reference_(module, [this](std::uint32_t function, Values arguments) {
        return imports_.call(function, module_.func_type(FuncIndex{function}),
                             std::move(arguments));
      }) {}

Observed OnReference::call(const Call& call) {
  reference_.globals[0] = kRandomModuleBudget;
  Reference::Outcome outcome = reference_.call(call.function, call.arguments);
  Observed seen;
  seen.trap = outcome.trap;
  seen.results = std::move(outcome.results);
  if (seen.trap == TrapKind::kNone)
    normalize(module_.func_type(FuncIndex{call.function}).results, seen.results);
  seen.backtrace = std::move(outcome.backtrace);
  // As the interpreter keeps it: the middle of a long backtrace is left out.
  constexpr std::ptrdiff_t kKept = 24;
  if (seen.backtrace.size() > 2 * kKept)
    seen.backtrace.erase(seen.backtrace.begin() + kKept, seen.backtrace.end() - kKept);
  for (const auto& memory : reference_.memories) {
    seen.memory_sizes.push_back(memory.size());
    seen.memory_hashes.push_back(hash_bytes(memory));
  }
  for (std::size_t i = 0; i < reference_.tables.size(); ++i) {
    std::uint64_t sum = kBasis;
    for (const Word element : reference_.tables[i])
      sum = mixed(sum, hash_of(module_.tables[i].type.element, element, kDepth));
    seen.table_hashes.push_back(sum);
  }
  for (std::size_t i = 0; i < reference_.globals.size(); ++i) {
    const ValType type = module_.globals[i].type.type;
    const Word value = reference_.globals[i];
    seen.globals.push_back(type.is_ref() ? hash_of(type, value, kDepth) : normalized(type, value));
  }
  seen.host_sum = imports_.sum();
  return seen;
}

std::uint64_t OnReference::hash_of(ValType type, Word reference, int depth) const {
  if (reference == 0) return 0;
  switch (hierarchy(module_, type)) {
    case HeapKind::kFunc: return static_cast<std::uint64_t>(reference);
    case HeapKind::kExn: return reference_.exception(reference).tag + 1;
    default: break;
  }
  if ((reference & 1U) != 0) return static_cast<std::uint64_t>(reference >> 1U);
  if (depth == 0) return 1;
  const Reference::Object& object = reference_.object(reference);
  const CompositeType& composite = module_.types[object.type.value()].composite;
  std::uint64_t sum =
      mixed(mixed(kBasis, std::uint64_t{object.type.value()}), std::uint64_t{object.fields.size()});
  for (std::size_t i = 0; i < object.fields.size(); ++i) {
    const ValType field = composite.fields[composite.kind == CompositeKind::kArray ? 0 : i].type;
    const Word value = object.fields[i];
    sum = mixed(sum, field.is_ref() ? hash_of(field, value, depth - 1) : normalized(field, value));
  }
  return sum;
}

}  // namespace doppel::bytecode
