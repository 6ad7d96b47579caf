// Evaluation of a network on a data set, without augmentation, in evaluation mode.
#pragma once

#include "reslab/data/batch_maker.h"
#include "reslab/models/network.h"
#include "reslab/train/compute.h"
#include "reslab/train/events.h"

namespace reslab::train {

/// Of each image, whose outputs are averaged: test-time augmentation.
enum class Views {
  one,     ///< itself
  mirror,  ///< and its mirror image, half each
  six,     ///< both, a quarter each, and both shifted by a pixel up-left and down-right, an eighth each
};

/// "one", "mirror" or "six".
Views views_named(const std::string& name);
const char* name(Views views);

/// The network's outputs for images [n, c, h, w], averaged over the views.
at::Tensor forward_views(models::Network& network, const at::Tensor& images, Views views);

struct EvaluationOptions {
  std::int64_t batch_size = 500;   ///< samples, ≥ 1
  std::int64_t limit_batches = 0;  ///< only the first so many batches; 0 for all
  Views views = Views::one;
};

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
