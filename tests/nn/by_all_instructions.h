// Checks by each set of vector instructions that the processor has, not by the best alone.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <string_view>

#include "reslab/nn/kernels/norm_rows.h"

namespace reslab::nn::test {

// The processor's instructions, as if it had no better ones than some of them.
class Instructions {
 public:
  explicit Instructions(std::int64_t targets) { choose(targets); }
  ~Instructions() { choose(0); }
  Instructions(const Instructions&) = delete;
  Instructions& operator=(const Instructions&) = delete;

 private:
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

template <typename Check>
void by_all_instructions(const Check& check) {
  int tried = 0;
  for (const std::int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3, HWY_NEON}) {
    if ((hwy::SupportedTargets() & target) == 0) continue;
    const Instructions chosen(target);
    SCOPED_TRACE(kernels::row_instructions());
    // A build for this processor alone has no others.
    if (std::string_view(kernels::row_instructions()) != hwy::TargetName(target)) continue;
    ++tried;
    check();
  }
  EXPECT_GT(tried, 0);
}

}  // namespace reslab::nn::test
