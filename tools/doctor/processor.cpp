// SPDX-License-Identifier: Apache-2.0
// The processor, as this process may use it.
#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>

#include <fstream>

#include "tools/doctor/machine.h"

namespace doppel::tools {
namespace {

std::string model_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "model unknown";
}

Finding architecture() {
  utsname names{};
  uname(&names);
  const std::string machine = names.machine;
  return {"architecture", machine == "x86_64", fmt::format("{}, {}", machine, model_name()),
          Need::kUseful, "x86-64 is what is tested"};
}

Finding processor_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const int count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  return {"processors", true, fmt::format("{}", count), Need::kUseful,
          "host threads that virtual processors share"};
}

#if defined(__x86_64__)
Finding instruction_level() {
  __builtin_cpu_init();
  int level = 1;
  if (__builtin_cpu_supports("x86-64-v2")) level = 2;
  if (__builtin_cpu_supports("x86-64-v3")) level = 3;
  if (__builtin_cpu_supports("x86-64-v4")) level = 4;
  return {"instruction set", level >= 3, fmt::format("x86-64-v{}", level), Need::kUseful,
          "the interpreter has handlers for v1, v2 and v3"};
}

Finding avx2() {
  const bool is_there = __builtin_cpu_supports("avx2");
  return {"AVX2", is_there, is_there ? "yes" : "not offered", Need::kUseful, "vectors of 256 bits"};
}
#endif

}  // namespace

std::vector<Finding> look_at_processor() {
  std::vector<Finding> findings{architecture(), processor_count()};
#if defined(__x86_64__)
  findings.push_back(instruction_level());
  findings.push_back(avx2());
#endif
  return findings;
}

}  // namespace doppel::tools
