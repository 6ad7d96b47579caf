// What a training minimises: cross-entropy, with the recipe's label smoothing, reduction and L1 term.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::train {

/// The loss of a batch: a scalar with a gradient, on the device of `outputs`. outputs: [samples, classes], logits.
/// targets: [samples], int64, or soft labels, [samples, classes], fp32, whose rows sum to 1. parameters: those that the
/// L1 term sums over.
at::Tensor loss_of(const at::Tensor& outputs, const at::Tensor& targets, const recipe::LossOptions& options,
                   const std::vector<at::Tensor>& parameters);

/// The loss divided by the mean over the samples: 1, or the number of samples where the recipe sums over them.
double loss_scale(const recipe::LossOptions& options, std::int64_t samples);

}  // namespace reslab::train
