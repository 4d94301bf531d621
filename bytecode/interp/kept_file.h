// SPDX-License-Identifier: Apache-2.0
// Files of kept machine code: an index, and behind it pieces that are read when they are wanted.
// Layout: docs/formats/kept_code.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/interp/compiler.h"
#include "bytecode/isa/types.h"
#include "core/memory/file_descriptor.h"
#include "core/result.h"

namespace doppel::bytecode::interp {

/// Streams (core/state/stream.h) with the code of functions, and of thunks by their names.
struct KeptPieces {
  struct Function {
    Effort effort = Effort::kFull;
    std::vector<std::byte> stream;
  };
  std::map<FuncIndex, Function> functions;
  std::map<std::string, std::vector<std::byte>, std::less<>> thunks;
};

/// An open file. What it says of itself has been checked; the streams have not.
class KeptFile {
 public:
  /// Where a stream stands.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    Effort effort = Effort::kFull;  ///< of a function's code
  };

  /// Whether bytes, at least so many, are the beginning of such a file.
  static constexpr std::size_t kMagicBytes = 8;
  static bool begins(std::span<const std::byte> bytes);
  /// Fails with kMalformed or kUnsupported where it is none, with kSystem where it cannot be read.
  static Result<KeptFile> open(FileDescriptor file);

  /// What its writer called that from which the code was made.
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::map<FuncIndex, Place>& functions() const { return functions_; }
  [[nodiscard]] const std::map<std::string, Place, std::less<>>& thunks() const { return thunks_; }
  /// The module, where the file holds it; else nothing.
  [[nodiscard]] Place module() const { return module_; }
  /// The bytes at a place. Fails with kSystem; they may be damaged.
  Result<std::vector<std::byte>> read(Place place) const;

  /// The bytes of a file.
  static std::vector<std::byte> encode(std::string_view origin, std::span<const std::byte> module,
                                       const KeptPieces& pieces);

 private:
  explicit KeptFile(FileDescriptor file) : file_(std::move(file)) {}
  Result<void> read_index();

  FileDescriptor file_;
  std::string origin_;
  std::map<FuncIndex, Place> functions_;
  std::map<std::string, Place, std::less<>> thunks_;
  Place module_;
};

}  // namespace doppel::bytecode::interp
