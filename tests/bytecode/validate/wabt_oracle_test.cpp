// SPDX-License-Identifier: Apache-2.0
// Decoder and validator against the official test suite, converted to binary modules by another
// toolkit's wast2json: what it says is a module passes, what it says is malformed or invalid does
// not.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"
#include "tests/bytecode/text/suite.h"

namespace doppel::bytecode {
namespace {

namespace fs = std::filesystem;

/// A folder that vanishes with the test.
class Scratch {
 public:
  Scratch() {
    std::string path = (fs::temp_directory_path() / "doppel-suite-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<void> check(const fs::path& file) {
  const std::string contents = text::read_file(file);
  const auto* begin = reinterpret_cast<const std::byte*>(contents.data());
  const Module module =
      DOPPEL_TRY(decode(std::vector(begin, begin + contents.size()), Features::all()));
  return validate(module, Features::all());
}

struct Tally {
  int accepted = 0;
  int refused = 0;
};

void run_script(const fs::path& script, const fs::path& json_file, Tally& tally) {
  std::ifstream in(json_file);
  const nlohmann::json document = nlohmann::json::parse(in);
  for (const auto& command : document["commands"]) {
    if (!command.contains("filename") || command.value("module_type", "binary") != "binary")
      continue;
    const std::string type = command["type"];
    const auto result = check(json_file.parent_path() / command["filename"]);
    const std::string where =
        script.filename().string() + ":" + std::to_string(command["line"].get<int>());
    if (type == "assert_malformed" || type == "assert_invalid") {
      ASSERT_FALSE(result) << where << ": accepted, expected: " << command["text"];
      EXPECT_EQ(result.error().kind,
                type == "assert_invalid" ? ErrorKind::kInvalid : ErrorKind::kMalformed)
          << where << ": " << result.error().message << ", expected: " << command["text"];
      ++tally.refused;
    } else {
      EXPECT_TRUE(result) << where << ": " << result.error().message;
      ++tally.accepted;
    }
  }
}

TEST(WabtOracle, AgreesAboutTheSuitesModules) {
  DOPPEL_REQUIRE_SUITE();
  if (std::system("wast2json --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "wast2json is not installed";
  }
  const Scratch scratch;
  Tally tally;
  for (const std::string& name : text::suite_scripts()) {
    // Proposals lie in folders; their scripts keep older rules beside their own.
    if (fs::path(name).has_parent_path()) continue;
    const fs::path script = text::suite_folder() / name;
    const fs::path json = scratch.path() / (fs::path(name).stem().string() + ".json");
    // It cannot read all of WebAssembly 3.0, and aborts on some of it.
    const std::string command = "ulimit -c 0; wast2json --enable-all -o '" + json.string() + "' '" +
                                script.string() + "' >/dev/null 2>&1";
    if (std::system(command.c_str()) == 0) run_script(script, json, tally);
  }
  RecordProperty("accepted", tally.accepted);
  RecordProperty("refused", tally.refused);
  EXPECT_GT(tally.accepted, 1000);
  EXPECT_GT(tally.refused, 1000);
}

}  // namespace
}  // namespace doppel::bytecode
