#include "reslab/schedule/one_cycle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "reslab/core/error.h"
#include "reslab/schedule/constant.h"

namespace reslab::schedule {
namespace {

// One line of tests/reference/one_cycle.csv.
struct Golden {
  std::string div_factor, anneal;
  std::int64_t step = 0;
  double lr = 0, momentum = 0;
};

std::vector<Golden> read_golden() {
  std::ifstream file(RESLAB_SOURCE_DIR "/tests/reference/one_cycle.csv");
  std::vector<Golden> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#') || line.starts_with("div_factor")) continue;
    std::istringstream cells(line);
    Golden row;
    std::string step, lr, momentum;
    std::getline(cells, row.div_factor, ',');
    std::getline(cells, row.anneal, ',');
    std::getline(cells, step, ',');
    std::getline(cells, lr, ',');
    std::getline(cells, momentum, ',');
    row.step = std::stoll(step);
    row.lr = std::stod(lr);
    row.momentum = std::stod(momentum);
    rows.push_back(row);
  }
  return rows;
}

TEST(OneCycle, IsPyTorchs) {
  const std::vector<Golden> rows = read_golden();
  ASSERT_EQ(rows.size(), 4U * 60U);
  for (const Golden& row : rows) {
    const OneCycle schedule({.total_steps = 60,
                             .max_lr = 0.0199,
                             .pct_start = 5.0 / 24,
                             .anneal = row.anneal == "cos" ? Anneal::cos : Anneal::linear,
                             .div_factor = row.div_factor == "8" ? 8 : 5.0 / 24,
                             .final_div_factor = 1e4});
    const Setting setting = schedule.at(row.step);
    // Two roundings apart at most: PyTorch's arithmetic in the same order.
    EXPECT_NEAR(setting.lr, row.lr, 4e-16 * 0.1) << row.div_factor << ' ' << row.anneal << " step " << row.step;
    EXPECT_NEAR(setting.momentum, row.momentum, 4e-16) << row.div_factor << ' ' << row.anneal << " step " << row.step;
  }
}

// Any options that a recipe may hold.
OneCycleOptions any_options() {
  const auto in_range = [](int low, int high) { return *rc::gen::inRange(low, high) / 1000.0; };
  OneCycleOptions options{.total_steps = *rc::gen::inRange<std::int64_t>(1, 400),
                          .max_lr = in_range(1, 5000),
                          .pct_start = in_range(0, 1001),
                          .anneal = *rc::gen::element(Anneal::cos, Anneal::linear),
                          .div_factor = in_range(50, 30000),
                          .final_div_factor = in_range(500, 10'000'000)};
  options.base_momentum = in_range(0, 900);
  options.max_momentum = options.base_momentum + in_range(0, 100) * 0.99;
  return options;
}

RC_GTEST_PROP(OneCycle, StaysWithinItsBounds, ()) {
  const OneCycleOptions options = any_options();
  const OneCycle schedule(options);
  const double first = options.max_lr / options.div_factor, last = first / options.final_div_factor;
  const double low = std::min({first, last, options.max_lr}), high = std::max({first, last, options.max_lr});
  for (std::int64_t step = 0; step < options.total_steps; ++step) {
    const auto [lr, momentum] = schedule.at(step);
    const double rounding = 1e-15 * high;
    RC_ASSERT(lr >= 0 && lr >= low - rounding && lr <= high + rounding);
    RC_ASSERT(momentum >= options.base_momentum - 1e-12 && momentum <= options.max_momentum + 1e-12);
  }
}

RC_GTEST_PROP(OneCycle, IsMonotoneInEachPhase, ()) {
  OneCycleOptions options = any_options();
  options.div_factor = std::max(options.div_factor, 1.0);  // rises, then falls
  options.final_div_factor = std::max(options.final_div_factor, 1.0);
  const OneCycle schedule(options);
  for (std::int64_t step = 1; step < options.total_steps; ++step) {
    const Setting before = schedule.at(step - 1), now = schedule.at(step);
    const double slack = 1e-12;
    if (static_cast<double>(step) <= schedule.peak()) {
      RC_ASSERT(now.lr >= before.lr - slack && now.momentum <= before.momentum + slack);
    } else if (static_cast<double>(step - 1) >= schedule.peak()) {
      RC_ASSERT(now.lr <= before.lr + slack && now.momentum >= before.momentum - slack);
    }
  }
}

TEST(OneCycle, BeginsPeaksAndEndsWhereItShould) {
  const OneCycle schedule({.total_steps = 2352, .max_lr = 0.0199, .pct_start = 5.0 / 24, .div_factor = 8});
  EXPECT_DOUBLE_EQ(schedule.peak(), 489);
  EXPECT_DOUBLE_EQ(schedule.at(0).lr, 0.0199 / 8);
  EXPECT_DOUBLE_EQ(schedule.at(0).momentum, 0.95);
  EXPECT_DOUBLE_EQ(schedule.at(489).lr, 0.0199);
  EXPECT_DOUBLE_EQ(schedule.at(489).momentum, 0.85);
  EXPECT_DOUBLE_EQ(schedule.at(2351).lr, 0.0199 / 8 / 1e4);
  EXPECT_DOUBLE_EQ(schedule.at(2351).momentum, 0.95);
}

TEST(OneCycle, AcceptsAStartAboveTheMaximum) {
  const OneCycle schedule({.total_steps = 24, .max_lr = 0.0199, .pct_start = 5.0 / 24, .div_factor = 5.0 / 24});
  EXPECT_DOUBLE_EQ(schedule.at(0).lr, 0.0199 * 24 / 5);
  EXPECT_DOUBLE_EQ(schedule.at(4).lr, 0.0199);
}

TEST(OneCycle, HasValuesForPhasesOfNoLength) {
  // pct_start · total_steps = 1: the first phase ends at step 0.
  EXPECT_DOUBLE_EQ(OneCycle({.total_steps = 4, .max_lr = 1, .pct_start = 0.25}).at(0).lr, 1);
  EXPECT_DOUBLE_EQ(OneCycle({.total_steps = 4, .max_lr = 1, .pct_start = 1}).at(3).lr, 1);
  EXPECT_DOUBLE_EQ(OneCycle({.total_steps = 1, .max_lr = 1, .pct_start = 1}).at(0).lr, 1);
  EXPECT_LT(OneCycle({.total_steps = 4, .max_lr = 1, .pct_start = 0}).at(0).lr, 1);
}

TEST(OneCycle, NeverGoesBelowZero) {
  const OneCycle schedule(
      {.total_steps = 60, .max_lr = 900.1, .anneal = Anneal::linear, .div_factor = 1e9, .final_div_factor = 1e12});
  for (std::int64_t step = 0; step < 60; ++step) EXPECT_GE(schedule.at(step).lr, 0);
}

TEST(OneCycle, LeavesTheMomentumAloneWhenTold) {
  const OneCycle schedule({.total_steps = 10, .cycle_momentum = false, .momentum = 0.7});
  for (std::int64_t step = 0; step < 10; ++step) EXPECT_EQ(schedule.at(step).momentum, 0.7);
}

TEST(OneCycle, HasNoStepOutsideItsRange) {
  const OneCycle schedule({.total_steps = 10});
  EXPECT_THROW(schedule.at(10), core::InternalError);
  EXPECT_THROW(schedule.at(-1), core::InternalError);
}

TEST(OneCycle, RefusesOptionsWithoutMeaning) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(OneCycle({.total_steps = 0}), core::InternalError);
  EXPECT_THROW(OneCycle({.max_lr = nan}), core::InternalError);
  EXPECT_THROW(OneCycle({.pct_start = 1.1}), core::InternalError);
  EXPECT_THROW(OneCycle({.div_factor = 0}), core::InternalError);
  EXPECT_THROW(OneCycle({.base_momentum = 0.96}), core::InternalError);
  EXPECT_THROW(OneCycle({.momentum = 1}), core::InternalError);
}

TEST(Constant, IsConstant) {
  const Constant schedule({.lr = 0.3, .momentum = 0.8}, 5);
  EXPECT_EQ(schedule.total_steps(), 5);
  for (std::int64_t step = 0; step < 5; ++step) {
    EXPECT_EQ(schedule.at(step).lr, 0.3);
    EXPECT_EQ(schedule.at(step).momentum, 0.8);
  }
  EXPECT_THROW(schedule.at(5), core::InternalError);
  EXPECT_THROW(schedule.at(-1), core::InternalError);
}

}  // namespace
}  // namespace reslab::schedule
