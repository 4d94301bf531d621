// SPDX-License-Identifier: Apache-2.0
// What a debugger reads and changes: registers, memory, breakpoints and watchpoints.
#include <algorithm>

#include "sysvm/gdb/registers.h"
#include "sysvm/gdb/server.h"

namespace doppel::sysvm::gdb {

namespace {

/// Registers travel in the target's byte order, little-endian.
std::string register_text(std::uint64_t value, unsigned bytes) {
  std::string raw(bytes, '\0');
  for (unsigned i = 0; i < bytes; ++i) raw[i] = static_cast<char>(value >> (8 * i));
  return to_hex(raw);
}

std::optional<std::uint64_t> register_value(std::string_view digits) {
  const auto raw = from_hex(digits);
  if (!raw || raw->empty() || raw->size() > 8) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = raw->size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>((*raw)[i]);
  }
  return value;
}

/// "address,length", and what separates it from more.
struct Range {
  std::uint64_t address;
  std::uint64_t length;
};
std::optional<Range> take_range(std::string_view& text) {
  const auto address = take_number(text);
  if (!address || !take(text, ",")) return std::nullopt;
  const auto length = take_number(text);
  if (!length) return std::nullopt;
  return Range{*address, *length};
}

}  // namespace

std::string Server::read_registers() {
  std::string text;
  for (unsigned i = 0; i < kGeneralRegisters; ++i) {
    text += register_text(read_register(target_.hart(general_hart_), i).value_or(0), 8);
  }
  return text;
}

std::string Server::write_registers(std::string_view digits) {
  if (digits.size() != std::size_t{kGeneralRegisters} * 16) return "E01";
  for (std::size_t i = 0; i < kGeneralRegisters; ++i) {
    const auto value = register_value(digits.substr(i * 16, 16));
    if (!value) return "E01";
    write_register(target_.hart(general_hart_), static_cast<unsigned>(i), *value);
  }
  return "OK";
}

std::string Server::read_one(std::string_view packet) {
  const auto number = take_number(packet);
  if (!number || !packet.empty()) return "E01";
  const auto value = read_register(target_.hart(general_hart_), *number);
  return value ? register_text(*value, register_bytes(*number)) : "E01";
}

std::string Server::write_one(std::string_view packet) {
  const auto number = take_number(packet);
  if (!number || !take(packet, "=")) return "E01";
  const auto value = register_value(packet);
  if (!value || !write_register(target_.hart(general_hart_), *number, *value)) return "E01";
  return "OK";
}

std::string Server::read_memory(std::string_view packet) {
  const auto range = take_range(packet);
  if (!range || !packet.empty() || range->length > PacketReader::kMostBytes / 2) return "E01";
  std::string bytes(range->length, '\0');
  Hart& hart = target_.hart(general_hart_);
  if (!hart.read_memory(GuestVirt{range->address}, bytes.data(), bytes.size())) return "E0e";
  return to_hex(bytes);
}

std::string Server::write_memory(std::string_view packet, bool binary) {
  const auto range = take_range(packet);
  if (!range || !take(packet, ":")) return "E01";
  const auto bytes = binary ? std::optional(std::string(packet)) : from_hex(packet);
  if (!bytes || bytes->size() != range->length) return "E01";
  Hart& hart = target_.hart(general_hart_);
  if (!hart.write_memory(GuestVirt{range->address}, bytes->data(), bytes->size())) return "E0e";
  // Other harts may run the code that was changed.
  for (unsigned i = 0; i < target_.hart_count(); ++i) target_.hart(i).request(Hart::kFetchFence);
  return "OK";
}

std::string Server::change_point(std::string_view packet, bool add) {
  constexpr std::size_t kMostPoints = 4096;
  if (packet.empty()) return "E01";
  const char kind = packet.front();
  if (kind < '0' || kind > '4') return "";
  packet.remove_prefix(1);
  if (!take(packet, ",")) return "E01";
  const auto range = take_range(packet);
  if (!range) return "E01";
  // Where code is concerned, Z0 and Z1 are the same, and the length is the instruction's.
  const bool is_break = kind <= '1';
  const Point point{is_break ? '0' : kind, range->address, is_break ? 0 : range->length};
  const auto known = std::find(points_.begin(), points_.end(), point);
  // A debugger may repeat itself.
  if (add != (known == points_.end())) return "OK";
  if (add && points_.size() == kMostPoints) return "E01";
  if (!apply_point(point, add)) return "E01";
  if (add) {
    points_.push_back(point);
  } else {
    points_.erase(known);
  }
  return "OK";
}

bool Server::apply_point(const Point& point, bool add) {
  const bool is_break = point.kind == '0';
  if (!is_break && point.size == 0) return false;
  const Watchpoint watchpoint{point.address, point.size,
                              point.kind == '2'   ? WatchKind::kWrite
                              : point.kind == '3' ? WatchKind::kRead
                                                  : WatchKind::kAccess};
  for (unsigned i = 0; i < target_.hart_count(); ++i) {
    Hart& hart = target_.hart(i);
    if (is_break && add) {
      hart.add_breakpoint(GuestVirt{point.address});
    } else if (is_break) {
      hart.remove_breakpoint(GuestVirt{point.address});
    } else if (add) {
      hart.add_watchpoint(watchpoint);
    } else {
      hart.remove_watchpoint(watchpoint);
    }
  }
  return true;
}

void Server::remove_points() {
  for (const Point& point : points_) apply_point(point, false);
  points_.clear();
}

}  // namespace doppel::sysvm::gdb
