// What a training minimises: cross-entropy, with the recipe's label smoothing, reduction and L1 term, and weights of
// the classes where it balances them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::train {

/// The loss of a batch: a scalar with a gradient, on the device of `outputs`. outputs: [samples, classes], logits.
/// targets: [samples], int64, or soft labels, [samples, classes], fp32, whose rows sum to 1. parameters: those that the
/// L1 term sums over. class_weights: [classes], fp32, on that device, or undefined for none.
///
/// With class weights w, sample i counts w of its class: for the targets t, [samples, classes], one-hot or soft, and
/// smoothed ones t', the loss is Σᵢ Σ_c w_c t'ᵢ_c (−log pᵢ_c), and as a mean it is divided by the batch's sum of
/// weights, Σᵢ Σ_c w_c tᵢ_c. For labels this is torch.nn.functional.cross_entropy(outputs, labels, weight=w,
/// label_smoothing=s); for soft labels torch's mean would divide by the number of samples instead, and a batch that
/// happens to be mixed would count otherwise than one that isn't.
at::Tensor loss_of(const at::Tensor& outputs, const at::Tensor& targets, const recipe::LossOptions& options,
                   const std::vector<at::Tensor>& parameters, const at::Tensor& class_weights = {});

/// The weight of each class by which all classes that occur count alike: n / (K · n_c) for n labels of K different
/// classes, n_c of them of class c. Their mean over the labels is 1. 0 for a class that doesn't occur. labels: [n],
/// int64, in [0, classes), CPU, at least one. The result: [classes], fp32, CPU.
at::Tensor balancing_weights(const at::Tensor& labels, std::int64_t classes);

/// The loss divided by the mean over the samples: 1, or the number of samples where the recipe sums over them.
double loss_scale(const recipe::LossOptions& options, std::int64_t samples);

}  // namespace reslab::train
