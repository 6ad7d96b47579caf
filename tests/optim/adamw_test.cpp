#include "reslab/optim/adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

namespace reslab::optim {
namespace {

// The formula in plain loops and double precision.
struct Plain {
  std::vector<double> w, m, v;
  int t = 0;

  void step(const std::vector<float>& gradient, double lr, double beta1, double decay, const AdamWOptions& options) {
    ++t;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double g = gradient[i];
      w[i] -= lr * decay * w[i];
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
      w[i] -=
          lr * (m[i] / (1 - std::pow(beta1, t))) / (std::sqrt(v[i] / (1 - std::pow(options.beta2, t))) + options.eps);
    }
  }
};

std::vector<float> values(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous().view({-1});
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

TEST(AdamW, StepsAsItsFormulaSays) {
  at::manual_seed(1);
  const AdamWOptions options{.beta2 = 0.98, .eps = 1e-6};
  const double decay = 0.1;
  // Channels-last, with a gradient that isn't: both must be walked alike.
  at::Tensor w = at::randn({4, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  const std::vector<float> start = values(w);
  Plain plain{.w = {start.begin(), start.end()}, .m = std::vector<double>(108), .v = std::vector<double>(108)};
  AdamW adamw({{.names = {"w"}, .parameters = {w}, .weight_decay = decay}}, options);
  for (int step = 0; step < 6; ++step) {
    const double lr = 0.01 * (step + 1), beta1 = step < 3 ? 0.9 : 0.85;
    const at::Tensor gradient = at::randn({4, 3, 3, 3});
    w.mutable_grad() = gradient.clone();
    adamw.step(lr, beta1);
    plain.step(values(gradient), lr, beta1, decay, options);
    const std::vector<float> now = values(w);
    for (std::size_t i = 0; i < now.size(); ++i) ASSERT_NEAR(now[i], plain.w[i], 2e-6) << step << ' ' << i;
  }
}

TEST(AdamW, GoesOnFromAStateThatWasCopied) {
  at::manual_seed(2);
  const auto weights = [] { return at::ones({5}).requires_grad_(); };
  at::Tensor a = weights(), b = weights();
  AdamW first({{.names = {"w"}, .parameters = {a}}}, {}), second({{.names = {"w"}, .parameters = {b}}}, {});
  const at::Tensor g = at::randn({5});
  a.mutable_grad() = g;
  first.step(0.1, 0.9);
  {
    const at::NoGradGuard no_grad;
    b.copy_(a);
    const std::vector<Momentum> from = first.state(), to = second.state();
    ASSERT_EQ(from.size(), 3U);
    EXPECT_EQ(from[1].name, "w.exp_avg_sq");
    EXPECT_EQ(from[2].name, "w.step");
    for (std::size_t i = 0; i < from.size(); ++i) at::Tensor(to[i].buffer).copy_(from[i].buffer);
  }
  second.set_started(true);
  b.mutable_grad() = g;
  a.mutable_grad() = g;
  first.step(0.1, 0.9), second.step(0.1, 0.9);
  EXPECT_TRUE(at::equal(a, b));
}

TEST(AdamW, LeavesParametersWithoutAGradientAlone) {
  at::Tensor with = at::ones({2}).requires_grad_(), without = at::ones({2}).requires_grad_();
  AdamW adamw({{.names = {"a", "b"}, .parameters = {with, without}, .weight_decay = 0.5}}, {});
  with.mutable_grad() = at::ones({2});
  adamw.step(0.1, 0.9);
  EXPECT_TRUE(at::equal(without, at::ones({2})));
  EXPECT_FALSE(at::equal(with, at::ones({2})));
}

}  // namespace
}  // namespace reslab::optim
