#include "reslab/train/probe.h"

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

#include "reslab/core/error.h"
#include "reslab/models/evaluation_mode.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/layer.h"
#include "reslab/recipe/schedule.h"
#include "reslab/train/build.h"
#include "reslab/train/evaluate.h"

namespace reslab::train {
namespace {

struct Shape {
  std::int64_t in_channels, out_channels, side;  // side in pixels
};

// Early, middle and late in the network: from many pixels of few channels to few of many.
constexpr std::array<Shape, 3> shapes{{{64, 128, 32}, {256, 512, 8}, {512, 512, 4}}};

constexpr int kernel = 3;

// Forward, gradient of the input, gradient of the weight.
constexpr double passes = 3;

double flop_of(const Shape& shape, std::int64_t images) {
  return passes * 2.0 * kernel * kernel *
         static_cast<double>(shape.in_channels * shape.out_channels * shape.side * shape.side * images);
}

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds of one forward and backward pass, the mean over about `seconds` after one that isn't counted.
double time_of(const Shape& shape, const Compute& compute, std::int64_t images, double seconds) {
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
  const double start = clock_seconds();
  int count = 0;
  do {
    static_cast<void>(pass());
    ++count;
  } while (clock_seconds() - start < seconds);
  return (clock_seconds() - start) / count;
}

// A recipe's network and optimisers, on batches of noise.
class TimedNetwork {
 public:
  TimedNetwork(const recipe::Recipe& recipe, const data::DatasetInfo& info, const Compute& compute)
      : compute_(compute), channels_(info.channels), network_(build_network(recipe, info)) {
    nn::initialise(*network_, recipe.seed);
    network_->to(compute.device);
    groups_ = build_groups(recipe, *network_, /*total_steps=*/100, /*steps_per_epoch=*/10);
  }

  /// Seconds of a forward and backward pass: of the fastest of `counted` after one that pays for memory and the
  /// kernels' choice. What else runs on the machine makes passes slower, never faster.
  double training_pass(std::int64_t images, augment::Size size, int counted) {
    const at::Tensor batch = noise(images, size);
    const at::Tensor labels = at::zeros({images}, at::TensorOptions(at::kLong).device(compute_.device));
    return fastest(counted, [&] {
      const at::Tensor loss = at::cross_entropy_loss(network_->forward(batch), labels);
      loss.backward();
      static_cast<void>(loss.item<float>());
    });
  }

  double evaluation_pass(std::int64_t images, augment::Size size, int counted = 1) {
    const at::NoGradGuard no_grad;
    const models::EvaluationMode mode(*network_);
    const at::Tensor batch = noise(images, size);
    return fastest(counted, [&] { static_cast<void>(network_->forward(batch).sum().item<float>()); });
  }

  /// Requires: gradients of a training pass.
  double optimizer_step() {
    return fastest(1, [&] {
      for (TrainedGroup& group : groups_) {
        const schedule::Setting setting = group.schedule->at(0);
        group.optimizer->step(setting.lr, setting.momentum);
      }
      static_cast<void>(network_->parameters().front().flatten()[0].item<float>());
    });
  }

 private:
  at::Tensor noise(std::int64_t images, augment::Size size) const {
    return at::randn({images, channels_, size.height, size.width},
                     at::TensorOptions().dtype(compute_.activations).device(compute_.device))
        .contiguous(at::MemoryFormat::ChannelsLast);
  }

  template <typename Work>
  static double fastest(int counted, const Work& work) {
    work();
    double seconds = std::numeric_limits<double>::infinity();
    for (int i = 0; i < counted; ++i) {
      const double start = clock_seconds();
      work();
      seconds = std::min(seconds, clock_seconds() - start);
    }
    return seconds;
  }

