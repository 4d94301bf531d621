// SPDX-License-Identifier: Apache-2.0
// Traps and the frames that they passed through.
#include <algorithm>
#include <string_view>

#include "bytecode/capi/references.h"
#include "bytecode/capi/vectors.h"

namespace doppel::bytecode::capi {
namespace {

/// A trap that goes through host functions again and again keeps this many frames.
constexpr std::size_t kMaxFrames = 4096;

/// What an LEB128 number that begins at `at` is followed by.
std::size_t behind_number(const Module& module, std::size_t at) {
  while ((module.bytes[at] & std::byte{0x80}) != std::byte{0}) ++at;
  return at + 1;
}

/// Where a function's body begins, behind its size, in the module.
std::size_t begin_of(const Module& module, FuncIndex function) {
  const std::size_t index = function.value() - module.imported_functions;
  if (index > 0) return behind_number(module, module.bodies[index - 1].code.end.value());
  constexpr std::uint8_t kCodeSection = 10;
  const auto code = std::ranges::find(module.sections, kCodeSection, &SectionRange::id);
  return behind_number(module, behind_number(module, code->contents.begin.value()));
}

}  // namespace

std::unique_ptr<wasm_trap_t> make_trap(const StorePtr& store, Trap trap) {
  std::shared_ptr<TrapThing> thrown = std::exchange(store->thrown, nullptr);
  if (thrown == nullptr || thrown->trap.kind != trap.kind)
    return std::make_unique<wasm_trap_t>(store, std::make_shared<TrapThing>(std::move(trap)));
  // The same trap, which has come further.
  std::vector<BacktraceFrame>& frames = thrown->trap.backtrace;
  for (BacktraceFrame& frame : trap.backtrace) {
    if (frames.size() < kMaxFrames) frames.push_back(std::move(frame));
  }
  return std::make_unique<wasm_trap_t>(store, std::move(thrown));
}

std::unique_ptr<wasm_trap_t> make_trap(const StorePtr& store, std::string message) {
  Trap trap;
  trap.kind = TrapKind::kHost;
  trap.message = std::move(message);
  return std::make_unique<wasm_trap_t>(store, std::make_shared<TrapThing>(std::move(trap)));
}

}  // namespace doppel::bytecode::capi

namespace capi = doppel::bytecode::capi;

struct wasm_frame_t {
  wasm_frame_t(const capi::StorePtr& store, const doppel::bytecode::BacktraceFrame& frame)
      : instance(std::make_shared<wasm_instance_t>(store, frame.instance)),
        function(frame.function.value()),
        module_offset(frame.offset.value()),
        function_offset(module_offset -
                        capi::begin_of(frame.instance->module->module(), frame.function)) {}
  std::shared_ptr<wasm_instance_t> instance;
  std::uint32_t function;
  std::size_t module_offset;
  std::size_t function_offset;
};

void wasm_frame_delete(wasm_frame_t* frame) { delete frame; }
wasm_frame_t* wasm_frame_copy(const wasm_frame_t* frame) {
  return frame == nullptr ? nullptr : new wasm_frame_t(*frame);
}
wasm_instance_t* wasm_frame_instance(const wasm_frame_t* frame) { return frame->instance.get(); }
uint32_t wasm_frame_func_index(const wasm_frame_t* frame) { return frame->function; }
size_t wasm_frame_func_offset(const wasm_frame_t* frame) { return frame->function_offset; }
size_t wasm_frame_module_offset(const wasm_frame_t* frame) { return frame->module_offset; }

wasm_trap_t* wasm_trap_new(wasm_store_t* store, const wasm_message_t* message) {
  std::string_view text;
  if (message != nullptr) text = {message->data, message->size};
  if (text.ends_with('\0')) text.remove_suffix(1);
  return capi::make_trap(store->state, std::string(text)).release();
}

void wasm_trap_message(const wasm_trap_t* handle, wasm_message_t* out) {
  const doppel::bytecode::Trap& trap = handle->trap();
  const bool is_own = trap.kind == doppel::bytecode::TrapKind::kHost;
  const std::string text = is_own ? trap.message : trap.describe();
  wasm_byte_vec_new(out, text.size() + 1, text.c_str());
}

wasm_frame_t* wasm_trap_origin(const wasm_trap_t* handle) {
  const auto& frames = handle->trap().backtrace;
  if (frames.empty() || handle->store->has_ended()) return nullptr;
  return new wasm_frame_t(handle->store, frames.front());
}

void wasm_trap_trace(const wasm_trap_t* handle, wasm_frame_vec_t* out) {
  const auto& frames = handle->trap().backtrace;
  capi::allocate(*out, handle->store->has_ended() ? 0 : frames.size());
  for (std::size_t i = 0; i < out->size; ++i)
    out->data[i] = new wasm_frame_t(handle->store, frames[i]);
}
