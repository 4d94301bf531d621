// SPDX-License-Identifier: Apache-2.0
// Man pages, in the section order of man-pages(7), but examples early, as in --help.
#include <fmt/format.h>

#include <algorithm>

#include "tools/options/help.h"
#include "tools/options/table.h"
#include "tools/pages/pages.h"
#include "tools/version.h"

namespace doppel::tools {
namespace {

/// Text as roff shows it: dashes that can be copied, and no line that looks like a request.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out.append("\\&");
  for (const char c : text) {
    if (c == '-') {
      out.append("\\-");
    } else if (c == '\\') {
      out.append("\\e");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string page_name(const Command& command) {
  std::string name = "doppel-" + std::string(command.name);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string heading(std::string_view page, std::string_view summary) {
  return fmt::format(
      ".TH \"{}\" 1 \"\" \"doppel {}\" \"User commands\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n",
      page, kVersion, roff(page), roff(summary));
}

void append_examples(std::string& out, std::span<const Example> examples) {
  for (const auto& [line, meaning] : examples) {
    out += fmt::format(".TP\n.B {}\n{}\n", roff(line), roff(meaning));
  }
}

void append_options(std::string& out, std::span<const Option> options) {
  for (const Option& option : options) {
    out += fmt::format(".TP\n.B {}\n{}\n", roff(option_usage(option)), roff(option_help(option)));
  }
}

void append_exit_statuses(std::string& out) {
  out.append(".SH EXIT STATUS\nThe guest's own, or\n");
  for (const auto& [status, meaning] : exit_meanings()) {
    out += fmt::format(".TP\n.B {}\n{}\n", status, roff(meaning));
  }
}

Page general_page() {
  std::string out = heading("doppel", "virtual machines at both levels, from one core");
  out.append(".B doppel\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH EXAMPLES\n");
  for (const Command& command : commands()) append_examples(out, command.examples.first(1));
  out.append(".SH COMMANDS\n");
  for (const Command& command : commands()) {
    out += fmt::format(".TP\n.BR {} (1)\n{}\n", roff(page_name(command)), roff(command.summary));
  }
  out.append(".SH OPTIONS\n");
  append_options(out, common_options());
  append_exit_statuses(out);
  return {"man/man1/doppel.1", out};
}

Page command_page(const Command& command) {
  std::string out = heading(page_name(command), command.summary);
  out += fmt::format("{}\n.SH DESCRIPTION\n{}\n.SH EXAMPLES\n", roff(command_usage(command)),
                     roff(command.description));
  append_examples(out, command.examples);
  if (!command.options.empty()) {
    out.append(".SH OPTIONS\n");
    append_options(out, command.options);
  }
  append_exit_statuses(out);
  out.append(".SH SEE ALSO\n.BR doppel (1)\n");
  return {fmt::format("man/man1/{}.1", page_name(command)), out};
}

}  // namespace

std::vector<Page> man_pages() {
  std::vector<Page> pages{general_page()};
  for (const Command& command : commands()) pages.push_back(command_page(command));
  return pages;
}

}  // namespace doppel::tools
