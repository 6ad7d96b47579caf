#include "reslab/train/non_finite.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/networks.h"

namespace reslab::train {
namespace {

class FirstNonFinite : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    at::manual_seed(2);
    images_ = at::randn({2, 3, 32, 32});  // constant ones would become zeros in the first normalisation
    network_ = models::create(GetParam(), support::options_for(GetParam(), {{"width", 4}, {"group_width", 4}}));
    nn::initialise(*network_, 1);
  }

  std::string where() const { return first_non_finite(*network_, images_); }

  // In one of its elements, however it lies in memory.
  static void put(const at::Tensor& tensor, float value) {
    at::Tensor element = tensor;
    while (element.dim() > 0) element = element[0];
    element.fill_(value);
  }

  // Its parameters are large enough that the output overflows, and finite themselves.
  void blow_up(const std::string& parameter) const {
    const at::NoGradGuard no_grad;
    network_->named_parameters()[parameter].fill_(std::numeric_limits<float>::max());
  }

  std::shared_ptr<models::Network> network_;
  at::Tensor images_;
};

TEST_P(FirstNonFinite, IsTheLossWhereAllIsFinite) { EXPECT_EQ(where(), "the loss"); }

TEST_P(FirstNonFinite, NamesTheImages) {
  images_[1][2][3][4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(where(), "the images");
}

TEST_P(FirstNonFinite, NamesTheParameter) {
  const auto parameters = network_->named_parameters();
  const at::NoGradGuard no_grad;
  put(parameters[2].value, std::numeric_limits<float>::infinity());
  put(parameters[5].value, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(where(), "the parameter " + parameters[2].name);
}

TEST_P(FirstNonFinite, NamesTheInnermostLayer) {
  const bool speednet = std::string(GetParam()) == "speednet";
  const std::string layer = speednet ? "layers.1.conv1" : "layer2.0";
  blow_up(layer + ".weight");
  EXPECT_EQ(where(), "the output of " + layer + " (Conv2d)");
}

INSTANTIATE_TEST_SUITE_P(Models, FirstNonFinite, testing::Values("custom_resnet", "speednet"));

}  // namespace
}  // namespace reslab::train
