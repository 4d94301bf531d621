// SPDX-License-Identifier: Apache-2.0
// What a machine is loaded from: read for its start, and again when its guest reboots.
#include "tools/vm/inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace doppel::tools {
namespace {

std::string text(const Result<std::vector<std::byte>>& bytes) {
  if (!bytes) return "error: " + bytes.error().message;
  std::string text;
  for (const std::byte byte : *bytes) text += static_cast<char>(byte);
  return text;
}

TEST(Inputs, WhatCanBeReadOnceIsKept) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "disk", 4), 4);
  close(ends[1]);
  const std::string path = fmt::format("/dev/fd/{}", ends[0]);
  const ParsedOptions options({{"--initrd", path}}, {});
  Inputs inputs(options);
  EXPECT_EQ(text(inputs.read("--initrd")), "disk");
  EXPECT_EQ(text(inputs.read("--initrd")), "disk");
  EXPECT_EQ(text(inputs.read("--kernel")), "") << "not given";
  close(ends[0]);
}

TEST(Inputs, RegularFilesAreReadAnew) {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("doppel-inputs-{}", getpid())).string();
  const ParsedOptions options({{"--kernel", path}}, {});
  Inputs inputs(options);
  std::ofstream(path) << "first";
  EXPECT_EQ(text(inputs.read("--kernel")), "first");
  std::ofstream(path) << "second";
  EXPECT_EQ(text(inputs.read("--kernel")), "second");
  std::ofstream(path) << "";
  EXPECT_EQ(text(inputs.read("--kernel")),
            "error: " + path + ": an empty file, expected a program or an image");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace doppel::tools
