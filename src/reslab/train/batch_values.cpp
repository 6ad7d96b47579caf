#include "reslab/train/batch_values.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

namespace reslab::train {

at::Tensor pack_values(const at::Tensor& outputs, const at::Tensor& targets, const at::Tensor& loss, double scale) {
  const at::Tensor labels = targets.dim() == 1 ? targets : targets.argmax(1);
  const at::Tensor correct = outputs.detach().argmax(1).eq(labels).sum();
  const at::Tensor mean = loss.detach().to(at::kDouble) / scale;
  return at::stack({mean, correct.to(at::kDouble), at::full({}, labels.size(0), mean.options())});
}

BatchValues read_values(const at::Tensor& values) {
  const at::Tensor read = values.cpu();
  const auto* const fields = read.const_data_ptr<double>();
  return {.loss = fields[0],
          .correct = static_cast<std::int64_t>(fields[1]),
          .samples = static_cast<std::int64_t>(fields[2])};
}

}  // namespace reslab::train
