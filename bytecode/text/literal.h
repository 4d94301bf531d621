// SPDX-License-Identifier: Apache-2.0
// Numbers of the text format (specification 6.3.1, 6.3.2): integers that fit, and floats rounded
// to nearest, ties to even, from decimal and hexadecimal notation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace doppel::bytecode::text {

enum class LiteralError : std::uint8_t {
  kSyntax,  ///< not a number of this kind
  kRange,   ///< a number, but not of this type
};

template <class T>
using Literal = tl::expected<T, LiteralError>;

/// An unsigned integer of at most `bits` bits, decimal or hexadecimal, without a sign.
Literal<std::uint64_t> parse_unsigned(std::string_view text, unsigned bits);

/// An integer that is an unsigned or a signed one of `bits` bits; the result is its two's
/// complement, zero above `bits`.
Literal<std::uint64_t> parse_integer(std::string_view text, unsigned bits);

/// The bits of the float that `text` denotes; `nan` is the canonical one.
Literal<std::uint32_t> parse_f32(std::string_view text);
Literal<std::uint64_t> parse_f64(std::string_view text);

/// The shortest notation that reads back as the same bits, payloads of NaNs included.
std::string format_f32(std::uint32_t bits);
std::string format_f64(std::uint64_t bits);

}  // namespace doppel::bytecode::text
