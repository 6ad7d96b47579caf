#include "reslab/explain/predictions.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>

#include "reslab/core/error.h"
#include "reslab/data/loader.h"
#include "reslab/models/evaluation_mode.h"

namespace reslab::explain {
namespace {

struct Columns {
  std::vector<at::Tensor> probabilities, labels, losses, features;
};

at::Tensor pooled(const std::vector<models::Feature>& features) {
  RESLAB_ASSERT(!features.empty(), "the network names no features");
  return features.back().activation.to(at::kFloat).mean({2, 3}).to(at::kCPU);
}

}  // namespace

void check_scores(const at::Tensor& scores, const std::string& attempted) {
  const at::Tensor unknown = scores.isfinite().all(1).logical_not().nonzero().squeeze(1);
  if (unknown.numel() == 0) return;
  throw core::UserError(
      {.attempted = attempted,
       .found =
           core::concatenate("the network's scores aren't finite (NaN or infinite) for ", unknown.numel(), " of the ",
                             scores.size(0), " samples, first for sample ", unknown[0].item<std::int64_t>()),
       .remedy = "its weights are finite, but too large to be computed with: train it anew at a lower learning rate "
                 "(--lr), or try --precision fp32"});
}

Predictions predict(models::Network& network, const data::BatchSource& source, const train::Compute& compute,
                    const PredictionOptions& options) {
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  data::BatchSource plain = source;
  plain.pipeline = nullptr;
  data::Loader loader(std::move(plain),
                      {.batch = {.batch_size = options.batch_size, .shuffle = false, .type = compute.batch_type()}});
  Columns columns;
  while (auto batch = loader.next()) {
    std::vector<models::Feature> features;
    const at::Tensor outputs =
        network.forward(batch->images.to(compute.device), options.features ? &features : nullptr).to(at::kCPU);
    // In logarithms, so that a loss stays finite where the probability itself is too small to be held.
    const at::Tensor logarithms = network.ends_in_softmax() ? outputs.log() : at::log_softmax(outputs, 1);
    columns.probabilities.push_back(logarithms.exp());
    columns.labels.push_back(batch->labels);
    columns.losses.push_back(-logarithms.gather(1, batch->labels.unsqueeze(1)).squeeze(1));
    if (options.features) columns.features.push_back(pooled(features));
  }
  RESLAB_ASSERT(!columns.labels.empty(), "no samples to predict");
  Predictions result{.probabilities = at::cat(columns.probabilities),
                     .labels = at::cat(columns.labels),
                     .losses = at::cat(columns.losses)};
  check_scores(result.probabilities, "look at what the network says of " + source.samples.name);
  result.predicted = result.probabilities.argmax(1);
  if (options.features) result.features = at::cat(columns.features);
  return result;
}

}  // namespace reslab::explain
