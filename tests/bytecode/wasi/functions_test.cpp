// SPDX-License-Identifier: Apache-2.0
// The table has every function of wasi_snapshot_preview1, with the types that guests import, and
// each of them refuses addresses outside guest memory.
#include "bytecode/wasi/functions.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

#include "tests/bytecode/wasi/guest.h"

namespace doppel::bytecode::wasi {
namespace {

template <class T>
std::string core_type() {
  static_assert(std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::uint64_t>);
  return sizeof(T) == 4 ? "i" : "I";
}

template <class Result, class... Parameters>
std::string core_signature(Result (*)(Context&, GuestMemory, Parameters...)) {
  return (core_type<Parameters>() + ... + (std::is_same_v<Result, Exit> ? "" : ":i"));
}

/// The lowered signatures, written down from the specification: i is i32, I is i64.
const std::map<std::string, std::string> kSpecified = {
    {"args_get", "ii:i"},
    {"args_sizes_get", "ii:i"},
    {"environ_get", "ii:i"},
    {"environ_sizes_get", "ii:i"},
    {"clock_res_get", "ii:i"},
    {"clock_time_get", "iIi:i"},
    {"fd_advise", "iIIi:i"},
    {"fd_allocate", "iII:i"},
    {"fd_close", "i:i"},
    {"fd_datasync", "i:i"},
    {"fd_fdstat_get", "ii:i"},
    {"fd_fdstat_set_flags", "ii:i"},
    {"fd_fdstat_set_rights", "iII:i"},
    {"fd_filestat_get", "ii:i"},
    {"fd_filestat_set_size", "iI:i"},
    {"fd_filestat_set_times", "iIIi:i"},
    {"fd_pread", "iiiIi:i"},
    {"fd_prestat_get", "ii:i"},
    {"fd_prestat_dir_name", "iii:i"},
    {"fd_pwrite", "iiiIi:i"},
    {"fd_read", "iiii:i"},
    {"fd_readdir", "iiiIi:i"},
    {"fd_renumber", "ii:i"},
    {"fd_seek", "iIii:i"},
    {"fd_sync", "i:i"},
    {"fd_tell", "ii:i"},
    {"fd_write", "iiii:i"},
    {"path_create_directory", "iii:i"},
    {"path_filestat_get", "iiiii:i"},
    {"path_filestat_set_times", "iiiiIIi:i"},
    {"path_link", "iiiiiii:i"},
    {"path_open", "iiiiiIIii:i"},
    {"path_readlink", "iiiiii:i"},
    {"path_remove_directory", "iii:i"},
    {"path_rename", "iiiiii:i"},
    {"path_symlink", "iiiii:i"},
    {"path_unlink_file", "iii:i"},
    {"poll_oneoff", "iiii:i"},
    {"proc_exit", "i"},
    {"proc_raise", "i:i"},
    {"sched_yield", ":i"},
    {"random_get", "ii:i"},
    {"sock_accept", "iii:i"},
    {"sock_recv", "iiiiii:i"},
    {"sock_send", "iiiii:i"},
    {"sock_shutdown", "ii:i"},
};

TEST(WasiTable, HasEveryFunctionWithItsType) {
  std::map<std::string, std::string> found;
  for_each_function([&](std::string_view name, auto function, std::string_view /*parameters*/) {
    found[std::string(name)] = core_signature(function);
  });
  EXPECT_EQ(found, kSpecified);
  EXPECT_EQ(found.size(), 46u);
}

TEST(WasiTable, NamesTheParameters) {
  for_each_function([&](std::string_view name, auto /*function*/, std::string_view parameters) {
    if (name == "fd_renumber") {
      EXPECT_EQ(parameters, "Fd fd, Fd to");
    } else if (name == "sched_yield") {
      EXPECT_EQ(parameters, "");
    }
  });
}

/// Calls with all parameters alike: none may crash, whatever the value.
template <class Result, class... Parameters>
Result call_with(Result (*function)(Context&, GuestMemory, Parameters...), Context& context,
                 GuestMemory memory, [[maybe_unused]] std::uint64_t value) {
  return function(context, memory, static_cast<Parameters>(value)...);
}

TEST(WasiTable, EveryFunctionSurvivesExtremeArguments) {
  const TemporaryDirectory directory;
  std::array<std::byte, 256> bytes{};
  for (const std::uint64_t value :
       {0ull, 1ull, 2ull, 3ull, 4ull, 200ull, 255ull, 256ull, 0x7fffffffull, 0x80000000ull,
        0xfffffff8ull, 0xffffffffull, 0x7fffffffffffffffull, 0xffffffffffffffffull}) {
    for_each_function([&](std::string_view name, auto function, std::string_view) {
      ContextOptions options;
      options.directories.push_back({directory.path().string(), "/"});
      options.interrupted = [] { return true; };
      Guest guest(std::move(options));
      SCOPED_TRACE(name);
      bytes.fill(static_cast<std::byte>(value));
      (void)call_with(function, guest.context(), GuestMemory(bytes.data(), bytes.size()), value);
      (void)call_with(function, guest.context(), GuestMemory(nullptr, 0), value);
    });
  }
}

TEST(WasiMemory, ChecksRangesWithoutOverflow) {
  std::array<std::byte, 16> bytes{};
  const GuestMemory memory(bytes.data(), bytes.size());
  EXPECT_TRUE(memory.span(0, 16));
  EXPECT_TRUE(memory.span(16, 0));
  EXPECT_TRUE(memory.read<std::uint32_t>(12));
  EXPECT_FALSE(memory.span(0, 17));
  EXPECT_FALSE(memory.span(17, 0));
  EXPECT_FALSE(memory.span(~0ull, 2));
  EXPECT_FALSE(memory.span(2, ~0ull));
  EXPECT_FALSE(memory.read<std::uint32_t>(13));
  EXPECT_FALSE(memory.slot<std::uint64_t>(9));
  EXPECT_EQ(memory.span(17, 0).error(), Outcome(Errno::kFault));
}

TEST(WasiMemory, ReadsAndWritesUnaligned) {
  std::array<std::byte, 16> bytes{};
  const GuestMemory memory(bytes.data(), bytes.size());
  memory.slot<std::uint32_t>(3)->set(0x01020304);
  EXPECT_EQ(bytes[3], std::byte{4});
  EXPECT_EQ(*memory.read<std::uint32_t>(3), 0x01020304u);
}

}  // namespace
}  // namespace doppel::bytecode::wasi
