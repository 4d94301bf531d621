// SPDX-License-Identifier: Apache-2.0
// The option table as man pages and as shell completions.
#pragma once

#include <string>
#include <vector>

namespace doppel::tools {

/// A generated file: its place below the installation's share folder, and what it holds.
struct Page {
  std::string path;
  std::string text;
};

/// doppel(1), and one page for each subcommand, in roff.
[[nodiscard]] std::vector<Page> man_pages();
/// Completions for bash, zsh and fish, each where its shell looks for them.
[[nodiscard]] Page bash_completion();
[[nodiscard]] Page zsh_completion();
[[nodiscard]] Page fish_completion();

}  // namespace doppel::tools
