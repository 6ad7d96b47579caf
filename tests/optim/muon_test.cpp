#include "reslab/optim/muon.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "optim/support.h"

namespace reslab::optim {
namespace {

// The iteration as its source writes it, in double precision.
at::Tensor reference(const at::Tensor& matrix, int steps) {
  at::Tensor x = matrix.to(at::kDouble);
  const bool tall = x.size(0) > x.size(1);
  if (tall) x = x.t();
  x = x / (x.norm() + 1e-7);
  for (int i = 0; i < steps; ++i) {
    const at::Tensor a = x.matmul(x.t());
    const at::Tensor b = -4.7750 * a + 2.0315 * a.matmul(a);
    x = 3.4445 * x + b.matmul(x);
  }
  return tall ? x.t() : x;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

TEST(Orthogonalise, FollowsTheIteration) {
  at::manual_seed(1);
  for (const auto& shape : {std::pair{24, 64}, std::pair{64, 24}, std::pair{1, 9}, std::pair{32, 32}}) {
    const at::Tensor g = at::randn({shape.first, shape.second});
    EXPECT_LT(difference(orthogonalise(g), reference(g, 3)), 1e-4);
  }
}

TEST(Orthogonalise, StaysFiniteOnGradientsOfLowRankOverManySteps) {
  at::manual_seed(4);
  const at::Tensor low = at::randn({64, 1}).mm(at::randn({1, 576}));
  for (const std::int64_t steps : {4, 5, 10, 30}) {
    const at::Tensor x = orthogonalise(low, {.steps = steps});
    EXPECT_TRUE(x.isfinite().all().item<bool>()) << steps;
    EXPECT_LT(at::linalg_svdvals(x).max().item<float>(), 1.3F) << steps;
  }
}

TEST(Orthogonalise, DrivesSingularValuesNearOne) {
  at::manual_seed(2);
  const at::Tensor values = at::linalg_svdvals(orthogonalise(at::randn({64, 576}), {.steps = 5}));
  EXPECT_GT(values.min().item<float>(), 0.6F);
  EXPECT_LT(values.max().item<float>(), 1.3F);
}

TEST(Muon, StepsAsItsFormulaSays) {
  at::manual_seed(3);
  const at::Tensor start = at::randn({16, 8, 3, 3});
  at::Tensor w = start.clone().contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  Muon muon({{.names = {"w"}, .parameters = {w}}}, {});
  at::Tensor expected = start.to(at::kDouble), v = at::zeros_like(expected);
  for (int step = 0; step < 3; ++step) {
    const at::Tensor g = at::randn({16, 8, 3, 3});
    w.mutable_grad() = g.contiguous(at::MemoryFormat::ChannelsLast);
    muon.step(0.24, 0.6);
    expected = expected * 4 / expected.norm();
    v = 0.6 * v + g;
    expected = expected - 0.24 * reference((g + 0.6 * v).reshape({16, -1}), 3).reshape(g.sizes());
    EXPECT_LT(difference(w.detach(), expected), 1e-4) << "step " << step;
  }
  EXPECT_EQ(muon.state()[0].name, "w");
  EXPECT_LT(difference(muon.state()[0].buffer, v), 1e-4);
}

TEST(Muon, LeavesParametersWithoutAGradientAlone) {
  at::Tensor w = at::ones({2, 2}).requires_grad_();
  Muon muon({{.names = {"w"}, .parameters = {w}}}, {});
  muon.step(1, 0.5);
  EXPECT_TRUE(w.equal(at::ones({2, 2})));
}

TEST(Muon, StepsOnTheDeviceAsElsewhere) {
  test::expect_same_steps_on_device([](const at::Tensor& w) {
    return std::make_unique<Muon>(std::vector<Group>{{.names = {"w"}, .parameters = {w}, .weight_decay = 0.01}},
                                  MuonOptions{});
  });
}

}  // namespace
}  // namespace reslab::optim
