#include "reslab/explain/faithfulness.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reslab/core/error.h"
#include "reslab/models/evaluation_mode.h"

namespace reslab::explain {
namespace {

double mean_of(const at::Tensor& values) { return values.mean().item<double>(); }

// What is measured: the network as a function from images to the probability of each sample's class.
class Probe {
 public:
  Probe(models::Network& network, at::Tensor classes, const FaithfulnessOptions& options)
      : network_(network), classes_(std::move(classes)), options_(options) {}

  /// [n], fp32, CPU.
  at::Tensor operator()(const at::Tensor& images) const {
    const c10::Device device = network_.parameters().front().device();
    std::vector<at::Tensor> parts;
    for (std::int64_t begin = 0; begin < images.size(0); begin += options_.batch_size) {
      const std::int64_t end = std::min(begin + options_.batch_size, images.size(0));
      const at::Tensor outputs =
          network_
              .forward(images.slice(0, begin, end).to(device, options_.type).contiguous(at::MemoryFormat::ChannelsLast))
              .to(at::kCPU);
      const at::Tensor probabilities = network_.ends_in_softmax() ? outputs : outputs.softmax(1);
      parts.push_back(probabilities.gather(1, classes_.slice(0, begin, end).unsqueeze(1)).squeeze(1));
    }
    return at::cat(parts);
  }

 private:
  models::Network& network_;
  at::Tensor classes_;
  const FaithfulnessOptions& options_;
};

std::int64_t pixels_of(const at::Tensor& maps) { return maps.size(1) * maps.size(2); }

std::int64_t share_of(std::int64_t pixels, double share) { return std::llround(share * static_cast<double>(pixels)); }

void measure_road(const Probe& probe, const at::Tensor& images, const at::Tensor& before, const at::Tensor& ranks,
                  const ImputationOptions& options, Faithfulness& result) {
  constexpr int shares = 9;
  const std::int64_t pixels = pixels_of(ranks);
  for (int tenth = 1; tenth <= shares; ++tenth) {
    const std::int64_t removed = share_of(pixels, tenth / 10.0);
    result.road_most += mean_of(probe(impute(images, ranks >= removed, options)) - before) / shares;
    result.road_least += mean_of(probe(impute(images, ranks < pixels - removed, options)) - before) / shares;
  }
}

void measure_drop(const Probe& probe, const at::Tensor& images, const at::Tensor& before, const at::Tensor& maps,
                  Faithfulness& result) {
  const at::Tensor after = probe(images * maps.unsqueeze(1));
  result.drop = mean_of((before - after).clamp_min(0) / before.clamp_min(1e-12));
  result.increase = mean_of(after.gt(before).to(at::kFloat));
}

// Each channel by itself, edges repeated.
at::Tensor blurred(const at::Tensor& images) {
  const double deviation = static_cast<double>(std::max(images.size(2), images.size(3))) / 8;
  const std::int64_t radius = std::llround(2 * deviation);
  const at::Tensor line = (-(at::arange(-radius, radius + 1, at::kFloat) / deviation).square() / 2).exp();
  const at::Tensor kernel = (line / line.sum()).view({1, 1, 1, -1});
  const at::Tensor single = images.reshape({-1, 1, images.size(2), images.size(3)});
  const at::Tensor padded = at::replication_pad2d(single, {radius, radius, radius, radius});
  return at::conv2d(at::conv2d(padded, kernel), kernel.transpose(2, 3)).view(images.sizes());
}

// The area under p while `end` replaces `begin` pixel by pixel, the most relevant first (trapezoids).
double area_of_replacement(const Probe& probe, const at::Tensor& begin, const at::Tensor& end, const at::Tensor& ranks,
                           std::int64_t steps) {
  double area = 0, last = 0;
  for (std::int64_t step = 0; step <= steps; ++step) {
    const std::int64_t replaced = share_of(pixels_of(ranks), static_cast<double>(step) / static_cast<double>(steps));
    const double now = mean_of(probe(at::where((ranks < replaced).unsqueeze(1), end, begin)));
    if (step > 0) area += (last + now) / 2 / static_cast<double>(steps);
    last = now;
  }
  return area;
}

}  // namespace

at::Tensor relevance_ranks(const at::Tensor& maps) {
  // NaN last: PyTorch takes it for the highest.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const at::Tensor known = at::nan_to_num(maps.flatten(1), -infinity, infinity, -infinity);
  const at::Tensor order = known.argsort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
  const at::Tensor places = at::arange(order.size(1), at::kLong).expand_as(order);
  return at::empty_like(order).scatter_(1, order, places).view(maps.sizes());
}

Faithfulness measure_faithfulness(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                  const at::Tensor& maps, const FaithfulnessOptions& options) {
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  RESLAB_ASSERT(maps.dim() == 3 && maps.size(0) == images.size(0) && maps.size(1) == images.size(2) &&
                    maps.size(2) == images.size(3) && classes.size(0) == images.size(0),
                maps.sizes(), ", ", images.sizes());
  RESLAB_ASSERT(options.curve_steps >= 1 && options.batch_size >= 1);
  const at::Tensor ranking = maps.amax({1, 2}).gt(maps.amin({1, 2})).nonzero().squeeze(1);
  Faithfulness result{.samples = ranking.size(0), .flat = maps.size(0) - ranking.size(0)};
  if (result.samples == 0) return result;
  const at::Tensor kept = images.to(at::kCPU, at::kFloat).index_select(0, ranking);
  const at::Tensor kept_maps = maps.index_select(0, ranking), ranks = relevance_ranks(kept_maps);
  const Probe probe(network, classes.to(at::kCPU).index_select(0, ranking), options);
  const at::Tensor before = probe(kept);
  measure_road(probe, kept, before, ranks, options.imputation, result);
  measure_drop(probe, kept, before, kept_maps, result);
  result.deletion = area_of_replacement(probe, kept, at::zeros_like(kept), ranks, options.curve_steps);
  result.insertion = area_of_replacement(probe, blurred(kept), kept, ranks, options.curve_steps);
  return result;
}

}  // namespace reslab::explain
