// What every network offers to training, evaluation and explanation. A network knows no data set.
//
//   auto network = models::create("custom_resnet", {.classes = 10});
//   nn::initialise(*network, seed);
//   at::Tensor scores = network->forward(images);
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "reslab/nn/graph.h"
#include "reslab/nn/module.h"

namespace reslab::models {

/// The output of a named part of the network: [samples, channels, height, width].
struct Feature {
  std::string name;
  at::Tensor activation;
};

class Network : public nn::Module {
 public:
  /// images: [n, channels, height, width], fp32 or bf16, normalised, channels-last for speed. Returns [n, classes] in
  /// fp32: logits, or probabilities where the network ends in a softmax. Appends the named features, in order, to
  /// `features` when it is given: what class-activation maps are made of.
  virtual at::Tensor forward(const at::Tensor& images, std::vector<Feature>* features = nullptr) = 0;

  /// What forward computes, with the network's own layers.
  virtual const nn::Graph& graph() const = 0;

  /// Computes what the network takes from the training set before its first step. images: [n, channels, height, width],
  /// fp32, normalised, on the CPU; images_to_fit() of them, or all where there are fewer.
  virtual void fit(const at::Tensor& /*images*/) {}
  virtual std::int64_t images_to_fit() const { return 0; }

  /// Whether forward gives probabilities instead of logits.
  virtual bool ends_in_softmax() const { return false; }
};

/// What a network is made for. `width` is the number of channels of the first layer; the others follow from it.
struct Options {
  std::int64_t classes = 10;     ///< ≥ 1
  std::int64_t in_channels = 3;  ///< ≥ 1
  std::int64_t width = 64;       ///< ≥ 1
  // Of speednet alone:
  std::int64_t group_width = 256;   ///< channels of its second and third group, ≥ 1
  std::int64_t last_width = 0;      ///< channels of its third group alone; 0: group_width
  std::int64_t depth = 2;           ///< convolutions in a group, 2 or 3
  std::string activation = "gelu";  ///< of nn::activation_names()
  // Of custom_resnet alone:
  bool softmax = false;    ///< end in a softmax, so that forward gives probabilities
  bool dirac = false;      ///< convolutions begin as the identity where channels allow it: nn::dirac_
  bool whitening = false;  ///< the first layer's filters begin as whitening ones, and are trained from there
  bool zero_head = false;  ///< the last layer begins at zero, so that all classes begin alike
};

/// Names that create knows.
std::vector<std::string> names();

/// The weights of its convolutions and its last layer, counted without making it: nearly all of its parameters. Throws
/// UserError for an unknown name.
double least_parameters(const std::string& name, const Options& options);

/// Makes a network, in training mode, its parameters zero until nn::initialise. Throws UserError for an unknown name
/// (the nearest known one is offered).
std::shared_ptr<Network> create(const std::string& name, const Options& options);

}  // namespace reslab::models
