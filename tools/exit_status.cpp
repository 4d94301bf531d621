// SPDX-License-Identifier: Apache-2.0
// Error lines on stderr.
#include "tools/exit_status.h"

#include <cstdio>
#include <string>

namespace doppel::tools {

int complain(int status, std::string_view message) {
  std::string lines;
  while (true) {
    const std::size_t end = message.find('\n');
    lines.append("doppel: ").append(message.substr(0, end)).push_back('\n');
    if (end == std::string_view::npos) break;
    message.remove_prefix(end + 1);
  }
  std::fwrite(lines.data(), 1, lines.size(), stderr);
  return status;
}

}  // namespace doppel::tools
