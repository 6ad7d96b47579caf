#include "reslab/track/machine.h"

#include <gtest/gtest.h>

namespace reslab::track {
namespace {

TEST(Machine, ReadsTheHugePageSetting) {
  EXPECT_EQ(parse_huge_pages("always [madvise] never\n"), HugePages::on_request);
  EXPECT_EQ(parse_huge_pages("[always] madvise never\n"), HugePages::always);
  EXPECT_EQ(parse_huge_pages("always madvise [never]\n"), HugePages::never);
  EXPECT_EQ(parse_huge_pages(""), HugePages::unknown);
}

TEST(Machine, ReadsMemory) {
  const Memory memory = parse_meminfo("MemTotal:        8000000 kB\nMemFree: 1 kB\nMemAvailable:    2000000 kB\n");
  EXPECT_EQ(memory.total, 8'000'000ULL * 1024);
  EXPECT_EQ(memory.available, 2'000'000ULL * 1024);
  EXPECT_EQ(parse_meminfo("").total, 0U);
}

TEST(Machine, TheTighterBoundIsUsable) {
  EXPECT_EQ((Memory{.total = 9, .available = 5, .limit = {}}).usable(), 5U);
  EXPECT_EQ((Memory{.total = 9, .available = 5, .limit = 3}).usable(), 3U);
  EXPECT_EQ((Memory{.total = 9, .available = 5, .limit = 7}).usable(), 5U);
}

TEST(Machine, KnowsThisOne) {
  const Machine machine = this_machine();
  EXPECT_NE(machine.system.find("Linux"), std::string::npos) << machine.system;
  EXPECT_GT(machine.memory.total, machine.memory.available);
  EXPECT_GE(machine.threads.recommended, 1);
  EXPECT_TRUE(this_build().compiler.starts_with("GCC ") || this_build().compiler.starts_with("Clang "));
}

}  // namespace
}  // namespace reslab::track
