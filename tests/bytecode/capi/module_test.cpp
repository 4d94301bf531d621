// SPDX-License-Identifier: Apache-2.0
// Modules of the C interface: what is taken as one, old binaries, sharing.
#include <string>
#include <vector>

#include "bytecode/capi/untyped_nulls.h"
#include "tests/bytecode/capi/host.h"

namespace doppel::bytecode::capi {
namespace {

/// A module of a section of globals and an export of the first.
std::string module_of_globals(const std::string& globals) {
  using namespace std::string_literals;
  const auto section = [](char id, const std::string& contents) {
    return std::string{id, static_cast<char>(contents.size())} + contents;
  };
  return "\0asm\1\0\0\0"s + section(6, globals) + section(7, "\1\1g\3\0"s);
}

Ptr<wasm_module_t> load(const Host& host, const std::string& binary) {
  const wasm_byte_vec_t bytes{binary.size(), const_cast<char*>(binary.data())};
  Ptr<wasm_module_t> module(wasm_module_new(host.store.get(), &bytes));
  EXPECT_EQ(wasm_module_validate(host.store.get(), &bytes), module != nullptr);
  return module;
}

TEST(CapiModules, OfTheOldEncodingHaveNullsOfTheirGlobalsTypes) {
  Host host;
  for (const char type : {'\x6f', '\x70'}) {
    const std::string old{'\4', '\x7f', 0, '\x41', 5, '\x0b', type,   1,    '\xd0', '\x0b', '\x7d',
                          0,    '\x43', 0, 0,      0, 0,      '\x0b', type, 0,      '\xd0', '\x0b'};
    const auto module = load(host, module_of_globals(old));
    ASSERT_NE(module, nullptr);
    const Ptr<wasm_instance_t> instance(
        wasm_instance_new(host.store.get(), module.get(), nullptr, nullptr));
    EXPECT_EQ(wasm_extern_kind(Host::item(instance, 0).get()), WASM_EXTERN_GLOBAL);
  }
}

TEST(CapiModules, OfTheOldEncodingAreTakenNowhereElse) {
  Host host;
  EXPECT_EQ(load(host, module_of_globals({'\1', '\x7f', 0, '\xd0', '\x0b'})), nullptr);
  EXPECT_EQ(load(host, module_of_globals({'\1', '\x6f', 0, '\xd0'})), nullptr);
  EXPECT_EQ(load(host, module_of_globals({'\2', '\x6f', 0, '\xd0', '\x0b'})), nullptr);
  EXPECT_EQ(load(host, module_of_globals({'\1', '\x6f', 0, '\xd2', '\x0b'})), nullptr);
  EXPECT_NE(load(host, module_of_globals({'\1', '\x6f', 0, '\xd0', '\x6f', '\x0b'})), nullptr);
}

TEST(CapiModules, OfTheOldEncodingAreCutAnywhereWithoutHarm) {
  const std::string whole = module_of_globals({'\1', '\x6f', 0, '\xd0', '\x0b'});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    for (const char last : {'\0', '\x7f', '\xff'}) {
      std::string part = whole.substr(0, size) + last;
      const auto* const bytes = reinterpret_cast<const std::byte*>(part.data());
      const auto made = with_typed_nulls({bytes, part.size()});
      if (made) {
        EXPECT_LE(made->size(), part.size() + 2);
      }
    }
  }
}

TEST(CapiModules, AreSharedByStores) {
  Host host;
  wasm_shared_module_t* shared = nullptr;
  {
    Host first;
    shared =
        wasm_module_share(first.module(R"((func (export "f") (result i32) (i32.const 6)))").get());
  }
  const Ptr<wasm_module_t> module(wasm_module_obtain(host.store.get(), shared));
  wasm_shared_module_delete(shared);
  const Ptr<wasm_instance_t> instance(
      wasm_instance_new(host.store.get(), module.get(), nullptr, nullptr));
  ASSERT_EQ(host.call(Host::item(instance, 0).get()), nullptr);
  EXPECT_EQ(host.results.data[0].of.i32, 6);
}

}  // namespace
}  // namespace doppel::bytecode::capi
