// SPDX-License-Identifier: Apache-2.0
// The kernel's services, each tried by a harmless call.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <linux/openat2.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "tools/doctor/machine.h"

namespace doppel::tools {
namespace {

/// A file descriptor for the time of a trial.
class Trial {
 public:
  explicit Trial(long descriptor) : descriptor_(static_cast<int>(descriptor)), error_(errno) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    if (worked()) close(descriptor_);
  }

  [[nodiscard]] bool worked() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string outcome() const {
    return worked() ? "yes" : std::generic_category().message(error_);
  }

 private:
  int descriptor_;
  int error_;
};

Finding kernel_release() {
  utsname names{};
  uname(&names);
  return {"kernel", true, fmt::format("{} {}", names.sysname, names.release), Need::kUseful, ""};
}

bool can_reserve(std::size_t bytes) {
  void* place = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) return false;
  munmap(place, bytes);
  return true;
}

Finding address_space() {
  constexpr std::size_t kOneMemory = (std::size_t{8} << 30) + (64 << 10);
  std::size_t largest = std::size_t{1} << 30;
  while (largest < std::size_t{1} << 47 && can_reserve(largest * 2)) largest *= 2;
  return {"address space", can_reserve(kOneMemory),
          fmt::format("{} GiB in one reservation", largest >> 30), Need::kEssential,
          "each linear memory reserves 8 GiB, so that accesses need no check"};
}

Finding memfd() {
  const Trial trial(memfd_create("doppel-doctor", MFD_CLOEXEC));
  return {"memfd", trial.worked(), trial.outcome(), Need::kEssential,
          "guest memory that can be shared and copied on write"};
}

Finding user_fault_descriptor() {
  const Trial trial(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
  return {"userfaultfd", trial.worked(), trial.outcome(), Need::kUseful,
          "memory that arrives on demand"};
}

Finding open_beneath() {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH;
  const Trial trial(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how));
  return {"openat2", trial.worked(), trial.outcome(), Need::kUseful,
          "confines paths to a folder in one call; without it each path is walked"};
}

Finding mapping_limit() {
  long limit = 0;
  std::ifstream("/proc/sys/vm/max_map_count") >> limit;
  return {"max_map_count", limit >= 65530, fmt::format("{}", limit), Need::kUseful,
          "mappings that one process may hold; 65530 is the usual limit"};
}

Finding kvm() {
  const Trial trial(open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!trial.worked()) {
    return {"KVM", false, trial.outcome(), Need::kUseful, "hardware virtualization"};
  }
  const int version = ioctl(trial.descriptor(), KVM_GET_API_VERSION, 0);
  return {"KVM", version == KVM_API_VERSION, fmt::format("interface {}", version), Need::kUseful,
          "hardware virtualization"};
}

}  // namespace

std::vector<Finding> look_at_kernel() {
  return {kernel_release(),        address_space(), memfd(), mapping_limit(),
          user_fault_descriptor(), open_beneath(),  kvm()};
}

}  // namespace doppel::tools
