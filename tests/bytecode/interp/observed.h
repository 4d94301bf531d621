// SPDX-License-Identifier: Apache-2.0
// A random module on the interpreter and on the reference, and what can be seen of its calls in
// terms that are the same for both.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "bytecode/runtime/linker.h"
#include "tests/bytecode/interp/random_module.h"
#include "tests/bytecode/interp/reference.h"

namespace doppel::bytecode {

/// All that can be seen of a call. NaNs are alike: their bits are not the module's to choose.
struct Observed {
  TrapKind trap = TrapKind::kNone;
  Reference::Values results;
  std::vector<Reference::Frame> backtrace;
  std::vector<std::uint64_t> memory_sizes;
  std::vector<std::uint64_t> memory_hashes;
  std::vector<std::uint64_t> table_hashes;
  Reference::Values globals;  ///< references as hashes of what they lead to
  std::uint64_t host_sum = 0;
  friend bool operator==(const Observed&, const Observed&) = default;
};
void PrintTo(const Observed& seen, std::ostream* out);

/// A call of an exported function with arguments that are numbers and vectors.
struct Call {
  std::uint32_t function;
  Reference::Values arguments;
};
/// Some calls of each exported function, in order.
std::vector<Call> random_calls(const Module& module, std::uint64_t seed);

/// What the imported functions do: results and a running sum that depend on all arguments.
class Imports {
 public:
  Reference::Values call(std::uint32_t function, const FuncType& type, Reference::Values arguments);
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// How the machine runs a call: in one piece, with fuel, in slices, or with a collection at
/// every allocation.
enum class Way : std::uint8_t { kPlain, kFuel, kSlices, kStress };

class OnInterpreter {
 public:
  /// Fails the test, and is not ready, if the module is refused. `load` may name another tier.
  OnInterpreter(const std::vector<std::byte>& bytes, Way way, LoadOptions load = {});

  Observed call(const Call& call);

  /// Instructions that the last call paid for.
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] const Module& module() const { return instance_->module->module(); }
  [[nodiscard]] bool ready() const { return instance_ != nullptr; }

 private:
  static constexpr std::uint64_t kFuel = 1'000'000'000;

  std::optional<Trap> run(const Call& call, Reference::Values& results);
  [[nodiscard]] std::uint64_t hash_of(ValType type, std::uint64_t reference, int depth) const;
  [[nodiscard]] std::uint64_t hash_of_object(std::uint64_t reference, int depth) const;

  Way way_;
  Imports imports_;
  std::unique_ptr<Store> store_;
  Instance* instance_ = nullptr;
  std::uint64_t used_ = 0;
};

class OnReference {
 public:
  explicit OnReference(const Module& module);

  Observed call(const Call& call);

  /// The instructions that have been executed.
  [[nodiscard]] const std::bitset<kOpcodeCount>& executed() const { return reference_.executed; }

 private:
  [[nodiscard]] std::uint64_t hash_of(ValType type, Reference::Word reference, int depth) const;

  const Module& module_;
  Imports imports_;
  Reference reference_;
};

}  // namespace doppel::bytecode
