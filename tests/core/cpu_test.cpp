#include "reslab/core/cpu.h"

#include <gtest/gtest.h>

namespace reslab::core {
namespace {

TEST(Cpu, ReadsAnX86Processor) {
  const Processor result = parse_cpuinfo(
      "processor\t: 0\nmodel name\t: Example 9000\nflags\t\t: fpu avx2 avx512f avx512_bf16 sse\n\n"
      "processor\t: 1\nmodel name\t: Other\nflags\t\t: fpu amx_bf16\n");
  EXPECT_EQ(result.model, "Example 9000");
  EXPECT_EQ(result.flags, (std::vector<std::string>{"avx2", "avx512f", "avx512_bf16"}));
  EXPECT_TRUE(result.bf16());
}

// Guests are often told a name that many generations share.
TEST(Cpu, GenerationsOfOneNameAreToldApart) {
  const std::string text = "cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\ncpu family\t: 26\nmodel\t: 2\n";
  EXPECT_EQ(parse_cpuinfo(text).model, "AMD EPYC (family 25, model 17)");
  EXPECT_EQ(parse_cpuinfo("cpu family\t: 6\nmodel\t: 207\n").model, "unknown (family 6, model 207)");
}

TEST(Cpu, ReadsAnArmProcessor) {
  const Processor with =
      parse_cpuinfo("Features\t: fp asimd sve bf16 i8mm\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n");
  EXPECT_EQ(with.model, "Arm implementer 0x41 part 0xd4f");
  EXPECT_TRUE(with.bf16());
  EXPECT_FALSE(parse_cpuinfo("Features\t: fp asimd\n").bf16());
}

TEST(Cpu, AFlagIsAWholeWord) {
  EXPECT_FALSE(parse_cpuinfo("flags : avx512_bf16x myavx2\n").bf16());
  EXPECT_TRUE(parse_cpuinfo("flags : avx512_bf16x myavx2").flags.empty());
  EXPECT_TRUE(parse_cpuinfo("flags\t\t: amx_bf16").bf16());
}

TEST(Cpu, NothingKnownIsSaid) {
  EXPECT_EQ(parse_cpuinfo("").model, "unknown");
  EXPECT_FALSE(parse_cpuinfo("").bf16());
}

#if defined(__x86_64__)
TEST(Cpu, AgreesWithTheProcessorItself) {
  const Processor here = processor();
  EXPECT_EQ(here.has("avx2"), static_cast<bool>(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(here.has("avx512_bf16"), static_cast<bool>(__builtin_cpu_supports("avx512bf16")));
}
#endif

}  // namespace
}  // namespace reslab::core
