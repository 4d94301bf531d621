// SPDX-License-Identifier: Apache-2.0
// Functions that have names of their own, and tables whose entries have numbers.
#include "bytecode/interp/code_symbols.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

namespace doppel::bytecode::interp {

namespace {

template <class Function>
const void* address(Function* function) {
  return reinterpret_cast<const void*>(function);
}

auto named(const CompilerHost& host) {
  return std::to_array<std::pair<std::string_view, const void*>>({
      {"trap", address(host.trap)},
      {"interrupted", address(host.interrupted)},
      {"entered", address(host.entered)},
      {"step", address(host.step)},
      {"finish", address(host.finish)},
      {"catch_exception", address(host.catch_exception)},
      {"out_of_fuel", address(host.out_of_fuel)},
      {"matches", address(host.matches)},
      {"overwrites", address(host.overwrites)},
      {"wrote", address(host.wrote)},
      {"switches", address(host.switches)},
      {"memcpy", address(std::memcpy)},
      {"memmove", address(std::memmove)},
      {"memset", address(std::memset)},
      {"ceil", address<double(double)>(std::ceil)},
      {"ceilf", address<float(float)>(std::ceil)},
      {"floor", address<double(double)>(std::floor)},
      {"floorf", address<float(float)>(std::floor)},
      {"trunc", address<double(double)>(std::trunc)},
      {"truncf", address<float(float)>(std::trunc)},
      {"rint", address<double(double)>(std::rint)},
      {"rintf", address<float(float)>(std::rint)},
      {"roundeven", address(::roundeven)},
      {"roundevenf", address(::roundevenf)},
  });
}

/// Addresses by number, and the beginning of their names.
struct Table {
  std::string_view prefix;
  std::size_t entries;
  const void* (*entry)(const CompilerHost& host, std::size_t number);
};

constexpr std::array kTables{
    Table{"operation.", kSpecials,
          [](const CompilerHost& host, std::size_t number) {
            return address(host.operations[number]);
          }},
    Table{"handler.", kSpecials,
          [](const CompilerHost& host, std::size_t number) {
            return address(host.handlers->specials[number]);
          }},
    Table{"on_slots.", kOpcodeCount,
          [](const CompilerHost& host, std::size_t number) {
            return address(host.handlers->on_slots[number]);
          }},
};

}  // namespace

std::map<std::string, const void*, std::less<>> code_symbols(const CompilerHost& host) {
  std::map<std::string, const void*, std::less<>> symbols;
  for (const auto& [name, function] : named(host)) symbols.emplace(name, function);
  for (const Table& table : kTables) {
    for (std::size_t i = 0; i < table.entries; ++i) {
      if (const void* function = table.entry(host, i); function != nullptr)
        symbols.emplace(fmt::format("{}{}", table.prefix, i), function);
    }
  }
  return symbols;
}

const void* code_symbol(const CompilerHost& host, std::string_view name) {
  for (const Table& table : kTables) {
    if (!name.starts_with(table.prefix)) continue;
    const std::string_view digits = name.substr(table.prefix.size());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error != std::errc() || end != digits.end() || number >= table.entries) return nullptr;
    return table.entry(host, number);
  }
  for (const auto& [known, function] : named(host)) {
    if (name == known) return function;
  }
  return nullptr;
}

}  // namespace doppel::bytecode::interp
