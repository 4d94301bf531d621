// SPDX-License-Identifier: Apache-2.0
// Writes the man pages and completions below the folder that is its only argument; run while
// building.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tools/pages/pages.h"

int main(int count, char** words) {
  using namespace doppel::tools;
  if (count != 2) {
    std::fputs("usage: doppel_pages FOLDER\n", stderr);
    return 2;
  }
  std::vector<Page> pages = man_pages();
  pages.push_back(bash_completion());
  pages.push_back(zsh_completion());
  pages.push_back(fish_completion());
  for (const Page& page : pages) {
    const std::filesystem::path path = std::filesystem::path(words[1]) / page.path;
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary);
    if (!(file << page.text).flush()) {
      std::fprintf(stderr, "cannot write %s\n", path.c_str());
      return 1;
    }
  }
  return 0;
}
