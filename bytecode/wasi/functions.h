// SPDX-License-Identifier: Apache-2.0
// The functions of wasi_snapshot_preview1, one row each: what is bound to a guest, tested and
// documented comes from this table. Names and parameters are those of the witx file in its lowered
// form: a list is an address and a count, a result is the address where it goes.
#pragma once

#include <string_view>

#include "bytecode/wasi/context.h"
#include "bytecode/wasi/guest_memory.h"

namespace doppel::bytecode::wasi {

/// The name under which guests import the functions.
inline constexpr std::string_view kModuleName = "wasi_snapshot_preview1";

// clang-format off
#define DOPPEL_WASI_FUNCTIONS(ROW)                                                                 \
  ROW(Outcome, args_get, Pointer argv, Pointer argv_buf)                                           \
  ROW(Outcome, args_sizes_get, Pointer argc, Pointer argv_buf_size)                                \
  ROW(Outcome, environ_get, Pointer environ, Pointer environ_buf)                                  \
  ROW(Outcome, environ_sizes_get, Pointer environc, Pointer environ_buf_size)                      \
  ROW(Outcome, clock_res_get, Number32 id, Pointer resolution)                                     \
  ROW(Outcome, clock_time_get, Number32 id, Timestamp precision, Pointer time)                     \
  ROW(Outcome, fd_advise, Fd fd, Filesize offset, Filesize len, Number32 advice)                   \
  ROW(Outcome, fd_allocate, Fd fd, Filesize offset, Filesize len)                                  \
  ROW(Outcome, fd_close, Fd fd)                                                                    \
  ROW(Outcome, fd_datasync, Fd fd)                                                                 \
  ROW(Outcome, fd_fdstat_get, Fd fd, Pointer stat)                                                 \
  ROW(Outcome, fd_fdstat_set_flags, Fd fd, Flags32 flags)                                          \
  ROW(Outcome, fd_fdstat_set_rights, Fd fd, Rights fs_rights_base, Rights fs_rights_inheriting)    \
  ROW(Outcome, fd_filestat_get, Fd fd, Pointer buf)                                                \
  ROW(Outcome, fd_filestat_set_size, Fd fd, Filesize size)                                         \
  ROW(Outcome, fd_filestat_set_times, Fd fd, Timestamp atim, Timestamp mtim, Flags32 fst_flags)    \
  ROW(Outcome, fd_pread, Fd fd, Pointer iovs, Size iovs_len, Filesize offset, Pointer nread)       \
  ROW(Outcome, fd_prestat_get, Fd fd, Pointer buf)                                                 \
  ROW(Outcome, fd_prestat_dir_name, Fd fd, Pointer path, Size path_len)                            \
  ROW(Outcome, fd_pwrite, Fd fd, Pointer iovs, Size iovs_len, Filesize offset, Pointer nwritten)   \
  ROW(Outcome, fd_read, Fd fd, Pointer iovs, Size iovs_len, Pointer nread)                         \
  ROW(Outcome, fd_readdir, Fd fd, Pointer buf, Size buf_len, Dircookie cookie, Pointer bufused)    \
  ROW(Outcome, fd_renumber, Fd fd, Fd to)                                                          \
  ROW(Outcome, fd_seek, Fd fd, Filedelta offset, Number32 whence, Pointer newoffset)               \
  ROW(Outcome, fd_sync, Fd fd)                                                                     \
  ROW(Outcome, fd_tell, Fd fd, Pointer offset)                                                     \
  ROW(Outcome, fd_write, Fd fd, Pointer iovs, Size iovs_len, Pointer nwritten)                     \
  ROW(Outcome, path_create_directory, Fd fd, Pointer path, Size path_len)                          \
  ROW(Outcome, path_filestat_get, Fd fd, Flags32 flags, Pointer path, Size path_len, Pointer buf)  \
  ROW(Outcome, path_filestat_set_times, Fd fd, Flags32 flags, Pointer path, Size path_len,         \
      Timestamp atim, Timestamp mtim, Flags32 fst_flags)                                           \
  ROW(Outcome, path_link, Fd old_fd, Flags32 old_flags, Pointer old_path, Size old_path_len,       \
      Fd new_fd, Pointer new_path, Size new_path_len)                                              \
  ROW(Outcome, path_open, Fd fd, Flags32 dirflags, Pointer path, Size path_len, Flags32 oflags,    \
      Rights fs_rights_base, Rights fs_rights_inheriting, Flags32 fdflags, Pointer opened_fd)      \
  ROW(Outcome, path_readlink, Fd fd, Pointer path, Size path_len, Pointer buf, Size buf_len,       \
      Pointer bufused)                                                                             \
  ROW(Outcome, path_remove_directory, Fd fd, Pointer path, Size path_len)                          \
  ROW(Outcome, path_rename, Fd fd, Pointer old_path, Size old_path_len, Fd new_fd,                 \
      Pointer new_path, Size new_path_len)                                                         \
  ROW(Outcome, path_symlink, Pointer old_path, Size old_path_len, Fd fd, Pointer new_path,         \
      Size new_path_len)                                                                           \
  ROW(Outcome, path_unlink_file, Fd fd, Pointer path, Size path_len)                               \
  ROW(Outcome, poll_oneoff, Pointer in, Pointer out, Size nsubscriptions, Pointer nevents)         \
  ROW(Exit, proc_exit, Exitcode rval)                                                              \
  ROW(Outcome, proc_raise, Number32 sig)                                                           \
  ROW(Outcome, sched_yield)                                                                        \
  ROW(Outcome, random_get, Pointer buf, Size buf_len)                                              \
  ROW(Outcome, sock_accept, Fd fd, Flags32 flags, Pointer accepted_fd)                             \
  ROW(Outcome, sock_recv, Fd fd, Pointer ri_data, Size ri_data_len, Flags32 ri_flags,              \
      Pointer ro_datalen, Pointer ro_flags)                                                        \
  ROW(Outcome, sock_send, Fd fd, Pointer si_data, Size si_data_len, Flags32 si_flags,              \
      Pointer so_datalen)                                                                          \
  ROW(Outcome, sock_shutdown, Fd fd, Flags32 how)
// clang-format on

#define DOPPEL_WASI_DECLARE(RESULT, NAME, ...) \
  RESULT NAME(Context& context, GuestMemory memory __VA_OPT__(, ) __VA_ARGS__);
DOPPEL_WASI_FUNCTIONS(DOPPEL_WASI_DECLARE)
#undef DOPPEL_WASI_DECLARE

/// Calls visit(name, function, parameters) for each function: `function` points to
/// `Outcome(Context&, GuestMemory, ...)`, or for proc_exit to `Exit(Context&, GuestMemory, ...)`,
/// whose further parameters are std::uint32_t for an i32 and std::uint64_t for an i64;
/// `parameters` is their list as text. An Outcome becomes the guest's i32 result.
template <class Visitor>
void for_each_function(Visitor&& visit) {
#define DOPPEL_WASI_VISIT(RESULT, NAME, ...) \
  visit(std::string_view(#NAME), &NAME, std::string_view(#__VA_ARGS__));
  DOPPEL_WASI_FUNCTIONS(DOPPEL_WASI_VISIT)
#undef DOPPEL_WASI_VISIT
}

}  // namespace doppel::bytecode::wasi
