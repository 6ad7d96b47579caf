#include "reslab/explain/imputation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <array>

#include "reslab/core/error.h"
#include "reslab/explain/random_stream.h"

namespace reslab::explain {
namespace {

constexpr double tolerance = 1e-7;  // of the residual, relative to the right-hand side
constexpr int largest_iterations = 2000;

// The weighted sum of each pixel's neighbours. values: [n, 1, h, w], double.
at::Tensor neighbour_sum(const at::Tensor& values) {
  static const at::Tensor kernel =
      at::tensor({1.0 / 12, 1.0 / 6, 1.0 / 12, 1.0 / 6, 0.0, 1.0 / 6, 1.0 / 12, 1.0 / 6, 1.0 / 12}, at::kDouble)
          .view({1, 1, 3, 3});
  return at::conv2d(values, kernel, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
}

// Σ a ⊙ b by system, as [n, 1, 1, 1].
at::Tensor dot_by_system(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum({1, 2, 3}, /*keepdim=*/true); }

// One system for each channel of each image. missing: 1 where a value is asked for, 0 elsewhere. [n, 1, h, w], double.
at::Tensor solve(const at::Tensor& values, const at::Tensor& missing) {
  const at::Tensor weights = neighbour_sum(at::ones_like(values));
  const auto apply = [&](const at::Tensor& x) { return missing * (weights * x - neighbour_sum(x)); };
  at::Tensor x = at::zeros_like(values), residual = missing * neighbour_sum(values * (1 - missing));
  at::Tensor direction = residual, squared = dot_by_system(residual, residual);
  const at::Tensor enough = squared * (tolerance * tolerance);
  for (int i = 0; i < largest_iterations && squared.gt(enough).any().item<bool>(); ++i) {
    const at::Tensor image = apply(direction);
    // A system that is solved already has nothing left to divide by.
    const at::Tensor step = squared / dot_by_system(direction, image).clamp_min(1e-300);
    x = x + step * direction;
    residual = residual - step * image;
    const at::Tensor next = dot_by_system(residual, residual);
    direction = residual + next / squared.clamp_min(1e-300) * direction;
    squared = next;
  }
  return x;
}

void add_noise(at::Tensor& values, const ImputationOptions& options) {
  auto* data = values.mutable_data_ptr<float>();
  const std::int64_t size = values[0].numel();
  for (std::int64_t i = 0; i < values.size(0); ++i, data += size) {
    core::Random random({.seed = options.seed, .stream = explain_stream, .sample = static_cast<std::uint32_t>(i)});
    for (std::int64_t j = 0; j < size; ++j) data[j] += static_cast<float>(options.noise) * random.normal();
  }
}

}  // namespace

at::Tensor impute(const at::Tensor& images, const at::Tensor& known, const ImputationOptions& options) {
  const at::NoGradGuard no_grad;
  RESLAB_ASSERT(images.dim() == 4 && images.scalar_type() == at::kFloat && known.scalar_type() == at::kBool);
  RESLAB_ASSERT(known.flatten(1).any(1).all().item<bool>(), "an image without any pixel left");
  const at::Tensor shared = known.unsqueeze(1).expand_as(images);
  const std::array<std::int64_t, 4> one_each{images.size(0) * images.size(1), 1, images.size(2), images.size(3)};
  const at::Tensor missing = shared.logical_not().reshape(one_each).to(at::kDouble);
  at::Tensor filled =
      solve(images.reshape(one_each).to(at::kDouble), missing).to(at::kFloat).view(images.sizes()).contiguous();
  if (options.noise > 0) add_noise(filled, options);
  return at::where(shared, images, filled);
}

}  // namespace reslab::explain
