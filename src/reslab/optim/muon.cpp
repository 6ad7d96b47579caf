#include "reslab/optim/muon.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::optim {

// Each iteration is x ← q(x·xᵀ)·x with a polynomial q. All of these commute, so that the products of the long matrix
// with itself and with the polynomials are needed once, and between them everything happens on the short side.
at::Tensor orthogonalise(const at::Tensor& matrix, const MuonOptions& options) {
  constexpr double eps = 1e-7;
  // The product of a matrix with itself has no negative eigenvalues; what rounding makes of its zeros grows elevenfold
  // a step, so the product is taken anew before that counts.
  constexpr std::int64_t steps_together = 4;
  const bool tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = tall ? matrix.t() : matrix;
  x = x / (x.norm() + eps);
  at::Tensor gram = x.mm(x.t()), all;
  for (std::int64_t i = 0; i < options.steps; ++i) {
    at::Tensor q = at::addmm(gram, gram, gram, options.b, options.c);
    q.diagonal().add_(options.a);
    all = all.defined() ? all.mm(q) : q;
    if (i + 1 == options.steps || i % steps_together == steps_together - 1) {
      x = all.mm(x);
      all = at::Tensor();
      if (i + 1 < options.steps) gram = x.mm(x.t());
    } else {
      gram = gram.mm(q).mm(q);
    }
  }
  return tall ? x.t() : x;
}

namespace {

// The order of a matrix's columns makes no difference, so that filters needn't be reordered from channels-last.
at::Tensor orthogonalised_filters(const at::Tensor& filters, const MuonOptions& options) {
  const at::Tensor last = filters.dim() == 4 ? filters.permute({0, 2, 3, 1}) : filters;
  const at::Tensor result = orthogonalise(last.reshape({filters.size(0), -1}), options).reshape(last.sizes());
  return filters.dim() == 4 ? result.permute({0, 3, 1, 2}) : result;
}

}  // namespace

Muon::Muon(std::vector<Group> groups, const MuonOptions& options) : Optimizer(std::move(groups)), options_(options) {
  for (const at::Tensor& parameter : parameters())
    RESLAB_ASSERT(parameter.dim() >= 2, "Muon is for matrices, not for shape ", parameter.sizes());
}

template <typename Norm, typename Subtract>
void Muon::update(double momentum, const Norm& norm, const Subtract& subtract) {
  const at::NoGradGuard no_grad;
  for_each([&](const at::Tensor& parameter, const at::Tensor& buffer, double weight_decay) {
    at::Tensor gradient = parameter.grad();
    if (weight_decay != 0) gradient = gradient.add(parameter, weight_decay);
    if (options_.normalise_weights) parameter.mul_(std::sqrt(static_cast<double>(parameter.size(0))) / norm(parameter));
    buffer.mul_(momentum).add_(gradient);
    subtract(parameter, orthogonalised_filters(gradient.add(buffer, momentum), options_));
  });
}

void Muon::step(double lr, double momentum) {
  update(
      momentum, [](const at::Tensor& x) { return x.norm().item<double>(); },
      [&](const at::Tensor& parameter, const at::Tensor& direction) { parameter.sub_(direction, lr); });
}

void Muon::step_on_device(const at::Tensor& lr, double momentum) {
  update(
      momentum, [](const at::Tensor& x) { return x.norm(); },
      [&](const at::Tensor& parameter, const at::Tensor& direction) { parameter.sub_(direction * lr); });
}

}  // namespace reslab::optim
