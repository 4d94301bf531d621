// SPDX-License-Identifier: Apache-2.0
// Exceptions, with the new instructions and the old ones.
#include "tests/bytecode/interp/random_body.h"

#include <algorithm>
#include <utility>

#include "bytecode/binary/instruction.h"

namespace doppel::bytecode {

namespace {

constexpr ValType kExnRef = reference(HeapKind::kExn);

}  // namespace

void RandomBody::exceptions(int depth) {
  if (!shape_.has(Feature::kExceptions)) return block(depth);
  const bool has_old = shape_.has(Feature::kLegacyExceptions);
  const std::uint32_t way = choices_.below(8);
  if (way < 3) return try_table(depth);
  if (way < 5 && has_old) return old_try(depth);
  if (way == 5) return throw_again();
  if (way == 6 && has_old) return old_throw_again();
  throw_tag();
}

void RandomBody::throw_tag() {
  const std::uint32_t tag = choices_.below(static_cast<std::uint32_t>(shape_.tags.size()));
  need(shape_.func(shape_.tags[tag].type).params);
  op(Opcode::kThrow, tag);
  stack_.clear();
}

void RandomBody::throw_again() {
  // Null traps; where no exception is at hand, it mostly is.
  if (!local_of(kExnRef) && !choices_.one_in(4)) return throw_tag();
  need({kExnRef});
  op(Opcode::kThrowRef);
  stack_.clear();
}

/// A block that what is caught leads to, around the try block:
///   block $caught; try_table T (catch tag 0) …; …; end; the results of T are dropped; end
void RandomBody::try_table(int depth) {
  if (depth + 1 >= kMaxDepth) return throw_tag();
  const auto kind = static_cast<CatchKind>(choices_.below(4));
  const std::uint32_t tag = choices_.below(static_cast<std::uint32_t>(shape_.tags.size()));
  CatchClause clause{kind, TagIndex{tag}, {}};
  ResultType caught;
  op(Opcode::kBlock);
  if (clause.has_tag()) {
    const std::uint32_t type =
        clause.has_ref() ? shape_.tags[tag].caught_ref : shape_.tags[tag].caught;
    caught = shape_.func(type).results;
    block_type(type);
  } else if (clause.has_ref()) {
    caught = {kExnRef};
    code_.value_type(kExnRef);
  } else {
    code_.byte(0x40);
  }
  labels_.push_back({caught});
  ResultType outer = std::exchange(stack_, {});

  const std::uint32_t signature = choices_.of(shape_.signatures);
  const FuncType& type = shape_.func(signature);
  need(type.params);
  pop(type.params.size());
  op(Opcode::kTryTable);
  block_type(signature);
  // A second clause leads to any label that takes what it catches, if there is one.
  const std::uint32_t other = choices_.below(static_cast<std::uint32_t>(shape_.tags.size()));
  const auto also = label_that([&](const ResultType& types) {
    return types == shape_.func(shape_.tags[other].caught).results;
  });
  const bool also_first = also && choices_.one_in(2);
  code_.unsigned_leb(also ? 2 : 1);
  const auto write_other = [&] {
    code_.byte(static_cast<std::uint8_t>(CatchKind::kCatch));
    code_.unsigned_leb(other);
    code_.unsigned_leb(*also);
  };
  if (also_first) write_other();
  code_.byte(static_cast<std::uint8_t>(kind));
  if (clause.has_tag()) code_.unsigned_leb(tag);
  code_.unsigned_leb(0);
  if (also && !also_first) write_other();
  labels_.push_back({type.results});
  contents(type.params, type.results, false, depth + 2);
  op(Opcode::kEnd);
  labels_.pop_back();
  push_all(type.results);

  leave_only(caught, choices_.one_in(4));
  op(Opcode::kEnd);
  labels_.pop_back();
  stack_ = std::move(outer);
  push_all(caught);
}

/// try with some catches or catch_all, or with delegate.
void RandomBody::old_try(int depth) {
  if (depth >= kMaxDepth) return throw_tag();
  const std::uint32_t signature = choices_.of(shape_.signatures);
  const FuncType& type = shape_.func(signature);
  need(type.params);
  pop(type.params.size());
  op(Opcode::kTry);
  block_type(signature);
  labels_.push_back({type.results});
  contents(type.params, type.results, false, depth + 1);
  labels_.pop_back();
  if (choices_.one_in(4)) {
    op(Opcode::kDelegate, choices_.below(label_count()));
    return push_all(type.results);
  }
  labels_.push_back({type.results, true});
  for (std::uint32_t tag = 0; tag < shape_.tags.size(); ++tag) {
    if (choices_.one_in(3)) continue;
    op(Opcode::kCatch, tag);
    if (choices_.one_in(8)) op(Opcode::kRethrow, 0);
    contents(shape_.func(shape_.tags[tag].type).params, type.results, false, depth + 1);
  }
  if (choices_.one_in(3)) {
    op(Opcode::kCatchAll);
    contents({}, type.results, false, depth + 1);
  }
  op(Opcode::kEnd);
  labels_.pop_back();
  push_all(type.results);
}

void RandomBody::old_throw_again() {
  std::vector<std::uint32_t> found;
  for (std::uint32_t depth = 0; depth < label_count(); ++depth) {
    if (label(depth).is_catch) found.push_back(depth);
  }
  if (found.empty()) return throw_tag();
  op(Opcode::kRethrow, choices_.of(found));
  stack_.clear();
}

}  // namespace doppel::bytecode
