// SPDX-License-Identifier: Apache-2.0
// `doppel doctor`: looks at the machine and lists what it offers and what is missing.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/command/commands.h"
#include "tools/doctor/machine.h"
#include "tools/exit_status.h"
#include "tools/options/parse.h"

namespace doppel::tools {
namespace {

struct Area {
  std::string_view name;
  std::vector<Finding> findings;
};

bool is_fatal(const Finding& finding) {
  return !finding.is_there && finding.need == Need::kEssential;
}

std::string_view name_of(Need need) {
  switch (need) {
    case Need::kEssential: return "essential";
    case Need::kUseful: return "useful";
    case Need::kForTests: return "for tests";
  }
  return "";
}

void print_text(const std::vector<Area>& areas) {
  for (const Area& area : areas) {
    fmt::print("{}\n", area.name);
    for (const Finding& finding : area.findings) {
      fmt::print("  {:<7} {:<22}  {}", finding.is_there ? "ok" : "missing", finding.name,
                 finding.detail);
      if (!finding.is_there) fmt::print(" ({}: {})", name_of(finding.need), finding.purpose);
      fmt::print("\n");
    }
  }
}

void print_json(const std::vector<Area>& areas) {
  auto list = nlohmann::json::array();
  for (const Area& area : areas) {
    for (const Finding& finding : area.findings) {
      list.push_back({{"area", area.name},
                      {"name", finding.name},
                      {"found", finding.is_there},
                      {"detail", finding.detail},
                      {"need", name_of(finding.need)},
                      {"purpose", finding.purpose}});
    }
  }
  fmt::print("{}\n", nlohmann::json{{"findings", list}}.dump(
                         2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int doctor_command(const ParsedOptions& options) {
  const std::vector<Area> areas{{"processor", look_at_processor()},
                                {"kernel", look_at_kernel()},
                                {"programs", look_at_programs()}};
  options.has("--json") ? print_json(areas) : print_text(areas);
  int status = kExitSuccess;
  for (const Area& area : areas) {
    for (const Finding& finding : area.findings) {
      if (is_fatal(finding)) {
        status =
            complain(kExitError, fmt::format("{} is missing: {}", finding.name, finding.detail));
      }
    }
  }
  return status;
}

}  // namespace doppel::tools
