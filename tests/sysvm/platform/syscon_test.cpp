// SPDX-License-Identifier: Apache-2.0
// The register that ends a run.
#include "sysvm/platform/syscon.h"

#include <gtest/gtest.h>

#include <optional>

namespace doppel::sysvm {
namespace {

class RecordingPower : public PowerControl {
 public:
  void power_off(std::uint32_t given) override { status = given; }
  void reboot() override { rebooted = true; }
  std::optional<std::uint32_t> status;
  bool rebooted = false;
};

TEST(SysconTest, EndsTheRun) {
  RecordingPower power;
  Syscon syscon(power);
  syscon.write(0, 4, 0x1234);
  syscon.write(4, 4, Syscon::kPowerOff);
  EXPECT_FALSE(power.status);
  syscon.write(0, 4, Syscon::kPowerOff);
  EXPECT_EQ(power.status, 0U);
  syscon.write(0, 4, 7U << 16 | Syscon::kFail);
  EXPECT_EQ(power.status, 7U);
  EXPECT_FALSE(power.rebooted);
  syscon.write(0, 4, Syscon::kReboot);
  EXPECT_TRUE(power.rebooted);
}

}  // namespace
}  // namespace doppel::sysvm
