// SPDX-License-Identifier: Apache-2.0
// Reservations by mmap. All of a reservation is first mapped without access; committing changes the
// protection (private memory) or maps the memfd over it (shareable memory).
#include "core/memory/reservation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>

namespace doppel {
namespace {

constinit AddressRanges reservations;

std::uintptr_t address_of(const std::byte* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// `bytes` rounded up to host pages; 0 when that does not fit a ptrdiff_t.
std::size_t whole_pages(std::size_t bytes) {
  const std::size_t mask = host_page_size() - 1;
  return bytes > PTRDIFF_MAX - mask ? 0 : (bytes + mask) & ~mask;
}

/// The failed mmap of `bytes`, with the resource limit that explains it.
tl::unexpected<Error> fail_to_reserve(std::size_t bytes, int error_number) {
  std::string what = fmt::format("reserve {} bytes of addresses", bytes);
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    what += fmt::format(" (this process may have {})", limit.rlim_cur);
  }
  return fail_errno(what, error_number);
}

bool map_inaccessible(void* address, std::size_t bytes) {
  return ::mmap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
                -1, 0) != MAP_FAILED;
}

/// Sets the length of `file`; returns an errno or 0. Exceeding RLIMIT_FSIZE would raise a signal.
int resize_file(int file, std::size_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes > limit.rlim_cur) return EFBIG;
  return ::ftruncate(file, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

/// Lengthens `file`, which is `offset` bytes long, by `bytes` and maps them at `start`. Returns an
/// errno, with the file as it was, or 0.
int map_file_growth(int file, std::byte* start, std::size_t bytes, std::size_t offset) {
  if (const int failure = resize_file(file, offset + bytes)) return failure;
  if (::mmap(start, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
             static_cast<off_t>(offset)) != MAP_FAILED) {
    return 0;
  }
  const int failure = errno;
  resize_file(file, offset);
  return failure;
}

}  // namespace

std::size_t host_page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

Result<Reservation> Reservation::create(std::size_t bytes) {
  const std::size_t reserved = whole_pages(bytes);
  if (reserved == 0) {
    return fail(ErrorKind::kLimit, fmt::format("cannot reserve {} bytes of addresses", bytes));
  }
  void* base =
      ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return fail_to_reserve(reserved, errno);
  const auto address = reinterpret_cast<std::uintptr_t>(base);
  if (!reservations.add({address, address + reserved})) {
    ::munmap(base, reserved);
    return fail_to_reserve(reserved, ENOMEM);
  }
  return Reservation(static_cast<std::byte*>(base), reserved);
}

Result<Reservation> Reservation::create_shareable(std::size_t bytes) {
  Reservation reservation = DOPPEL_TRY(create(bytes));
  reservation.file_ = FileDescriptor(::memfd_create("doppel-memory", MFD_CLOEXEC));
  if (!reservation.file_.is_open()) return fail_errno("create a shareable memory", errno);
  return reservation;
}

Reservation::Reservation(Reservation&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      reserved_(std::exchange(other.reserved_, 0)),
      committed_(std::exchange(other.committed_, 0)),
      file_(std::move(other.file_)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(reserved_, other.reserved_);
  std::swap(committed_, other.committed_);
  std::swap(file_, other.file_);
  return *this;
}

Reservation::~Reservation() {
  if (base_ == nullptr) return;
  reservations.remove(address_of(base_));
  ::munmap(base_, reserved_);
}

Result<void> Reservation::commit(std::size_t bytes) {
  if (bytes > reserved_) {
    return fail(ErrorKind::kLimit,
                fmt::format("cannot commit {} bytes of a reservation of {}", bytes, reserved_));
  }
  const std::size_t wanted = whole_pages(bytes);
  if (wanted <= committed_) return {};
  std::byte* start = base_ + committed_;
  const std::size_t growth = wanted - committed_;
  const int failure = file_.is_open()
                          ? map_file_growth(file_.get(), start, growth, committed_)
                          : (::mprotect(start, growth, PROT_READ | PROT_WRITE) == 0 ? 0 : errno);
  if (failure != 0) return fail_errno(fmt::format("commit {} bytes of memory", wanted), failure);
  committed_ = wanted;
  return {};
}

Result<void> Reservation::check_pages(std::size_t offset, std::size_t bytes) const {
  if (offset % host_page_size() != 0 || bytes % host_page_size() != 0) {
    return fail(ErrorKind::kUsage, fmt::format("found offset {} and size {}, expected multiples of "
                                               "the host page of {} bytes",
                                               offset, bytes, host_page_size()));
  }
  if (offset > committed_ || bytes > committed_ - offset) {
    return fail(ErrorKind::kUsage, fmt::format("found {} bytes at offset {}, expected them within "
                                               "the {} committed",
                                               bytes, offset, committed_));
  }
  return {};
}

Result<void> Reservation::map_image(std::size_t offset, const Image& image) {
  if (file_.is_open()) {
    return fail(ErrorKind::kUsage, "found a shareable reservation, expected a private one");
  }
  const std::size_t bytes = whole_pages(image.size());
  DOPPEL_TRY(check_pages(offset, bytes));
  if (bytes == 0) return {};
  if (::mmap(base_ + offset, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, image.file(),
             0) == MAP_FAILED) {
    return fail_errno("map a memory image", errno);
  }
  return {};
}

Result<void> Reservation::discard(std::size_t offset, std::size_t bytes) {
  DOPPEL_TRY(check_pages(offset, bytes));
  if (bytes == 0) return {};
  // Dropping the pages of a shared mapping would only unmap them; the hole is made in the file.
  const int failed = file_.is_open()
                         ? ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                       static_cast<off_t>(offset), static_cast<off_t>(bytes))
                         : ::madvise(base_ + offset, bytes, MADV_DONTNEED);
  if (failed != 0) return fail_errno("discard memory", errno);
  return {};
}

Result<void> Reservation::decommit() {
  if (committed_ == 0) return {};
  if (!map_inaccessible(base_, committed_)) return fail_errno("decommit memory", errno);
  committed_ = 0;
  if (file_.is_open()) {
    if (const int failure = resize_file(file_.get(), 0)) {
      return fail_errno("decommit memory", failure);
    }
  }
  return {};
}

std::optional<AddressRange> find_reservation(std::uintptr_t address) noexcept {
  return reservations.find(address);
}

}  // namespace doppel
