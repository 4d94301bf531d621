// SPDX-License-Identifier: Apache-2.0
// A code object in executable memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/code/code_space.h"
#include "core/code/object.h"
#include "core/result.h"

namespace doppel {

/// See the file comment. The memory is the space's, and lives as long as that.
class LoadedCode {
 public:
  /// The address of what lies outside; null: there is none of this name.
  using Resolve = std::function<const void*(std::string_view name)>;

  /// Loads an object, which has been checked. Fails with kUnlinkable where a name is not known,
  /// with kSystem where the host gives no memory or does not let it be executed.
  static Result<LoadedCode> load(const CodeObject& object, const Resolve& resolve,
                                 CodeSpace& space);

  /// The memory of a symbol; empty: there is none of this name. Only room can be written to.
  [[nodiscard]] std::span<std::byte> find(std::string_view name) const;
  /// The line of the instruction at `pc`; 0: none, or not of this code.
  [[nodiscard]] std::uint32_t line_at(std::uintptr_t pc) const;
  /// The code alone.
  [[nodiscard]] std::span<const std::byte> code() const { return code_; }

 private:
  LoadedCode() = default;

  std::span<const std::byte> code_;
  std::map<std::string, std::span<std::byte>, std::less<>> symbols_;
  std::vector<CodeObject::Line> lines_;
};

}  // namespace doppel
