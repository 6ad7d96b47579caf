// Class-activation maps and image gradients against cam.py, which agrees with the Python package grad-cam.
#include <gtest/gtest.h>

#include "reference.h"
#include "reslab/explain/class_activation.h"
#include "reslab/explain/image_gradients.h"
#include "reslab/explain/imputation.h"
#include "reslab/nn/conv2d.h"

namespace reslab::reference {
namespace {

constexpr double tolerance = 1e-3;  // of maps in [0, 1]

struct Case {
  std::string name;  // in cams.safetensors: method, variant, layer
  std::string method;
  bool softmax = false, augmentation = false, eigen = false;
};

void PrintTo(const Case& instance, std::ostream* stream) { *stream << instance.name; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string layer : {"layer1", "layer2", "layer3"}) {
    for (const std::string& method : explain::cam_method_names())
      if (method != "score-cam" || layer == "layer1")
        all.push_back({.name = std::string(method).append(".").append(layer), .method = method});
    all.push_back({.name = "grad-cam.softmax." + layer, .method = "grad-cam", .softmax = true});
    all.push_back({.name = "grad-cam.aug." + layer, .method = "grad-cam", .augmentation = true});
    all.push_back({.name = "grad-cam.eigen." + layer, .method = "grad-cam", .eigen = true});
  }
  return all;
}

// Gradients are compared, and a ReLU whose input is within the larger rounding of Winograd's method may decide
// otherwise.
std::shared_ptr<models::Network> directly_computed(bool softmax) {
  auto network = network_with_reference_weights(softmax);
  nn::use_direct_convolutions(*network);
  return network;
}

class Maps : public testing::TestWithParam<Case> {};

TEST_P(Maps, AgreeWithGradCam) {
  const Case& instance = GetParam();
  const auto file = values("cams");
  const auto network = directly_computed(instance.softmax);
  const at::Tensor maps = explain::class_activation_maps(*network, value(file, "images"), value(file, "classes"),
                                                         {.layer = instance.name.substr(instance.name.rfind('.') + 1),
                                                          .method = explain::cam_method(instance.method),
                                                          .augmentation_smoothing = instance.augmentation,
                                                          .eigen_smoothing = instance.eigen});
  const at::Tensor expected = value(file, instance.name);
  EXPECT_TRUE(near(maps, expected, tolerance));
  EXPECT_GT(expected.amax({1, 2}).min().item<float>(), 0.5) << "an empty map compares nothing";
}

INSTANTIATE_TEST_SUITE_P(Package, Maps, testing::ValuesIn(cases()), [](const auto& instance) {
  std::string name = instance.param.name;
  for (char& c : name)
    if (c == '-' || c == '.' || c == '+') c = c == '+' ? 'p' : '_';
  return name;
});

class Gradients : public testing::TestWithParam<bool> {};

TEST_P(Gradients, OfTheImageAgree) {
  const auto file = values("cams");
  const auto network = directly_computed(/*softmax=*/false);
  const at::Tensor expected = value(file, GetParam() ? "gradient.guided" : "gradient.plain");
  const at::Tensor gradients =
      explain::image_gradients(*network, value(file, "images"), value(file, "classes"), {.guided = GetParam()});
  EXPECT_TRUE(near(gradients, expected, tolerance * expected.abs().max().item<double>()));
}

INSTANTIATE_TEST_SUITE_P(Rules, Gradients, testing::Bool(),
                         [](const auto& guided) { return guided.param ? "guided" : "plain"; });

TEST(Imputation, AgreesWithTheDenseSystem) {
  const auto file = values("cams");
  const at::Tensor filled = explain::impute(value(file, "images"), value(file, "known").to(at::kBool), {.noise = 0});
  EXPECT_TRUE(near(filled, value(file, "imputed"), 1e-4));
}

}  // namespace
}  // namespace reslab::reference
