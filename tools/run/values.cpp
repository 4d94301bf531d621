// SPDX-License-Identifier: Apache-2.0
// Reading and writing of values.
#include "tools/run/values.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <limits>

namespace doppel::tools {

namespace {

using bytecode::ValKind;

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <class Number, class... Base>
bool read(std::string_view text, Number& number, Base... base) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, base...);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

template <class Unsigned>
bool read_integer(std::string_view text, std::uint64_t& slot) {
  const bool negative = take(text, "-");
  if (!negative) take(text, "+");
  const int base = take(text, "0x") ? 16 : 10;
  Unsigned magnitude = 0;
  if (!read(text, magnitude, base)) return false;
  constexpr Unsigned kSign = Unsigned{1} << (std::numeric_limits<Unsigned>::digits - 1);
  if (negative && magnitude > kSign) return false;
  slot = negative ? static_cast<Unsigned>(0 - magnitude) : magnitude;
  return true;
}

template <class Float, class Bits>
bool read_float(std::string_view text, std::uint64_t& slot) {
  take(text, "+");
  Float value = 0;
  if (!read(text, value)) return false;
  slot = std::bit_cast<Bits>(value);
  return true;
}

bool read_vector(std::string_view text, std::array<std::uint64_t, 2>& slots) {
  if (!take(text, "0x") || text.size() > 32) return false;
  const std::size_t high = text.size() > 16 ? text.size() - 16 : 0;
  return read(text.substr(high), slots[0], 16) &&
         (high == 0 || read(text.substr(0, high), slots[1], 16));
}

}  // namespace

Result<std::array<std::uint64_t, 2>> parse_value(bytecode::ValType type, std::string_view text) {
  std::array<std::uint64_t, 2> slots{};
  std::uint64_t& slot = slots[0];
  bool good = false;
  switch (type.kind()) {
    case ValKind::kI32: good = read_integer<std::uint32_t>(text, slot); break;
    case ValKind::kI64: good = read_integer<std::uint64_t>(text, slot); break;
    case ValKind::kF32: good = read_float<float, std::uint32_t>(text, slot); break;
    case ValKind::kF64: good = read_float<double, std::uint64_t>(text, slot); break;
    case ValKind::kV128: good = read_vector(text, slots); break;
    default:
      return fail(ErrorKind::kUsage,
                  fmt::format("a parameter of type {} cannot be given as text", to_string(type)));
  }
  if (good) return slots;
  return fail(ErrorKind::kUsage,
              fmt::format("argument \"{}\", expected a number of type {}", text, to_string(type)));
}

std::string format_value(bytecode::ValType type, std::span<const std::uint64_t> slots) {
  const std::uint64_t slot = slots[0];
  switch (type.kind()) {
    case ValKind::kI32: return fmt::format("{}", static_cast<std::int32_t>(slot));
    case ValKind::kI64: return fmt::format("{}", static_cast<std::int64_t>(slot));
    case ValKind::kF32:
      return fmt::format("{}", std::bit_cast<float>(static_cast<std::uint32_t>(slot)));
    case ValKind::kF64: return fmt::format("{}", std::bit_cast<double>(slot));
    case ValKind::kV128: return fmt::format("{:#018x}{:016x}", slots[1], slot);
    default: return slot == 0 ? "null" : fmt::format("{}", to_string(type));
  }
}

}  // namespace doppel::tools
