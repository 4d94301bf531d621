// SPDX-License-Identifier: Apache-2.0
// A host program: loads a module, gives it a host function, calls it, reads its memory.
#include "bytecode/embed/wasm.h"

#include <cstdio>

using namespace doppel;

Result<void> greet() {
  const auto module = DOPPEL_TRY(wasm::Module::load_file("greeter.wat"));
  auto store = DOPPEL_TRY(wasm::Store::create());
  store.define("host", "lucky_number", [](int seed) { return seed % 10; });
  const auto instance = DOPPEL_TRY(store.instantiate(module));
  const auto greet = DOPPEL_TRY(instance.function<int(int)>("greet"));
  const auto length = greet(1974);
  if (!length) return fail(ErrorKind::kUsage, length.error().describe());
  const auto memory = DOPPEL_TRY(instance.memory());
  std::printf("%.*s\n", *length, reinterpret_cast<const char*>(memory.data()));
  return {};
}

int main() {
  const auto done = greet();
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
