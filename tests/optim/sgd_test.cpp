#include "reslab/optim/sgd.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "optim/support.h"
#include "reslab/optim/clip.h"

namespace reslab::optim {
namespace {

// A parameter of one number, and the definition of its update.
struct Scalar {
  double weight, velocity = 0;
  bool started = false;

  void step(double gradient, double lr, double momentum, double decay, const SgdOptions& options) {
    gradient += decay * weight;
    if (momentum == 0) {
      weight -= lr * gradient;
      return;
    }
    velocity = started ? momentum * velocity + (1 - options.dampening) * gradient : gradient;
    started = true;
    weight -= lr * (options.nesterov ? gradient + momentum * velocity : velocity);
  }
};

at::Tensor parameter_of(const std::vector<float>& values) { return at::tensor(values).requires_grad_(true); }

double uniform(double low, double high) { return low + (high - low) * *rc::gen::inRange(0, 10001) / 10000; }

RC_GTEST_PROP(Sgd, EqualsItsDefinition, ()) {
  const SgdOptions options{.dampening = *rc::gen::element(0.0, 0.25), .nesterov = *rc::gen::arbitrary<bool>()};
  RC_PRE(!options.nesterov || options.dampening == 0);
  const double decay = uniform(0, 0.1);
  const auto size = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<Scalar> expected(size);
  std::vector<float> start;
  for (Scalar& scalar : expected) {
    scalar.weight = uniform(-1, 1);
    start.push_back(static_cast<float>(scalar.weight));
  }
  at::Tensor parameter = parameter_of(start);
  Sgd sgd({{.names = {"w"}, .parameters = {parameter}, .weight_decay = decay}}, options);
  for (int step = 0; step < 4; ++step) {
    const double lr = uniform(0, 1), momentum = *rc::gen::element(0.0, 0.5, 0.95);
    std::vector<float> gradient;
    for (Scalar& scalar : expected) {
      gradient.push_back(static_cast<float>(uniform(-1, 1)));
      scalar.step(gradient.back(), lr, momentum, decay, options);
    }
    parameter.mutable_grad() = at::tensor(gradient);
    sgd.step(lr, momentum);
  }
  for (std::size_t i = 0; i < size; ++i) {
    const auto found = parameter[static_cast<std::int64_t>(i)].item<double>();
    RC_ASSERT(std::abs(found - expected[i].weight) < 1e-4);
  }
}

TEST(Sgd, HandlesChannelsLastParameters) {
  const at::Tensor start = at::arange(24, at::kFloat).view({2, 3, 2, 2});
  at::Tensor parameter = start.contiguous(at::MemoryFormat::ChannelsLast).clone().requires_grad_(true);
  parameter.mutable_grad() = (start * start).contiguous();  // laid out otherwise than the parameter
  Sgd sgd({{.names = {"w"}, .parameters = {parameter}, .weight_decay = 0}}, {});
  sgd.step(0.1, 0.9);
  EXPECT_TRUE(at::allclose(parameter.detach(), start - 0.1 * start * start, 0, 1e-4));
}

TEST(Sgd, LeavesParametersWithoutGradientAlone) {
  at::Tensor used = parameter_of({1}), unused = parameter_of({1});
  used.mutable_grad() = at::tensor({1.F});
  Sgd sgd({{.names = {"a", "b"}, .parameters = {used, unused}, .weight_decay = 0.5}}, {});
  sgd.step(0.1, 0.9);
  EXPECT_NE(used.item<float>(), 1);
  EXPECT_EQ(unused.item<float>(), 1);
}

TEST(Sgd, GoesOnFromARestoredState) {
  const auto advance = [](Sgd& sgd, at::Tensor& parameter, float gradient) {
    parameter.mutable_grad() = at::tensor({gradient});
    sgd.step(0.1, 0.9);
  };
  at::Tensor whole = parameter_of({1});
  Sgd first({{.names = {"w"}, .parameters = {whole}, .weight_decay = 0.1}}, {});
  advance(first, whole, 0.3F);
  at::Tensor resumed = whole.detach().clone().requires_grad_(true);
  Sgd second({{.names = {"w"}, .parameters = {resumed}, .weight_decay = 0.1}}, {});
  second.state()[0].buffer.copy_(first.state()[0].buffer);
  second.set_started(first.started());
  advance(first, whole, -0.7F);
  advance(second, resumed, -0.7F);
  EXPECT_TRUE(at::equal(whole, resumed));
}

TEST(Clip, ByValueLimitsEachElement) {
  at::Tensor parameter = parameter_of({0, 0, 0});
  parameter.mutable_grad() = at::tensor({-2.F, 0.05F, 0.3F});
  clip_by_value({parameter, parameter_of({1})}, 0.1);
  EXPECT_TRUE(at::allclose(parameter.grad(), at::tensor({-0.1F, 0.05F, 0.1F})));
}

TEST(Clip, ByNormScalesAllGradientsTogether) {
  at::Tensor a = parameter_of({0}), b = parameter_of({0});
  a.mutable_grad() = at::tensor({3.F});
  b.mutable_grad() = at::tensor({4.F});
  EXPECT_NEAR(clip_by_norm({a, b}, 1), 5, 1e-6);
  EXPECT_NEAR(a.grad().item<float>(), 0.6, 1e-5);
  EXPECT_NEAR(b.grad().item<float>(), 0.8, 1e-5);
  EXPECT_NEAR(clip_by_norm({a, b}, 2), 1, 1e-5);
  EXPECT_NEAR(a.grad().item<float>(), 0.6, 1e-5);  // short enough: left as it was
}

TEST(Sgd, StepsOnTheDeviceAsElsewhere) {
  test::expect_same_steps_on_device([](const at::Tensor& w) {
    return std::make_unique<Sgd>(std::vector<Group>{{.names = {"w"}, .parameters = {w}, .weight_decay = 0.01}},
                                 SgdOptions{.nesterov = true});
  });
}

}  // namespace
}  // namespace reslab::optim
