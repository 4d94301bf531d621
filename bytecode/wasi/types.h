// SPDX-License-Identifier: Apache-2.0
// The types of wasi_snapshot_preview1, in the words and with the numbers of its witx files.
// Sizes and offsets of records are those of the 32-bit guest ABI.
#pragma once

#include <cstdint>

namespace doppel::bytecode::wasi {

/// Error codes returned by functions.
enum class Errno : std::uint16_t {
  kSuccess = 0,
  k2big,
  kAcces,
  kAddrinuse,
  kAddrnotavail,
  kAfnosupport,
  kAgain,
  kAlready,
  kBadf,
  kBadmsg,
  kBusy,
  kCanceled,
  kChild,
  kConnaborted,
  kConnrefused,
  kConnreset,
  kDeadlk,
  kDestaddrreq,
  kDom,
  kDquot,
  kExist,
  kFault,
  kFbig,
  kHostunreach,
  kIdrm,
  kIlseq,
  kInprogress,
  kIntr,
  kInval,
  kIo,
  kIsconn,
  kIsdir,
  kLoop,
  kMfile,
  kMlink,
  kMsgsize,
  kMultihop,
  kNametoolong,
  kNetdown,
  kNetreset,
  kNetunreach,
  kNfile,
  kNobufs,
  kNodev,
  kNoent,
  kNoexec,
  kNolck,
  kNolink,
  kNomem,
  kNomsg,
  kNoprotoopt,
  kNospc,
  kNosys,
  kNotconn,
  kNotdir,
  kNotempty,
  kNotrecoverable,
  kNotsock,
  kNotsup,
  kNotty,
  kNxio,
  kOverflow,
  kOwnerdead,
  kPerm,
  kPipe,
  kProto,
  kProtonosupport,
  kPrototype,
  kRange,
  kRofs,
  kSpipe,
  kSrch,
  kStale,
  kTimedout,
  kTxtbsy,
  kXdev,
  kNotcapable,
};

/// The errno of a failed host system call.
[[nodiscard]] Errno from_host_errno(int host_errno);

// Parameters as they arrive from the guest: an i32 or i64 each.
using Fd = std::uint32_t;         ///< index into the guest's table of file descriptors
using Pointer = std::uint32_t;    ///< address in guest memory
using Size = std::uint32_t;       ///< length of an object in guest memory
using Filesize = std::uint64_t;   ///< length of a file, or offset in it
using Filedelta = std::uint64_t;  ///< relative offset in a file, two's complement
using Timestamp = std::uint64_t;  ///< nanoseconds
using Dircookie = std::uint64_t;  ///< place in a directory; 0 is its start
using Flags32 = std::uint32_t;    ///< a flag set of at most 16 bits, passed as i32
using Number32 = std::uint32_t;   ///< a small enumeration, passed as i32
using Rights = std::uint64_t;     ///< what a descriptor may be used for
using Exitcode = std::uint32_t;   ///< exit code of a program
using Fdflags = std::uint16_t;    ///< flags of a descriptor
using Userdata = std::uint64_t;   ///< value that a subscription hands to its event

namespace rights {
inline constexpr Rights kFdDatasync = 1u << 0;
inline constexpr Rights kFdRead = 1u << 1;
inline constexpr Rights kFdSeek = 1u << 2;
inline constexpr Rights kFdFdstatSetFlags = 1u << 3;
inline constexpr Rights kFdSync = 1u << 4;
inline constexpr Rights kFdTell = 1u << 5;
inline constexpr Rights kFdWrite = 1u << 6;
inline constexpr Rights kFdAdvise = 1u << 7;
inline constexpr Rights kFdAllocate = 1u << 8;
inline constexpr Rights kPathCreateDirectory = 1u << 9;
inline constexpr Rights kPathCreateFile = 1u << 10;
inline constexpr Rights kPathLinkSource = 1u << 11;
inline constexpr Rights kPathLinkTarget = 1u << 12;
inline constexpr Rights kPathOpen = 1u << 13;
inline constexpr Rights kFdReaddir = 1u << 14;
inline constexpr Rights kPathReadlink = 1u << 15;
inline constexpr Rights kPathRenameSource = 1u << 16;
inline constexpr Rights kPathRenameTarget = 1u << 17;
inline constexpr Rights kPathFilestatGet = 1u << 18;
inline constexpr Rights kPathFilestatSetSize = 1u << 19;
inline constexpr Rights kPathFilestatSetTimes = 1u << 20;
inline constexpr Rights kFdFilestatGet = 1u << 21;
inline constexpr Rights kFdFilestatSetSize = 1u << 22;
inline constexpr Rights kFdFilestatSetTimes = 1u << 23;
inline constexpr Rights kPathSymlink = 1u << 24;
inline constexpr Rights kPathRemoveDirectory = 1u << 25;
inline constexpr Rights kPathUnlinkFile = 1u << 26;
inline constexpr Rights kPollFdReadwrite = 1u << 27;
inline constexpr Rights kSockShutdown = 1u << 28;
inline constexpr Rights kSockAccept = 1u << 29;
/// Every right there is; other bits mean nothing and are ignored.
inline constexpr Rights kAll = (1u << 30) - 1;
}  // namespace rights

/// The clocks of a guest.
enum class ClockId : std::uint32_t { kRealtime, kMonotonic, kProcessCputime, kThreadCputime };

/// The type of a file or descriptor. Pipes are `kUnknown`: preview 1 has no word for them.
enum class Filetype : std::uint8_t {
  kUnknown,
  kBlockDevice,
  kCharacterDevice,
  kDirectory,
  kRegularFile,
  kSocketDgram,
  kSocketStream,
  kSymbolicLink,
};

/// The place that fd_seek counts from.
enum class Whence : std::uint32_t { kSet, kCur, kEnd };

/// What a subscription waits for.
enum class Eventtype : std::uint8_t { kClock, kFdRead, kFdWrite };

namespace fdflags {
inline constexpr Fdflags kAppend = 1u << 0;
inline constexpr Fdflags kDsync = 1u << 1;
inline constexpr Fdflags kNonblock = 1u << 2;
inline constexpr Fdflags kRsync = 1u << 3;
inline constexpr Fdflags kSync = 1u << 4;
inline constexpr Fdflags kAll = (1u << 5) - 1;
}  // namespace fdflags

namespace oflags {
inline constexpr Flags32 kCreat = 1u << 0;
inline constexpr Flags32 kDirectory = 1u << 1;
inline constexpr Flags32 kExcl = 1u << 2;
inline constexpr Flags32 kTrunc = 1u << 3;
inline constexpr Flags32 kAll = (1u << 4) - 1;
}  // namespace oflags

namespace lookupflags {
inline constexpr Flags32 kSymlinkFollow = 1u << 0;
inline constexpr Flags32 kAll = kSymlinkFollow;
}  // namespace lookupflags

namespace fstflags {
inline constexpr Flags32 kAtim = 1u << 0;
inline constexpr Flags32 kAtimNow = 1u << 1;
inline constexpr Flags32 kMtim = 1u << 2;
inline constexpr Flags32 kMtimNow = 1u << 3;
inline constexpr Flags32 kAll = (1u << 4) - 1;
}  // namespace fstflags

namespace riflags {
inline constexpr Flags32 kRecvPeek = 1u << 0;
inline constexpr Flags32 kRecvWaitall = 1u << 1;
inline constexpr Flags32 kAll = (1u << 2) - 1;
}  // namespace riflags

namespace roflags {
inline constexpr std::uint16_t kRecvDataTruncated = 1u << 0;
}  // namespace roflags

namespace sdflags {
inline constexpr Flags32 kRd = 1u << 0;
inline constexpr Flags32 kWr = 1u << 1;
inline constexpr Flags32 kAll = (1u << 2) - 1;
}  // namespace sdflags

namespace subclockflags {
inline constexpr std::uint16_t kAbstime = 1u << 0;
}  // namespace subclockflags

namespace eventrwflags {
inline constexpr std::uint16_t kHangup = 1u << 0;
}  // namespace eventrwflags

}  // namespace doppel::bytecode::wasi
