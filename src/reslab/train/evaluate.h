// Evaluation of a network on a data set, without augmentation, in evaluation mode.
#pragma once

#include <functional>

#include "reslab/data/batch_maker.h"
#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"
#include "reslab/train/events.h"

namespace reslab::train {

/// Of each image, whose outputs are averaged: test-time augmentation.
enum class Views {
  one,     ///< itself
  mirror,  ///< and its mirror image, half each
  six,     ///< both, a quarter each, and both shifted by a pixel up-left and down-right, an eighth each
  ten,     ///< likewise, but shifted up-right and down-left as well: a sixteenth each
};

/// "one", "mirror", "six" or "ten".
Views views_named(const std::string& name);
const char* name(Views views);

/// Test-time augmentation: which views of an image are averaged, and of which images.
struct ViewOptions {
  Views views = Views::one;
  /// Of the images, in (0, 1]: all are seen once, and so many of them, those whose highest probability is lowest, by
  /// the other views too. Of equals the earlier in the data set comes first.
  double share = 1;
};

/// As a recipe has it.
ViewOptions view_options(const recipe::EvaluationSettings& settings);

/// "six", or "six, of the least confident 25 %".
std::string describe(const ViewOptions& options);

/// Passes through the network that an image takes on average.
double passes_of(const ViewOptions& options);

/// The network's outputs for images [n, c, h, w], averaged over the views (test-time augmentation). `first`: those of
/// the images themselves, where they are known.
at::Tensor forward_views(models::Network& network, const at::Tensor& images, Views views, const at::Tensor& first = {});

struct EvaluationOptions {
  std::int64_t batch_size = 500;   ///< samples, ≥ 1
  std::int64_t limit_batches = 0;  ///< only the first so many batches; 0 for all
  ViewOptions views{};
  /// Asked after each batch; where it says yes, evaluate throws EvaluationGivenUp.
  std::function<bool()> give_up = {};
};

/// What evaluate throws when it was asked to give up: no error, and nothing is known.
struct EvaluationGivenUp {};

/// What evaluate adds sample by sample.
struct EvaluationDetail {
  at::Tensor outputs;    ///< [samples, classes], fp32, CPU: what the network gave
  at::Tensor losses;     ///< [samples], fp32, CPU
  at::Tensor confusion;  ///< [classes, classes], int64, CPU: rows are true labels, columns predictions
};

/// Loss (cross-entropy without smoothing), top-1 and top-5 of `network` on the samples of `source`, whose pipeline
/// isn't used. Leaves the network in the mode in which it found it. Fills `detail` when it is given. Accuracy doesn't
/// depend on batch_size; sum_of_batch_means does.
Evaluation evaluate(models::Network& network, data::BatchSource source, const Compute& compute,
                    const EvaluationOptions& options, EvaluationDetail* detail = nullptr);

}  // namespace reslab::train
