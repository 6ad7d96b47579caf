#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "reslab/train/evaluate.h"

namespace reslab::train {
namespace {

// Gives the pixels in the corners: the views that it is shown can be read from its output.
class Corners final : public models::Network {
 public:
  at::Tensor forward(const at::Tensor& images, std::vector<models::Feature>*, nn::LayerObserver*) override {
    ++calls;
    return at::stack({images.select(2, 0).select(2, 0).select(1, 0), images.select(2, 0).select(2, -1).select(1, 0)},
                     1);
  }
  int calls = 0;
};

TEST(Views, AverageWhatTheySay) {
  Corners network;
  // 0 1 2 / 3 4 5 / 6 7 8
  const at::Tensor image = at::arange(9, at::kFloat).view({1, 1, 3, 3});
  const auto first = [&](Views views) { return forward_views(network, image, views)[0][0].item<float>(); };
  EXPECT_EQ(first(Views::one), 0);
  EXPECT_EQ(first(Views::mirror), (0 + 2) / 2.0F);
  // Reflected by a pixel, the upper left window is 4 3 4 / 1 0 1 / 4 3 4, the lower right one 4 5 4 / 7 8 7 / 4 5 4.
  EXPECT_FLOAT_EQ(first(Views::six), 0.25F * (0 + 2) + 0.125F * (4 + 4) + 0.125F * (4 + 4));
  EXPECT_EQ(network.calls, 1 + 2 + 6);
}

}  // namespace
}  // namespace reslab::train
