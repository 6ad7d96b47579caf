#include "reslab/schedule/ramp.h"

#include <gtest/gtest.h>

namespace reslab::schedule {
namespace {

TEST(Ramp, RisesByEqualFactorsOrByEqualSteps) {
  const RampOptions options{.total_steps = 5, .first_lr = 1e-3, .last_lr = 10, .momentum = 0.8};
  const Ramp exponential(options);
  RampOptions other = options;
  other.curve = RampCurve::linear;
  const Ramp linear(other);
  for (const std::int64_t step : {0, 1, 2, 3, 4}) {
    const auto s = static_cast<double>(step);
    EXPECT_NEAR(exponential.at(step).lr, std::pow(10.0, s - 3), 1e-12 * std::pow(10.0, s - 3)) << step;
    EXPECT_NEAR(linear.at(step).lr, 1e-3 + (10 - 1e-3) * s / 4, 1e-12) << step;
    EXPECT_EQ(exponential.at(step).momentum, 0.8);
  }
  EXPECT_EQ(exponential.total_steps(), 5);
  EXPECT_THROW(static_cast<void>(exponential.at(5)), core::InternalError);
}

TEST(Ramp, TheOriginalsGoesFromOneToTwoHundredths) {
  const Ramp seed({.total_steps = 200, .first_lr = 0.01, .last_lr = 0.02});
  EXPECT_EQ(seed.at(0).lr, 0.01);
  EXPECT_NEAR(seed.at(199).lr, 0.02, 1e-15);
  EXPECT_NEAR(seed.at(100).lr / seed.at(99).lr, std::pow(2, 1.0 / 199), 1e-12);
}

}  // namespace
}  // namespace reslab::schedule
