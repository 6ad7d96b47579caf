// What every network offers to training, evaluation and explanation. A network knows no data set.
//
//   auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 32}}});
//   nn::initialise(*network, seed);
//   at::Tensor scores = network->forward(images);
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/models/options.h"
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

/// A network as it is known by name: all that recipes, files of weights and commands ask of it.
struct NetworkKind {
  std::string name;
  std::vector<Option> options;  ///< in the order in which they are shown
  /// The network in training mode, its parameters zero until nn::initialise.
  std::shared_ptr<Network> (*make)(const Settings&);
  /// The weights of its convolutions and its last layer, counted without making it: nearly all of its parameters.
  double (*least_parameters)(const Settings&);
  bool trains_stem_bias = false;  ///< it has the bias that optimizer.whitening_lr is for
  bool scales_norms = true;       ///< its normalisations have a factor, and not a bias alone
};

/// All that there are, in the order in which they are offered.
std::span<const NetworkKind> kinds();

/// Adds one that the program doesn't bring. Requires: a new name, options that other networks have by the same name are
/// of the same type, and no recipe was read and no network made before. Not thread-safe.
void add(NetworkKind kind);

std::vector<std::string> names();

/// nullptr when there is none of this name.
const NetworkKind* find_kind(std::string_view name);

/// The same; throws UserError for an unknown name (the nearest known one is offered).
const NetworkKind& kind(const std::string& name);

/// NetworkKind::least_parameters. Throws UserError as create does.
double least_parameters(const std::string& name, const Options& options);

/// Makes a network, in training mode, its parameters zero until nn::initialise. Throws UserError for an unknown name
/// and as check_options does.
std::shared_ptr<Network> create(const std::string& name, const Options& options);

}  // namespace reslab::models
