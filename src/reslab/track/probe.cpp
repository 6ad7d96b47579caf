#include "reslab/track/probe.h"

#include <chrono>

#include "reslab/nn/conv2d.h"

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

std::optional<double> training_flop(const train::Recipe& recipe) {
  if (recipe.model.name != "custom_resnet" || recipe.data.name != "cifar10") return std::nullopt;
  constexpr double forward = 0.76e9, training = 2.27e9;  // an image
  const auto holdout = static_cast<double>(recipe.data.holdout);
  return static_cast<double>(recipe.epochs) *
         ((cifar10_train - holdout) * training + (cifar10_test + holdout) * forward);
}

}  // namespace reslab::track
