// The seed's network: a preparing convolution and three stages, two of which add a residual branch of two convolutions.
//
//   prep_layer   conv3×3 w, BN, ReLU                                  [n,  w, h, h]
//   layer1       conv3×3 2w, max-pool 2, BN, ReLU, + residual         [n, 2w, h/2, h/2]
//   layer2       conv3×3 4w, max-pool 2, BN, ReLU                     [n, 4w, h/4, h/4]
//   layer3       conv3×3 8w, max-pool 2, BN, ReLU, + residual         [n, 8w, h/8, h/8]
//   FC           max-pool 4, linear without bias                      [n, classes]
//
// With width w = 64, three channels and ten classes it has 6,573,120 parameters. Input: 32×32 pixels (any size whose
// eighth is 4 to 7 works). Features: layer1, layer2, layer3.
//
// Lineage: D. Page, "How to train your ResNet", 2018 (DAWNBench).
#pragma once

#include "reslab/models/network.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/layer.h"

namespace reslab::models {

class CustomResNet final : public Network {
 public:
  explicit CustomResNet(const Options& options);

  static double least_parameters(const Options& options);

  at::Tensor forward(const at::Tensor& images, std::vector<Feature>* features = nullptr,
                     nn::LayerObserver* observer = nullptr) override;
  void fit(const at::Tensor& images) override;
  std::int64_t images_to_fit() const override;
  bool ends_in_softmax() const override { return softmax_; }

 private:
  bool softmax_;
  std::shared_ptr<nn::Conv2d> prep_conv_;  // to be fitted; null: not
  std::shared_ptr<nn::Sequential> prep_layer_, layer1_x_, layer1_r1_, layer2_, layer3_x_, layer3_r2_;
  std::shared_ptr<nn::Layer> pool_, fc_;
};

}  // namespace reslab::models
