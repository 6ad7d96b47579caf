#include "reslab/optim/muon.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::optim {

at::Tensor orthogonalise(const at::Tensor& matrix, const MuonOptions& options) {
  constexpr double eps = 1e-7;
  const bool tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = tall ? matrix.t() : matrix;
  x = x / (x.norm() + eps);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const at::Tensor gram = x.mm(x.t());
    x = options.a * x + at::addmm(gram, gram, gram, options.b, options.c).mm(x);
  }
  return tall ? x.t() : x;
}

Muon::Muon(std::vector<Group> groups, const MuonOptions& options) : Optimizer(std::move(groups)), options_(options) {
  for (const at::Tensor& parameter : parameters())
    RESLAB_ASSERT(parameter.dim() >= 2, "Muon is for matrices, not for shape ", parameter.sizes());
}

void Muon::step(double lr, double momentum) {
  const torch::NoGradGuard no_grad;
  for_each([&](at::Tensor parameter, at::Tensor buffer, double weight_decay) {
    at::Tensor gradient = parameter.grad();
    if (weight_decay != 0) gradient = gradient.add(parameter, weight_decay);
    if (options_.normalise_weights)
      parameter.mul_(std::sqrt(static_cast<double>(parameter.size(0))) / parameter.norm().item<double>());
    buffer.mul_(momentum).add_(gradient);
    const at::Tensor update = gradient.add(buffer, momentum);
    parameter.sub_(orthogonalise(update.reshape({update.size(0), -1}), options_).reshape(update.sizes()), lr);
  });
}

}  // namespace reslab::optim
