// SPDX-License-Identifier: Apache-2.0
// Fuzzing of the reader of kept machine code: any file is understood or refused. What is understood
// is not executed, as it may be any code.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "bytecode/interp/kept_file.h"
#include "core/code/loaded_code.h"

using namespace doppel;
using bytecode::interp::KeptFile;

namespace {

/// Loads code for which all names outside are known.
void load(std::span<const std::byte> stream) {
  StateReader in(stream);
  const CodeObject object = CodeObject::restore(in);
  constexpr std::uint32_t kMostRoom = 1U << 20;
  if (in.failed() || object.room > kMostRoom) return;
  CodeSpace space;
  const auto loaded = LoadedCode::load(object, [](std::string_view) { return "here"; }, space);
  if (!loaded) return;
  for (const CodeObject::Symbol& symbol : object.symbols) (void)loaded->find(symbol.name);
  (void)loaded->line_at(reinterpret_cast<std::uintptr_t>(loaded->code().data()));
}

void read(std::span<const std::byte> contents) {
  FileDescriptor file(::memfd_create("fuzzed", MFD_CLOEXEC));
  if (::write(file.get(), contents.data(), contents.size()) < 0) return;
  const auto kept = KeptFile::open(std::move(file));
  if (!kept) return;
  (void)kept->read(kept->module());
  for (const auto& [function, place] : kept->functions()) {
    if (const auto stream = kept->read(place)) load(*stream);
  }
  for (const auto& [name, place] : kept->thunks()) {
    if (const auto stream = kept->read(place)) load(*stream);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto contents = std::as_bytes(std::span(data, size));
  read(contents);
  load(contents);
  return 0;
}
