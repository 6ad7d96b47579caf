// What the tests of this folder share: a small network and a few real images.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "reslab/data/cifar10.h"
#include "reslab/explain/sample_images.h"
#include "reslab/models/network.h"
#include "reslab/nn/layer.h"
#include "support/network_without_graph.h"

namespace reslab::explain {

/// 100 test images and their normalisation.
inline data::BatchSource real_samples() {
  return {.samples = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10").test,
          .transform = {.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}}};
}

inline at::Tensor real_images(std::int64_t count) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < count; ++i) places.push_back(i);
  return sample_images(real_samples(), places);
}

inline std::shared_ptr<models::Network> small_network(std::uint64_t seed = 3) {
  auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}}});
  nn::initialise(*network, seed);
  return network;
}

/// A network whose output for class c is the sum of the image's channel c over the left half alone. Its features:
/// "map", the image itself, "dot", one pixel a channel.
class LeftHalf final : public support::NetworkWithoutGraph {
 public:
  LeftHalf() { unused_ = register_parameter("unused", at::zeros({1}, at::kFloat)); }

  at::Tensor forward(const at::Tensor& images, std::vector<models::Feature>* features = nullptr) override {
    const at::Tensor map = images * 1;
    const at::Tensor dot = map.slice(3, 0, map.size(3) / 2).sum({2, 3}, /*keepdim=*/true);
    if (features != nullptr) {
      features->push_back({"map", map});
      features->push_back({"dot", dot});
    }
    return dot.flatten(1);
  }

 private:
  at::Tensor unused_;
};

}  // namespace reslab::explain
