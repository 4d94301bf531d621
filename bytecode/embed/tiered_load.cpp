// SPDX-License-Identifier: Apache-2.0
// What the modules of a process share.
#include "bytecode/embed/tiered_load.h"

#include <cstdlib>
#include <mutex>
#include <utility>

#include "bytecode/interp/open_compiler.h"

namespace doppel::bytecode {

namespace {

using interp::FunctionCompiler;
using interp::TierUp;

std::mutex mutex;
std::weak_ptr<TierUp> current;  ///< under mutex

/// No compilation may be under way when the compiler's own statics end.
void stop_at_exit() {
  std::shared_ptr<TierUp> left;
  {
    const std::scoped_lock lock(mutex);
    left = current.lock();
  }
  if (left != nullptr) left->stop();
}

Result<FunctionCompiler*> process_compiler() {
  static const Result<FunctionCompiler*> opened = [] {
    auto compiler = interp::open_compiler();
    if (compiler) std::atexit(stop_at_exit);
    return compiler;
  }();
  return opened;
}

std::shared_ptr<TierUp> tier_up() {
  const std::scoped_lock lock(mutex);
  std::shared_ptr<TierUp> shared = current.lock();
  if (shared == nullptr) {
    shared = std::make_shared<TierUp>(process_compiler);
    current = shared;
  }
  return shared;
}

/// A module, and what must outlive it.
struct Kept {
  std::shared_ptr<TierUp> tier_up;
  std::shared_ptr<LoadedModule> module;
};

}  // namespace

Result<std::shared_ptr<LoadedModule>> load(std::vector<std::byte> bytes, LoadOptions options,
                                           Tier tier) {
  auto kept = std::make_shared<Kept>();
  if (tier == Tier::kCompiled) {
    if (const auto compiler = process_compiler()) options.compiler = *compiler;
  } else if (tier == Tier::kAuto && interp::has_compiler()) {
    kept->tier_up = tier_up();
    options.tier_up = kept->tier_up.get();
  }
  kept->module = DOPPEL_TRY(LoadedModule::load(std::move(bytes), options));
  LoadedModule* const module = kept->module.get();
  return std::shared_ptr<LoadedModule>(std::move(kept), module);
}

}  // namespace doppel::bytecode
