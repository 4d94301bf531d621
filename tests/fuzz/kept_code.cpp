// SPDX-License-Identifier: Apache-2.0
// Fuzzing of the reader of kept machine code: any file is understood or refused. What is understood
// is not executed, as it may be any code. Contents come with the right checksums too, which no
// chance finds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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

/// A stream of one section.
std::vector<std::byte> stream(std::string_view section, std::span<const std::byte> contents) {
  StateWriter out;
  out.begin(section, 1);
  out.bytes(contents);
  return std::move(out).finish();
}

/// A file with an index and what stands behind it.
std::vector<std::byte> file(std::span<const std::byte> index, std::span<const std::byte> rest) {
  std::vector<std::byte> all = KeptFile::encode("", {}, {});
  all.resize(KeptFile::kMagicBytes);
  const std::vector<std::byte> encoded = stream("index", index);
  const std::uint64_t size = encoded.size();
  for (const auto part :
       {std::as_bytes(std::span(&size, 1)), std::span<const std::byte>(encoded), rest})
    all.insert(all.end(), part.begin(), part.end());
  return all;
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
  load(stream("code", contents));
  const std::size_t index = size / 2;
  read(file(contents.first(index), contents.subspan(index)));
  return 0;
}
