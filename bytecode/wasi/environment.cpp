// SPDX-License-Identifier: Apache-2.0
// args_* and environ_*: lists of NUL-terminated strings.
#include <cstring>
#include <string>
#include <vector>

#include "bytecode/wasi/functions.h"

namespace doppel::bytecode::wasi {
namespace {

Size buffer_size(const std::vector<std::string>& strings) {
  std::size_t size = 0;
  for (const std::string& text : strings) size += text.size() + 1;
  return static_cast<Size>(size);  // Context::create has checked that it fits
}

Outcome put_sizes(GuestMemory memory, const std::vector<std::string>& strings, Pointer count,
                  Pointer size) {
  const auto count_slot = DOPPEL_TRY(memory.slot<Size>(count));
  const auto size_slot = DOPPEL_TRY(memory.slot<Size>(size));
  count_slot.set(static_cast<Size>(strings.size()));
  size_slot.set(buffer_size(strings));
  return Errno::kSuccess;
}

Outcome put_strings(GuestMemory memory, const std::vector<std::string>& strings, Pointer pointers,
                    Pointer buffer) {
  const auto list = DOPPEL_TRY(memory.span(pointers, strings.size() * sizeof(Pointer)));
  const auto bytes = DOPPEL_TRY(memory.span(buffer, buffer_size(strings)));
  std::size_t used = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const Pointer address = buffer + static_cast<Pointer>(used);
    std::memcpy(list.data() + i * sizeof address, &address, sizeof address);
    std::memcpy(bytes.data() + used, strings[i].c_str(), strings[i].size() + 1);
    used += strings[i].size() + 1;
  }
  return Errno::kSuccess;
}

}  // namespace

Outcome args_sizes_get(Context& context, GuestMemory memory, Pointer argc, Pointer argv_buf_size) {
  return put_sizes(memory, context.arguments(), argc, argv_buf_size);
}

Outcome args_get(Context& context, GuestMemory memory, Pointer argv, Pointer argv_buf) {
  return put_strings(memory, context.arguments(), argv, argv_buf);
}

Outcome environ_sizes_get(Context& context, GuestMemory memory, Pointer environc,
                          Pointer environ_buf_size) {
  return put_sizes(memory, context.environment(), environc, environ_buf_size);
}

Outcome environ_get(Context& context, GuestMemory memory, Pointer environ, Pointer environ_buf) {
  return put_strings(memory, context.environment(), environ, environ_buf);
}

}  // namespace doppel::bytecode::wasi
