// A network that a graph describes: its layers under their paths, run by plans.
#pragma once

#include <functional>

#include "reslab/models/network.h"
#include "reslab/nn/plan.h"

namespace reslab::models {

/// What a network takes from the training set before its first step: see Network::fit.
struct Fit {
  std::int64_t images = 0;  ///< how many it looks at
  std::function<void(const at::Tensor& images)> compute = {};
};

class GraphNetwork final : public Network {
 public:
  explicit GraphNetwork(const nn::Graph& graph, Fit fit = {});

  at::Tensor forward(const at::Tensor& images, std::vector<Feature>* features = nullptr) override;
  const nn::Graph& graph() const override { return plan_.graph(); }
  void fit(const at::Tensor& images) override;
  std::int64_t images_to_fit() const override { return fit_.images; }
  bool ends_in_softmax() const override;

 private:
  template <typename Parent>
  static void register_layer(Parent& parent, const std::string& path, const std::shared_ptr<nn::Layer>& layer);

  nn::Plan plan_, plan_with_features_;
  Fit fit_;
};

}  // namespace reslab::models
