// SPDX-License-Identifier: Apache-2.0
// References across the border between host and guest, functions and tags.
#include "bytecode/embed/function.h"

#include <fmt/format.h>

#include "bytecode/embed/reference_check.h"
#include "bytecode/gc/reference.h"
#include "bytecode/runtime/exception.h"
#include "bytecode/runtime/store.h"

namespace doppel::wasm {

namespace {

using bytecode::ValType;
namespace gc = bytecode::gc;

bytecode::ResultType tops_of(const bytecode::RuntimeTypes& types,
                             const bytecode::ResultType& narrow) {
  bytecode::ResultType wide;
  for (const ValType type : narrow) wide.push_back(bytecode::top_of(types, type));
  return wide;
}

/// Slots that hold values of these types, while an allocation may move what they refer to.
class RootedSlots final : gc::RootSource {
 public:
  RootedSlots(gc::Heap& heap, const bytecode::ResultType& types, std::uint64_t* slots)
      : RootSource(heap), types_(types), slots_(slots) {}

 private:
  void visit_roots(gc::RootVisitor& visitor) override {
    std::uint64_t* slot = slots_;
    for (const ValType type : types_) {
      if (heap()->is_collected(type)) visitor.visit(*slot);
      slot += type.slots();
    }
  }

  const bytecode::ResultType& types_;
  std::uint64_t* slots_;
};

}  // namespace

class detail::Handle::Root {
 public:
  Root(gc::Heap& heap, std::uint64_t reference) : root_(heap, reference) {}
  [[nodiscard]] std::uint64_t get() const { return root_.get(); }

 private:
  gc::Root root_;
};

detail::Handle::Handle(bytecode::Store& store, std::uint64_t word, bool is_collected) {
  const bool is_own = is_collected && !gc::is_object(word);
  if (word == 0 || is_own) {
    word_ = word;
    return;
  }
  store_ = &store;
  if (is_collected) {
    root_ = std::make_shared<Root>(store.heap(), word);
  } else {
    word_ = word;
  }
}

std::uint64_t detail::Handle::word() const { return root_ ? root_->get() : word_; }

AnyRef AnyRef::i31(std::int32_t value) {
  return AnyRef(gc::make_i31(static_cast<std::uint32_t>(value)));
}

std::optional<std::int32_t> AnyRef::as_i31() const {
  if (!gc::is_i31(word())) return std::nullopt;
  return static_cast<std::int32_t>(gc::i31_signed(word()));
}

ExternRef AnyRef::to_extern() const { return ExternRef(static_cast<const Handle&>(*this)); }

ExternRef ExternRef::host(std::uint64_t value) { return ExternRef(gc::make_host_reference(value)); }

std::optional<std::uint64_t> ExternRef::as_host() const {
  if (!gc::is_host_reference(word())) return std::nullopt;
  return gc::host_value(word());
}

FuncRef::FuncRef(const detail::AnyFunction& function)
    : Handle(function.store(), reinterpret_cast<std::uint64_t>(&function.function()), false) {}

Result<detail::AnyFunction> FuncRef::checked(const bytecode::FuncType& type) const {
  if (is_null()) {
    return fail(ErrorKind::kUnlinkable,
                "found a null reference, expected a function of type " + to_string(type));
  }
  const detail::AnyFunction found(*reinterpret_cast<bytecode::Function*>(word()), *store());
  DOPPEL_TRY(found.check_type(type, "reference"));
  return found;
}

Trap detail::host_trap(std::string message, TrapKind kind) {
  Trap trap;
  trap.kind = kind;
  trap.message = std::move(message);
  return trap;
}

Trap detail::foreign_reference() {
  return host_trap("found a reference of another store, expected one of this");
}

Result<void> detail::AnyFunction::check_type(const bytecode::FuncType& wanted,
                                             std::string_view what) const {
  const bytecode::FuncType& found = *function_->type;
  const bytecode::RuntimeTypes& types = store_->types();
  if (tops_of(types, found.params) == wanted.params &&
      tops_of(types, found.results) == wanted.results)
    return {};
  return fail(ErrorKind::kUnlinkable,
              fmt::format("{}: found one of type {}, expected a function of type {}", what,
                          to_string(found), to_string(wanted)));
}

std::optional<Trap> detail::AnyFunction::call(std::span<std::uint64_t> slots) const {
  const std::uint64_t* slot = slots.data();
  for (const ValType type : function_->type->params) {
    if (type.is_ref() && !bytecode::is_reference_of(*store_, *slot, type.ref())) {
      return host_trap("found another argument, expected one of type " + to_string(type),
                       TrapKind::kCastFailure);
    }
    slot += type.slots();
  }
  return store_->thread().call(*function_, slots);
}

Trap detail::AnyTag::exception(std::span<std::uint64_t> payload) const {
  const RootedSlots rooted(store_->heap(), tag_->type->params, payload.data());
  bytecode::HostOutcome thrown = throw_exception(*store_, *tag_, payload);
  Trap trap = host_trap(std::move(thrown.message), thrown.trap);
  trap.exception = std::move(thrown.exception);
  trap.tag = tag_;
  return trap;
}

const std::uint64_t* detail::AnyTag::payload(const Trap& trap) const {
  if (trap.kind != TrapKind::kUncaughtException || trap.exception == nullptr) return nullptr;
  const std::uint64_t reference = trap.exception->get();
  if (&bytecode::tag_of(reference) != tag_) return nullptr;
  return bytecode::payload_of(reference).data();
}

}  // namespace doppel::wasm
