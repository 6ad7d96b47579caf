#include "reslab/optim/averaging.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace reslab::optim {
namespace {

// A weight that goes through given values, one a step; returns what the average holds after each.
class Path {
 public:
  Path(const AverageOptions& options, std::int64_t steps) : average_({{"w", weight_}}, options), steps_(steps) {}

  double after(double value) {
    weight_.fill_(value);
    average_.after_step(step_, step_ + 1 == steps_);
    ++step_;
    return average_.state().front().buffer.item<double>();
  }
  double weight() const { return weight_.item<double>(); }
  WeightAverage& average() { return average_; }

 private:
  at::Tensor weight_ = at::full({}, 1.0F);
  WeightAverage average_;
  std::int64_t steps_, step_ = 0;
};

TEST(Lookahead, GoesAShareOfTheWayEveryFewStepsAndAfterTheLast) {
  Path path({.kind = AverageKind::lookahead, .every = 2, .share = 0.25}, 5);
  double slow = 1;
  const std::vector<double> fast{3, 5, 2, 9, -4};
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const double found = path.after(fast[i]);
    const bool due = i == 1 || i == 3 || i == 4;
    if (due) slow += 0.25 * (fast[i] - slow);
    EXPECT_NEAR(found, slow, 1e-6) << i;
    EXPECT_NEAR(path.weight(), due ? slow : fast[i], 1e-6) << "the weight starts anew from there: " << i;
  }
  path.average().exchange();
  EXPECT_FALSE(path.average().exchanged()) << "the weights are the average";
}

TEST(Lookahead, BeginsWithTheWeightsOfItsStart) {
  Path path({.kind = AverageKind::lookahead, .every = 2, .start = 3, .share = 0.25}, 8);
  double slow = 1;
  const std::vector<double> fast{3, 5, 2, 9, -4, 6, 7, 8};
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const double found = path.after(fast[i]);
    const bool due = i == 4 || i == 6 || i == 7;
    if (i == 2) slow = fast[i];
    if (due) slow += 0.25 * (fast[i] - slow);
    EXPECT_NEAR(found, slow, 1e-6) << i;
    EXPECT_NEAR(path.weight(), due ? slow : fast[i], 1e-6) << i;
  }
}

TEST(Ema, ForgetsItsFirstStepsSoon) {
  Path path({.kind = AverageKind::ema, .start = 1, .decay = 0.3}, 100);
  EXPECT_EQ(path.after(50), 1) << "before its start";
  double average = 0;
  for (int n = 0; n < 20; ++n) {
    const double value = std::sin(n), keep = n == 0 ? 0 : std::min(0.3, (1.0 + n) / (10.0 + n));
    average = keep * average + (1 - keep) * value;
    EXPECT_NEAR(path.after(value), average, 1e-5) << n;
    EXPECT_NEAR(path.weight(), value, 1e-6) << "the training is left alone";
  }
}

TEST(Swa, IsThePlainMean) {
  Path path({.kind = AverageKind::swa, .every = 3, .start = 4}, 13);
  std::vector<double> counted;
  for (int step = 0; step < 13; ++step) {
    const double value = step * step;
    const double found = path.after(value);
    if (step >= 4 && (step % 3 == 2 || step == 12)) counted.push_back(value);
    double mean = 0;
    for (const double one : counted) mean += one / static_cast<double>(counted.size());
    EXPECT_NEAR(found, counted.empty() ? 1 : mean, 1e-4) << step;
  }
  EXPECT_EQ(counted.size(), 4U) << "steps 5, 8, 11, and 12, the last";
}

// As in a training that is extended: its average had begun, and the end that it counts from has moved.
TEST(WeightAverage, BeginsAnewWhereItsStartCameLater) {
  for (const AverageKind kind : {AverageKind::ema, AverageKind::swa}) {
    const at::Tensor weight = at::ones({1});
    WeightAverage average({{"w", weight}}, {.kind = kind, .every = 1, .start = 5, .decay = 0.9});
    const std::vector<Momentum> state = average.state();
    at::Tensor(state[0].buffer).fill_(100);  // what a checkpoint held
    at::Tensor(state[1].buffer).fill_(7);
    average.after_step(2, false);
    average.exchange();
    EXPECT_FALSE(average.exchanged()) << "the old average isn't shown";
    weight.fill_(3);
    average.after_step(5, false);
    EXPECT_EQ(average.state()[0].buffer.item<float>(), 3) << "nor is it mixed into the new one";
  }
}

TEST(WeightAverage, StandsInTheNetworksPlaceAndLeavesIt) {
  const at::Tensor weight = at::ones({2, 3}).t(), whole = at::ones({1}, at::kLong);
  WeightAverage average({{"w", weight}, {"n", whole}}, {.kind = AverageKind::swa, .every = 1});
  average.exchange();
  EXPECT_FALSE(average.exchanged()) << "nothing was averaged yet";
  weight.fill_(2);
  average.after_step(0, false);
  weight.fill_(4);
  average.after_step(1, false);
  average.exchange();
  EXPECT_TRUE(at::equal(weight, at::full({3, 2}, 3.0F)));
  EXPECT_TRUE(at::equal(average.live().front(), at::full({3, 2}, 4.0F)));
  EXPECT_TRUE(at::equal(average.state().front().buffer, at::full({3, 2}, 3.0F)));
  average.exchange();
  EXPECT_TRUE(at::equal(weight, at::full({3, 2}, 4.0F)));
  EXPECT_EQ(average.names(), std::vector<std::string>{"w"}) << "counters aren't averaged";
}

}  // namespace
}  // namespace reslab::optim
