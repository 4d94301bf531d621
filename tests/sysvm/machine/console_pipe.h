// SPDX-License-Identifier: Apache-2.0
// The console of a machine under test: its output goes to a file, its input comes from a pipe.
#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "core/memory/file_descriptor.h"

namespace doppel::sysvm::test {

class ConsolePipe {
 public:
  ConsolePipe() : file_(std::tmpfile()) {
    std::array<int, 2> ends = {-1, -1};
    if (::pipe(ends.data()) != 0) ends = {-1, -1};
    input_ = FileDescriptor(ends[0]);
    typing_ = FileDescriptor(ends[1]);
  }
  ConsolePipe(const ConsolePipe&) = delete;
  ConsolePipe& operator=(const ConsolePipe&) = delete;
  ~ConsolePipe() { std::fclose(file_); }

  [[nodiscard]] int input() const { return input_.get(); }
  [[nodiscard]] int output() const { return ::fileno(file_); }
  void type(const std::string& text) const {
    if (::write(typing_.get(), text.data(), text.size()) < 0) std::perror("write");
  }
  /// Ends the input.
  void hang_up() { typing_ = FileDescriptor(); }
  /// What the guest has written.
  [[nodiscard]] std::string text() const {
    std::string text;
    std::array<char, 4096> part;
    ssize_t bytes = 0;
    while ((bytes = ::pread(output(), part.data(), part.size(), static_cast<off_t>(text.size()))) >
           0)
      text.append(part.data(), static_cast<std::size_t>(bytes));
    return text;
  }

 private:
  std::FILE* file_;
  FileDescriptor input_;
  FileDescriptor typing_;
};

}  // namespace doppel::sysvm::test
