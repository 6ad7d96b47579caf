#include "reslab/schedule/decay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace reslab::schedule {
namespace {

double lr(const DecayOptions& options, std::int64_t step) { return Decay(options).at(step).lr; }

TEST(Decay, FallsAlongALineToZero) {
  const DecayOptions options{.total_steps = 200, .lr = 0.24, .momentum = 0.6};
  EXPECT_DOUBLE_EQ(lr(options, 0), 0.24);
  EXPECT_DOUBLE_EQ(lr(options, 100), 0.12);
  EXPECT_DOUBLE_EQ(lr(options, 199), 0.24 * (1 - 199.0 / 200));
  EXPECT_EQ(Decay(options).at(150).momentum, 0.6);
  EXPECT_EQ(Decay(options).total_steps(), 200);
}

TEST(Decay, EndsWhereItIsToldAndStaysThere) {
  const DecayOptions options{.total_steps = 200, .lr = 1, .end_step = 75};
  EXPECT_DOUBLE_EQ(lr(options, 30), 1 - 30.0 / 75);
  EXPECT_EQ(lr(options, 75), 0);
  EXPECT_EQ(lr(options, 199), 0);
}

TEST(Decay, WarmsUpAlongALine) {
  const DecayOptions options{.total_steps = 100, .lr = 2, .warmup_steps = 10, .warmup_factor = 0.2};
  EXPECT_DOUBLE_EQ(lr(options, 0), 0.4);
  EXPECT_DOUBLE_EQ(lr(options, 5), 2 * 0.6);
  EXPECT_DOUBLE_EQ(lr(options, 10), 2);
  EXPECT_DOUBLE_EQ(lr(options, 55), 1);
}

TEST(Decay, FollowsHalfACosine) {
  const DecayOptions options{.total_steps = 90, .lr = 1, .shape = Shape::cosine, .final_factor = 0.1};
  EXPECT_DOUBLE_EQ(lr(options, 0), 1);
  EXPECT_NEAR(lr(options, 45), 0.55, 1e-12);
  EXPECT_NEAR(lr(options, 30), 0.1 + 0.9 * (1 + std::cos(std::numbers::pi / 3)) / 2, 1e-12);
}

TEST(Decay, FollowsAPower) {
  const DecayOptions options{.total_steps = 10, .lr = 1, .shape = Shape::polynomial, .power = 2};
  EXPECT_NEAR(lr(options, 5), 0.25, 1e-12);
}

TEST(Decay, FallsInSteps) {
  const DecayOptions options{.total_steps = 100, .lr = 1, .shape = Shape::steps, .milestones = {30, 60}, .gamma = 0.5};
  EXPECT_EQ(lr(options, 29), 1);
  EXPECT_EQ(lr(options, 30), 0.5);
  EXPECT_EQ(lr(options, 60), 0.25);
  EXPECT_EQ(lr(options, 99), 0.25);
}

}  // namespace
}  // namespace reslab::schedule
