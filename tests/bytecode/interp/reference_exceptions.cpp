// SPDX-License-Identifier: Apache-2.0
// Exceptions of the reference: the labels of a frame are asked from the innermost one on.
#include "tests/bytecode/interp/reference_stack.h"

namespace doppel::bytecode {

void Reference::throw_tag(Activation& at) {
  const std::uint32_t tag = at.reader.read_u32();
  const FuncType& type = module_.func_type(module_.tags[tag].type);
  exceptions_.push_back({tag, take_many(at.stack, type.params.size())});
  throw Thrown{exceptions_.size()};
}

/// Goes on where the exception is caught: as step() answers. None if it is not caught here.
std::optional<bool> Reference::handle(Activation& at, Word thrown) {
  const auto& blocks = parts(frames_.back().function);
  while (!at.labels.empty()) {
    const Label label = at.labels.back();
    at.labels.pop_back();
    if (label.opcode == Opcode::kTryTable) {
      if (const auto goes_on = handle_by_clause(at, label, thrown)) return goes_on;
    }
    if (label.opcode != Opcode::kTry || label.caught != 0) continue;
    const Parts& block = blocks.at(label.begin);
    if (block.delegate) {
      // The labels around, up to the one that it names, are passed over.
      at.labels.resize(at.labels.size() - *block.delegate);
      continue;
    }
    for (const Parts::Catch& each : block.catches) {
      if (each.tag != kNone && each.tag != exception(thrown).tag) continue;
      at.stack.resize(label.height);
      at.labels.push_back(label);
      at.labels.back().caught = thrown;
      if (each.tag != kNone) {
        const Values& payload = exception(thrown).payload;
        at.stack.insert(at.stack.end(), payload.begin(), payload.end());
      }
      at.reader.seek(each.body);
      return true;
    }
  }
  return std::nullopt;
}

/// The clauses of a try_table, whose label is gone.
std::optional<bool> Reference::handle_by_clause(Activation& at, const Label& label, Word thrown) {
  TrustedCodeReader reader = at.reader;
  reader.seek(label.begin);
  reader.read_opcode();
  reader.read_block_type();
  for (std::uint32_t more = reader.read_u32(); more > 0; --more) {
    const CatchClause clause = reader.read_catch_clause();
    if (clause.has_tag() && clause.tag.value() != exception(thrown).tag) continue;
    at.stack.resize(label.height);
    if (clause.has_tag()) {
      const Values& payload = exception(thrown).payload;
      at.stack.insert(at.stack.end(), payload.begin(), payload.end());
    }
    if (clause.has_ref()) at.stack.push_back(thrown);
    return branch(at, clause.label.value());
  }
  return std::nullopt;
}

}  // namespace doppel::bytecode