  Compute compute_;
  std::int64_t channels_;
  std::shared_ptr<models::Network> network_;
  std::vector<TrainedGroup> groups_;
};

// Of the images that the network is trained on, by epoch.
std::vector<augment::Size> sizes_of(const recipe::Recipe& recipe, const data::DatasetInfo& info) {
  const std::vector<std::int64_t> sides = sides_by_epoch(recipe);
  std::vector<augment::Size> sizes;
  sizes.reserve(sides.size());
  for (const std::int64_t side : sides) sizes.push_back({static_cast<int>(side), static_cast<int>(side)});
  if (!sizes.empty()) return sizes;
  const augment::Normalizer any(std::vector<double>(static_cast<std::size_t>(info.channels), 0.5),
                                std::vector<double>(static_cast<std::size_t>(info.channels), 0.5));
  const augment::Size fitted = network_size(recipe, info);
  const augment::Size size =
      recipe.data.overfit_batches > 0 ? fitted : build_pipeline(recipe, any)->common_output_size(fitted);
  sizes.assign(static_cast<std::size_t>(recipe.epochs), size);
  return sizes;
}

std::int64_t pixels_of(augment::Size size) { return std::int64_t{size.height} * size.width; }

augment::Size largest_of(const std::vector<augment::Size>& sizes) { return std::ranges::max(sizes, {}, &pixels_of); }

// Above so many images of a batch one pass is measured, not two.
constexpr std::int64_t few = 256;

// Below so many batches in all, a training is over before it would have been measured.
constexpr double few_batches = 100;

struct BatchTimes {
  std::map<std::int64_t, double> training;  // seconds of a whole batch, forward and back, by an image's pixels
  double evaluation = 0;                    // seconds an image
};

// Whole batches at one size, since memory and caches make large ones dearer than their images; the other sizes by what
// few images take beside it.
BatchTimes times_of_many(TimedNetwork& network, const std::vector<augment::Size>& sizes, augment::Size tested,
                         std::int64_t batch, std::int64_t full) {
  const augment::Size largest = largest_of(sizes);
  const double whole = network.training_pass(batch, largest, batch > few ? 1 : 2) * static_cast<double>(full) /
                       static_cast<double>(batch);
  BatchTimes times{.training = {{pixels_of(largest), whole}},
                   .evaluation = network.evaluation_pass(batch, tested) / static_cast<double>(batch)};
  double small = 0;
  for (const augment::Size size : sizes) {
    const auto [known, is_new] = times.training.try_emplace(pixels_of(size));
    if (!is_new) continue;
    if (small == 0) small = network.training_pass(std::min(batch, few), largest, 2);
    known->second = whole * network.training_pass(std::min(batch, few), size, 2) / small;
  }
  return times;
}

// What is done once a pass, such as the preparation of filters, is far more of a batch of few images than of a whole
// one: it is told apart by a quarter of the images, and counted once. The rest goes by the images' pixels.
BatchTimes times_of_few(TimedNetwork& network, const std::vector<augment::Size>& sizes, augment::Size tested,
                        std::int64_t images, std::int64_t full) {
  constexpr int counted = 2, counted_of_quarter = 3;
  const augment::Size largest = largest_of(sizes);
  const std::int64_t quarter = images / 4;
  const PassTime training = pass_time(images, network.training_pass(images, largest, counted),
                                      network.training_pass(quarter, largest, counted_of_quarter)),
                 evaluation = pass_time(images, network.evaluation_pass(images, tested, counted),
                                        network.evaluation_pass(quarter, tested, counted_of_quarter));
  BatchTimes times{.evaluation = evaluation.of(full) / static_cast<double>(full)};
  for (const augment::Size size : sizes) {
    const double share = static_cast<double>(pixels_of(size)) / static_cast<double>(pixels_of(largest));
    times.training[pixels_of(size)] = PassTime{.fixed = training.fixed, .an_image = share * training.an_image}.of(full);
  }
  return times;
}

}  // namespace

double training_rate(const Compute& compute, const ProbeOptions& options) {
  const std::int64_t images = options.images > 0 ? options.images : compute.device.is_cuda() ? 512 : 64;
  double flop = 0, seconds = 0;
  for (const Shape& shape : shapes) {
    flop += flop_of(shape, images);
    // About a quarter of the time goes into the first passes, which aren't counted.
    seconds += time_of(shape, compute, images, 0.75 * options.seconds / static_cast<double>(shapes.size()));
  }
  return flop / seconds;
}

PassTime pass_time(std::int64_t images, double seconds, double seconds_of_quarter) {
  const std::int64_t whole_quarter = images / 4;
  const auto count = static_cast<double>(images), quarter = static_cast<double>(whole_quarter);
  const double an_image = (seconds - seconds_of_quarter) / (count - quarter), mean = seconds / count;
  constexpr double least_share = 0.3;
  const double bounded = std::clamp(an_image, least_share * mean, mean);
  return {.fixed = seconds - bounded * count, .an_image = bounded};
}

std::int64_t images_for(double rate) {
  // The program's recipes take about 50 GFLOP an image in the passes that are counted and in those before them.
  constexpr double rate_of_an_image = 7e9;
  constexpr double least = 16, most = static_cast<double>(few);
  return static_cast<std::int64_t>(std::clamp(rate / rate_of_an_image, least, most));
}

double TimePlan::total() const {
  double seconds = 0;
  for (const EpochTime& epoch : epochs) seconds += epoch.training + epoch.evaluation;
  return seconds;
}

TimePlan times_after(const recipe::Recipe& recipe, const data::DatasetInfo& info, std::span<const EpochTime> measured) {
  TimePlan plan;
  double pixels = 0;
  EpochTime took;
  for (const augment::Size size : sizes_of(recipe, info)) {
    const auto of_size = static_cast<double>(pixels_of(size));
    if (plan.epochs.size() < measured.size()) {
      pixels += of_size;
      took.training += measured[plan.epochs.size()].training;
      took.evaluation += measured[plan.epochs.size()].evaluation;
    }
    plan.epochs.push_back({.training = of_size});
  }
  if (measured.empty() || took.training <= 0) return plan;
  for (EpochTime& epoch : plan.epochs) {
    epoch.training *= took.training / pixels;
    epoch.evaluation = took.evaluation / static_cast<double>(measured.size());
  }
  plan.epochs.back().evaluation *= passes_of(view_options(recipe.evaluation));
  return plan;
}

std::optional<TimePlan> training_times(const recipe::Recipe& recipe, const TimedData& data, const Compute& compute,
                                       std::int64_t most_images) {
  if (recipe.data.limit_batches > 0 || recipe.data.overfit_batches > 0 || recipe.data.holdout >= data.train)
    return std::nullopt;
  const std::int64_t samples = recipe::training_samples(recipe, data.train);
  const std::int64_t full = std::min(recipe.data.batch_size, samples), batch = std::min(full, most_images);
  // A last batch that isn't full counts by its images.
  const double batches = recipe.data.drop_last ? static_cast<double>(recipe::batches_per_epoch(recipe, samples))
                                               : static_cast<double>(samples) / static_cast<double>(full);
  if (batches * static_cast<double>(recipe.epochs) < few_batches) return std::nullopt;
  const std::vector<augment::Size> sizes = sizes_of(recipe, data.info);
  TimedNetwork network(recipe, data.info, compute);
  const BatchTimes times = batch < full && batch <= few ? times_of_few(network, sizes, data.tested, batch, full)
                                                        : times_of_many(network, sizes, data.tested, batch, full);
  const double step = network.optimizer_step() / static_cast<double>(recipe.optimizer.accumulate);
  const auto test = static_cast<double>(data.test);
  TimePlan plan;
  for (const augment::Size size : sizes)
    plan.epochs.push_back({.training = batches * (times.training.at(pixels_of(size)) + step),
                           .evaluation = (test + static_cast<double>(recipe.data.holdout)) * times.evaluation});
  // The test after the last epoch has the recipe's test-time augmentation.
  const double more_passes = passes_of(view_options(recipe.evaluation)) - 1;
  plan.epochs.back().evaluation += more_passes * test * times.evaluation;
  return plan;
}

}  // namespace reslab::train
