// SPDX-License-Identifier: Apache-2.0
// x86-64: the leaves of CPUID that tell model and instructions (Intel SDM, volume 2, "CPUID").
// Elsewhere: the kernel's bits of instructions.
#include "core/code/processor.h"

#include <fmt/format.h>

#ifdef __x86_64__
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

namespace doppel {

#ifdef __x86_64__

namespace {

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf leaf(unsigned number, unsigned part = 0) {
  Leaf found;
  if (__get_cpuid_count(number, part, &found.eax, &found.ebx, &found.ecx, &found.edx) == 0)
    return {};
  return found;
}

/// The registers that the system saves; 0 if it does not say.
unsigned saved_registers(unsigned features) {
  constexpr unsigned kSaysWhatIsSaved = 1U << 27U;
  if ((features & kSaysWhatIsSaved) == 0) return 0;
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

std::string processor() {
  const Leaf model = leaf(1);  // its ebx is the number of the core
  const Leaf features = leaf(7);
  const Leaf more = leaf(7, 1);
  const Leaf saving = leaf(13, 1);
  const Leaf extended = leaf(0x8000'0001);
  const Leaf vectors = leaf(0x24);
  return fmt::format("{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}.{:x}", model.eax,
                     model.ecx, model.edx, features.ebx, features.ecx, features.edx, more.eax,
                     more.edx, saving.eax, extended.ecx, extended.edx, vectors.ebx) +
         fmt::format(".{:x}", saved_registers(model.ecx));
}

#else

std::string processor() {
  return fmt::format("{:x}.{:x}", ::getauxval(AT_HWCAP), ::getauxval(AT_HWCAP2));
}

#endif

}  // namespace doppel
