// Normalisations with activations, over all that they may be asked for, and what libtorch makes of them in double
// precision.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "reslab/nn/kernels/norm_activation.h"

namespace reslab::nn::test {

using kernels::Activation;
using kernels::NormActivation;

inline constexpr auto last = at::MemoryFormat::ChannelsLast;

struct Case {
  at::Tensor x, dy, residual;
  NormActivation norm;
};

struct Shape {
  std::int64_t images, channels, height, width;
};

inline Case make_case(const Shape& shape, at::ScalarType type, Activation activation, bool training = true) {
  at::manual_seed(shape.images + 7 * shape.channels + 11 * shape.height + 13 * shape.width);
  const auto map = [&] {
    return at::randn({shape.images, shape.channels, shape.height, shape.width}).contiguous(last).to(type);
  };
  const std::int64_t c = shape.channels;
  return {.x = (map() * 2 + 3).contiguous(last),
          .dy = map(),
          .residual = map(),
          .norm = {.weight = at::rand({c}) + 0.5,
                   .bias = at::randn({c}),
                   .running_mean = at::randn({c}) + 3,
                   .running_var = at::rand({c}) + 3,
                   .training = training,
                   .momentum = 0.3,
                   .eps = 1e-5,
                   .activation = activation}};
}

// The same map on a place in memory that no vector begins on.
inline at::Tensor on_no_round_place(const at::Tensor& map) {
  const at::Tensor all = at::empty({map.numel() + 1}, map.options());
  return all.slice(0, 1).view({map.size(0), map.size(2), map.size(3), map.size(1)}).permute({0, 3, 1, 2}).copy_(map);
}

struct Results {
  at::Tensor y, of_x, of_weight, of_bias, of_residual, running_mean, running_var;
};

inline at::Tensor activate(const at::Tensor& u, Activation activation) {
  switch (activation) {
    case Activation::relu: return at::relu(u);
    case Activation::gelu: return at::gelu(u);
    case Activation::silu: return at::silu(u);
    case Activation::none: break;
  }
  return u;
}

// Runs f on leaves of the case's tensors in `type`, and goes back.
template <typename F>
Results run(const Case& c, at::ScalarType type, at::ScalarType parameters, const F& f) {
  NormActivation norm = c.norm;
  norm.weight = c.norm.weight.to(parameters).clone().requires_grad_();
  norm.bias = c.norm.bias.to(parameters).clone().requires_grad_();
  norm.running_mean = c.norm.running_mean.to(parameters).clone();
  norm.running_var = c.norm.running_var.to(parameters).clone();
  const at::Tensor x = c.x.to(type).clone().requires_grad_();
  at::Tensor residual;
  if (c.residual.defined()) residual = c.residual.to(type).clone().requires_grad_();
  const at::Tensor y = f(x, norm, residual);
  y.backward(c.dy.to(y.scalar_type()));
  return {y.detach(),
          x.grad(),
          norm.weight.grad(),
          norm.bias.grad(),
          residual.defined() ? residual.grad() : at::Tensor(),
          norm.running_mean,
          norm.running_var};
}

// The largest difference, as a share of the largest value, or of `scale` where that is larger.
inline double difference(const at::Tensor& is, const at::Tensor& should_be, double scale = 0.001) {
  EXPECT_EQ(is.sizes(), should_be.sizes());
  scale = std::max(scale, should_be.abs().max().item<double>());
  return (is.to(at::kDouble) - should_be).abs().max().item<double>() / scale;
}

// What the gradient of x is made of, before its parts cancel: of two values all but nothing remains.
inline double before_cancelling(const Case& c) {
  const at::Tensor x = c.x.to(at::kDouble);
  const at::Tensor variance =
      c.norm.training ? x.var({0, 2, 3}, /*unbiased=*/false) : c.norm.running_var.to(at::kDouble);
  const at::Tensor scale = c.norm.weight / (variance + c.norm.eps).sqrt();
  return c.dy.to(at::kDouble).abs().max().item<double>() * scale.abs().max().item<double>();
}

// What the sums of the parameters' gradients are made of, the largest of all channels: by few pixels they cancel too.
struct Summed {
  double weight, bias;
};

inline Summed before_cancelling_in_sums(const Case& c) {
  const at::Tensor x = c.x.to(at::kDouble), dy = c.dy.to(at::kDouble).abs();
  const auto by_channel = [](const at::Tensor& t) { return t.to(at::kDouble).view({1, -1, 1, 1}); };
  const at::Tensor mean = c.norm.training ? x.mean({0, 2, 3}, /*keepdim=*/true) : by_channel(c.norm.running_mean);
  const at::Tensor variance =
      c.norm.training ? x.var({0, 2, 3}, /*unbiased=*/false, /*keepdim=*/true) : by_channel(c.norm.running_var);
  const auto largest = [](const at::Tensor& t) { return t.sum({0, 2, 3}).max().item<double>(); };
  return {.weight = largest(dy * (x - mean).abs() / (variance + c.norm.eps).sqrt()), .bias = largest(dy)};
}

// libtorch's operators one after the other, in double precision.
inline Results expected(const Case& c) {
  return run(c, at::kDouble, at::kDouble, [](const at::Tensor& x, const NormActivation& n, const at::Tensor& r) {
    const at::Tensor u = at::batch_norm(x, n.weight, n.bias, n.running_mean, n.running_var, n.training, n.momentum,
                                        n.eps, /*cudnn_enabled=*/false);
    if (!r.defined()) return activate(u, n.activation);
    return n.residual_first ? activate(u + r, n.activation) : activate(u, n.activation) + r;
  });
}

inline void expect_equal(const Case& c, const Results& is, const Results& should_be, double tolerance, double of_sums) {
  RC_ASSERT(difference(is.y, should_be.y) < tolerance);
  // Where the residual comes first its gradient, of the elements' type, is what that of x is made of.
  const double once_more = c.norm.residual_first && is.of_x.scalar_type() == at::kBFloat16 ? 1.0 / 256 : 0;
  RC_ASSERT(difference(is.of_x, should_be.of_x, before_cancelling(c)) < tolerance + once_more);
  const Summed scale = before_cancelling_in_sums(c);
  RC_ASSERT(difference(is.of_weight, should_be.of_weight, scale.weight) < of_sums);
  RC_ASSERT(difference(is.of_bias, should_be.of_bias, scale.bias) < of_sums);
  RC_ASSERT(difference(is.running_mean, should_be.running_mean) < 1e-5);
  RC_ASSERT(difference(is.running_var, should_be.running_var) < 1e-5);
  RC_ASSERT(is.of_residual.defined() == should_be.of_residual.defined());
  if (!is.of_residual.defined()) return;
  if (c.norm.residual_first)
    RC_ASSERT(difference(is.of_residual, should_be.of_residual, before_cancelling(c)) < tolerance);
  else
    RC_ASSERT(is.of_residual.equal(should_be.of_residual.to(is.of_residual.scalar_type())));
}

inline Case any_case(at::ScalarType type) {
  const auto size = [](int least, int below) { return *rc::gen::inRange<std::int64_t>(least, below); };
  const Shape shape{size(1, 5), size(1, 70), size(1, 9), size(2, 9)};
  const auto activation = *rc::gen::element(Activation::none, Activation::relu, Activation::gelu, Activation::silu);
  Case c = make_case(shape, type, activation, /*training=*/*rc::gen::arbitrary<bool>());
  // Of a channel without variance, as two equal values of bf16 have, libtorch divides by √eps: it has a test of its
  // own.
  const at::Tensor constant = c.x.amax({0, 2, 3}) == c.x.amin({0, 2, 3});
  c.x.select(3, 0).select(2, 0).add_(constant.to(type));
  if (*rc::gen::arbitrary<bool>()) c.residual = at::Tensor();
  c.norm.residual_first = c.residual.defined() && *rc::gen::arbitrary<bool>();
  return c;
}

// u itself: running statistics that leave x alone.
inline Case plain_case(const at::Tensor& u, Activation activation) {
  const std::int64_t c = u.size(1);
  return {.x = u,
          .dy = at::ones_like(u),
          .residual = {},
          .norm = {.weight = at::ones({c}),
                   .bias = at::zeros({c}),
                   .running_mean = at::zeros({c}),
                   .running_var = at::ones({c}),
                   .training = false,
                   .eps = 0,
                   .activation = activation}};
}

}  // namespace reslab::nn::test
