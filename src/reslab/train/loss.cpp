#include "reslab/train/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/record_function.h>

namespace reslab::train {

at::Tensor loss_of(const at::Tensor& outputs, const at::Tensor& targets, const recipe::LossOptions& options,
                   const std::vector<at::Tensor>& parameters) {
  RECORD_FUNCTION("reslab::loss", std::vector<c10::IValue>());
  const auto reduction = options.reduction == "sum" ? at::Reduction::Sum : at::Reduction::Mean;
  at::Tensor loss = at::cross_entropy_loss(outputs, targets, /*weight=*/{}, reduction, /*ignore_index=*/-100,
                                           options.label_smoothing);
  if (options.l1 > 0)
    for (const at::Tensor& parameter : parameters) loss = loss + options.l1 * parameter.abs().sum();
  return loss;
}

double loss_scale(const recipe::LossOptions& options, std::int64_t samples) {
  return options.reduction == "sum" ? static_cast<double>(samples) : 1;
}

}  // namespace reslab::train
