// SPDX-License-Identifier: Apache-2.0
// Definition and look-up of identifiers.
#include "bytecode/text/index_space.h"

#include <fmt/format.h>

namespace doppel::bytecode::text {

bool at_binding(const Cursor& in) {
  return in.at(TokenKind::kId) || in.at_annotation(kNameAnnotation);
}

Result<Binding> parse_binding(Cursor& in) {
  Binding binding;
  binding.id = in.take_id();
  if (in.at_annotation(kNameAnnotation)) {
    in.advance();
    binding.name = DOPPEL_TRY(in.expect_name());
    DOPPEL_TRY(in.expect_close());
  }
  return binding;
}

Result<std::uint32_t> IndexSpace::define(const Cursor& in, const Binding& binding) {
  if (binding.id && !ids_.emplace(*binding.id, size_).second) {
    return in.error(ErrorKind::kMalformed,
                    fmt::format("found a second {} ${}, expected a new name", what_, *binding.id));
  }
  if (binding.display()) names_.emplace_back(size_, *binding.display());
  return size_++;
}

Result<std::uint32_t> IndexSpace::expect_index(Cursor& in) const {
  if (in.at(TokenKind::kNumber)) return in.expect_u32();
  const std::size_t place = in.place();
  const auto id = in.take_id();
  if (!id) return in.unexpected(fmt::format("a {}", what_));
  const auto found = ids_.find(*id);
  if (found == ids_.end()) {
    in.seek(place);
    return in.unexpected(fmt::format("the name of a {}", what_));
  }
  return found->second;
}

}  // namespace doppel::bytecode::text
