#include "reslab/track/probe.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "reslab/models/evaluation_mode.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/layer.h"
#include "reslab/train/build.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/recipe_schedule.h"

namespace reslab::track {
namespace {

struct Shape {
  std::int64_t in_channels, out_channels, side;  // side in pixels
};

// Early, middle and late in the network: from many pixels of few channels to few of many.
constexpr std::array<Shape, 3> shapes{{{64, 128, 32}, {256, 512, 8}, {512, 512, 4}}};

constexpr int kernel = 3;

// Forward, gradient of the input, gradient of the weight.
constexpr double passes = 3;

constexpr double cifar10_train = 50'000, cifar10_test = 10'000;  // images
constexpr std::int64_t cifar10_side = 32;                        // pixels

double flop_of(const Shape& shape, std::int64_t images) {
  return passes * 2.0 * kernel * kernel *
         static_cast<double>(shape.in_channels * shape.out_channels * shape.side * shape.side * images);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Seconds of one forward and backward pass, the mean over about `seconds` after one that isn't counted.
double time_of(const Shape& shape, const train::Compute& compute, std::int64_t images, double seconds) {
  const auto options = at::TensorOptions().dtype(compute.activations).device(compute.device);
  nn::Conv2d layer({.in_channels = shape.in_channels, .out_channels = shape.out_channels});
  core::Random random({.stream = core::Stream::test});
  layer.reset_parameters(random);
  layer.to(compute.device);
  const at::Tensor input = at::randn({images, shape.in_channels, shape.side, shape.side}, options)
                               .contiguous(at::MemoryFormat::ChannelsLast)
                               .requires_grad_(true);
  const at::Tensor gradient = at::ones({images, shape.out_channels, shape.side, shape.side}, options)
                                  .contiguous(at::MemoryFormat::ChannelsLast);
  const auto pass = [&] {
    layer.forward(input).backward(gradient);
    // A GPU works on by itself; reading a number waits for it.
    return layer.weight.grad().flatten()[0].item<float>();
  };
  static_cast<void>(pass());
  const double start = now();
  int count = 0;
  do {
    static_cast<void>(pass());
    ++count;
  } while (now() - start < seconds);
  return (now() - start) / count;
}

struct PassTimes {
  double training = 0, evaluation = 0;  // seconds
};

// Of the faster of two passes after the first, which pays for memory and the kernels' choice: what else runs on the
// machine makes passes slower, never faster.
PassTimes pass_times(const train::Recipe& recipe, const train::Compute& compute, std::int64_t images,
                     std::int64_t side) {
  const data::Dataset like_cifar10{.name = recipe.data.name,
                                   .images = at::zeros({1, 32, 32, 3}, at::kByte),
                                   .labels = at::zeros({1}, at::kLong),
                                   .classes = std::vector<std::string>(10, "class")};
  const auto network = train::build_network(recipe, like_cifar10);
  nn::initialise(*network, recipe.seed);
  network->to(compute.device);
  const at::Tensor batch =
      at::randn({images, 3, side, side}, at::TensorOptions().dtype(compute.activations).device(compute.device))
          .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor labels = at::zeros({images}, at::TensorOptions(at::kLong).device(compute.device));
  PassTimes times{.training = std::numeric_limits<double>::infinity()};
  for (int i = 0; i < 3; ++i) {
    const double start = now();
    const at::Tensor loss = at::cross_entropy_loss(network->forward(batch), labels);
    loss.backward();
    static_cast<void>(loss.item<float>());
    if (i > 0) times.training = std::min(times.training, now() - start);
  }
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(*network);
  const double start = now();
  static_cast<void>(network->forward(batch).sum().item<float>());
  times.evaluation = now() - start;
  return times;
}

// What a batch costs whatever its size, such as the transforms of filters: told from a batch of a quarter of the images
// and one of all of them, which took `whole`.
double seconds_a_batch(const train::Recipe& recipe, const train::Compute& compute, std::int64_t images, double whole) {
  const double quarter = pass_times(recipe, compute, images / 4, cifar10_side).training;
  return std::clamp((4 * quarter - whole) / 3, 0.0, whole);
}

}  // namespace

double training_rate(const train::Compute& compute, const ProbeOptions& options) {
  const std::int64_t images = options.images > 0 ? options.images : compute.device.is_cuda() ? 512 : 64;
  double flop = 0, seconds = 0;
  for (const Shape& shape : shapes) {
    flop += flop_of(shape, images);
    // About a quarter of the time goes into the first passes, which aren't counted.
    seconds += time_of(shape, compute, images, 0.75 * options.seconds / static_cast<double>(shapes.size()));
  }
  return flop / seconds;
}

std::optional<double> training_seconds(const train::Recipe& recipe, const train::Compute& compute) {
  if (recipe.data.name != "cifar10" || recipe.data.limit_batches > 0 || recipe.data.overfit_batches > 0)
    return std::nullopt;
  const std::int64_t images = std::min<std::int64_t>(recipe.data.batch_size, 256);
  const auto holdout = static_cast<double>(recipe.data.holdout);
  if (holdout >= cifar10_train) return std::nullopt;
  const PassTimes pass = pass_times(recipe, compute, images, cifar10_side);
  const double a_batch = recipe.data.batch_size > images ? seconds_a_batch(recipe, compute, images, pass.training) : 0;
  const double trained = cifar10_train - holdout, batches = trained / static_cast<double>(recipe.data.batch_size);
  std::vector<std::int64_t> sides = train::sides_by_epoch(recipe);
  if (sides.empty()) sides.assign(static_cast<std::size_t>(recipe.epochs), cifar10_side);
  std::map<std::int64_t, double> by_side{{cifar10_side, pass.training}};
  double training = 0;
  for (const std::int64_t side : sides) {
    const auto [known, is_new] = by_side.try_emplace(side);
    if (is_new) known->second = pass_times(recipe, compute, images, side).training;
    training += batches * a_batch + trained * std::max(known->second - a_batch, 0.0) / static_cast<double>(images);
  }
  const auto epochs = static_cast<double>(recipe.epochs);
  const double tests = epochs - 1 + train::passes_of(train::view_options(recipe.evaluation));
  return training + (tests * cifar10_test + epochs * holdout) * pass.evaluation / static_cast<double>(images);
}

}  // namespace reslab::track
