#include "reslab/train/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>

namespace reslab::train {
namespace {

at::Tensor weighted_loss(const at::Tensor& outputs, const at::Tensor& targets, const recipe::LossOptions& options,
                         const at::Tensor& class_weights) {
  const at::Tensor sum = at::cross_entropy_loss(outputs, targets, class_weights.to(outputs.scalar_type()),
                                                at::Reduction::Sum, /*ignore_index=*/-100, options.label_smoothing);
  if (options.reduction == "sum") return sum;
  return sum / (targets.dim() == 1 ? class_weights.index_select(0, targets).sum() : targets.mv(class_weights).sum());
}

}  // namespace

at::Tensor loss_of(const at::Tensor& outputs, const at::Tensor& targets, const recipe::LossOptions& options,
                   const std::vector<at::Tensor>& parameters, const at::Tensor& class_weights) {
  RECORD_FUNCTION("reslab::loss", std::vector<c10::IValue>());
  const auto reduction = options.reduction == "sum" ? at::Reduction::Sum : at::Reduction::Mean;
  at::Tensor loss = class_weights.defined() ? weighted_loss(outputs, targets, options, class_weights)
                                            : at::cross_entropy_loss(outputs, targets, /*weight=*/{}, reduction,
                                                                     /*ignore_index=*/-100, options.label_smoothing);
  if (options.l1 > 0)
    for (const at::Tensor& parameter : parameters) loss = loss + options.l1 * parameter.abs().sum();
  return loss;
}

at::Tensor balancing_weights(const at::Tensor& labels, std::int64_t classes) {
  const at::Tensor counts = at::bincount(labels, /*weights=*/{}, classes).to(at::kDouble);
  const at::Tensor occurs = counts.gt(0);
  const at::Tensor alike = counts.sum() / occurs.sum();  // samples of each class, if all had as many
  return at::where(occurs, alike / counts, at::zeros_like(counts)).to(at::kFloat);
}

double loss_scale(const recipe::LossOptions& options, std::int64_t samples) {
  return options.reduction == "sum" ? static_cast<double>(samples) : 1;
}

}  // namespace reslab::train
