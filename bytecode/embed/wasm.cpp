// SPDX-License-Identifier: Apache-2.0
// The embedding interface over the runtime's own classes.
#include "bytecode/embed/wasm.h"

#include <fmt/format.h>

#include "bytecode/embed/tiered_load.h"
#include "bytecode/runtime/linker.h"
#include "bytecode/runtime/store.h"
#include "bytecode/text/module_bytes.h"
#include "bytecode/wasi/link.h"
#include "core/read_file.h"

namespace doppel::wasm {
namespace {

tl::unexpected<Error> no_export(std::string_view name, std::string_view wanted,
                                std::string_view found) {
  return fail(ErrorKind::kUnlinkable,
              fmt::format("export '{}': found {}, expected {}", name, found, wanted));
}

std::span<std::byte> bytes_of(const bytecode::MemoryInstance& memory) {
  return {memory.base(), memory.size()};
}

}  // namespace

Result<Module> Module::load(std::span<const std::byte> bytes, std::string_view name,
                            const LoadOptions& options) {
  auto binary = DOPPEL_TRY(bytecode::module_bytes({bytes.begin(), bytes.end()}, name));
  bytecode::LoadOptions how;
  how.fuel = options.fuel;
  auto module = bytecode::load(std::move(binary), how, options.tier);
  if (!module) return tl::unexpected(std::move(module).error().within(name));
  return Module(*std::move(module));
}

Result<Module> Module::load_file(const std::string& path, const LoadOptions& options) {
  return load(DOPPEL_TRY(read_file(path)), path, options);
}

std::span<std::byte> Caller::memory(std::string_view name) const {
  if (!instance_) return {};
  const auto found = instance_->find_export(name);
  return found && found->memory ? bytes_of(*found->memory) : std::span<std::byte>();
}

Result<std::span<std::byte>> Instance::memory(std::string_view name) const {
  const auto found = instance_->find_export(name);
  if (!found) return no_export(name, "a memory", "nothing");
  if (!found->memory) return no_export(name, "a memory", to_string(found->kind));
  return bytes_of(*found->memory);
}

Result<detail::AnyFunction> Instance::find_function(std::string_view name,
                                                    const bytecode::FuncType& type) const {
  const auto found = instance_->find_export(name);
  const std::string wanted = "a function of type " + to_string(type);
  if (!found) return no_export(name, wanted, "nothing");
  if (!found->function) return no_export(name, wanted, to_string(found->kind));
  const detail::AnyFunction function(*found->function, instance_->store);
  DOPPEL_TRY(function.check_type(type, fmt::format("export '{}'", name)));
  return function;
}

Result<detail::AnyTag> Instance::find_tag(std::string_view name,
                                          const bytecode::FuncType& type) const {
  const auto found = instance_->find_export(name);
  const std::string wanted = "a tag of type " + to_string(type);
  if (!found) return no_export(name, wanted, "nothing");
  if (!found->tag) return no_export(name, wanted, to_string(found->kind));
  if (*found->tag->type != type)
    return no_export(name, wanted, "one of type " + to_string(*found->tag->type));
  return detail::AnyTag(*found->tag, instance_->store);
}

struct Store::Parts {
  explicit Parts(std::unique_ptr<bytecode::Store> made) : store(std::move(made)), linker(*store) {}
  std::optional<bytecode::wasi::Context> wasi;  // outlives the store
  std::unique_ptr<bytecode::Store> store;
  bytecode::Linker linker;
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::create(const Limits& limits) {
  auto store = DOPPEL_TRY(bytecode::Store::create({.max_memory_bytes = limits.max_memory_bytes,
                                                   .stack_bytes = limits.stack_bytes,
                                                   .max_heap_bytes = limits.max_heap_bytes}));
  return Store(std::make_unique<Parts>(std::move(store)));
}

void Store::define(std::string_view module, std::string_view name, bytecode::FuncType type,
                   detail::ErasedBody body) {
  parts_->linker.define_function(std::string(module), std::string(name), std::move(type),
                                 [body = std::move(body), &store = *parts_->store](
                                     bytecode::HostCall& call) -> bytecode::HostOutcome {
                                   const auto trap = body(Caller(call.caller), store, call.slots);
                                   return trap ? bytecode::pass_on(*trap) : bytecode::HostOutcome{};
                                 });
}

detail::AnyTag Store::define_tag(std::string_view module, std::string_view name,
                                 const bytecode::FuncType& type) {
  bytecode::Extern offered;
  offered.kind = bytecode::ExternKind::kTag;
  offered.tag = parts_->store->add_tag(type);
  parts_->linker.define(std::string(module), std::string(name), offered);
  return {*offered.tag, *parts_->store};
}

Result<void> Store::define_wasi(const Wasi& wasi) {
  bytecode::wasi::ContextOptions options;
  options.arguments = wasi.arguments;
  options.environment = wasi.environment;
  for (const auto& [host, guest] : wasi.directories) options.directories.push_back({host, guest});
  if (wasi.standard_streams) options.inherit_standard_streams();
  options.interrupted = [&thread = parts_->store->thread()] { return thread.terminating(); };
  parts_->wasi = DOPPEL_TRY(bytecode::wasi::Context::create(std::move(options)));
  bytecode::wasi::link(parts_->linker, *parts_->wasi);
  return {};
}

void Store::set_fuel(std::uint64_t instructions) { parts_->store->thread().set_fuel(instructions); }

std::uint64_t Store::fuel_left() const { return parts_->store->thread().fuel_left(); }

Result<Instance> Store::instantiate(const Module& module, std::string_view name) {
  const auto made = DOPPEL_TRY(parts_->linker.instantiate(module.module_));
  if (made.trap) {
    return fail(ErrorKind::kUnlinkable, "initialization trapped: " + made.trap->describe());
  }
  if (!name.empty()) parts_->linker.define_instance(std::string(name), *made.instance);
  return Instance(made.instance);
}

void Store::interrupt() noexcept { parts_->store->thread().terminate(TrapKind::kTimeout); }

}  // namespace doppel::wasm
