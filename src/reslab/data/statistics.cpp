#include "reslab/data/statistics.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <array>
#include <cmath>
#include <mutex>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

using Histogram = std::array<std::int64_t, 256>;  // pixels by value

std::vector<Histogram> count_values(const at::Tensor& images) {
  const auto channels = static_cast<std::size_t>(images.size(3));
  const auto* pixels = images.const_data_ptr<std::uint8_t>();
  std::vector<Histogram> total(channels, Histogram{});
  std::mutex mutex;
  constexpr std::int64_t grain = 1 << 18;  // pixels
  at::parallel_for(0, images.numel() / images.size(3), grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Histogram> counts(channels, Histogram{});
    const std::uint8_t* pixel = pixels + static_cast<std::size_t>(begin) * channels;
    for (std::int64_t i = begin; i < end; ++i, pixel += channels)
      for (std::size_t c = 0; c < channels; ++c) ++counts[c][pixel[c]];
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t value = 0; value < 256; ++value) total[c][value] += counts[c][value];
  });
  return total;
}

struct Moments {
  double mean = 0, std = 0;
};

Moments moments(const Histogram& histogram) {
  std::int64_t pixels = 0, sum = 0;
  for (std::size_t value = 0; value < 256; ++value) {
    pixels += histogram[value];
    sum += histogram[value] * static_cast<std::int64_t>(value);
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(pixels);
  double squares = 0;
  for (std::size_t value = 0; value < 256; ++value) {
    const double deviation = static_cast<double>(value) - mean;
    squares += static_cast<double>(histogram[value]) * deviation * deviation;
  }
  return {.mean = mean / 255, .std = std::sqrt(squares / static_cast<double>(pixels)) / 255};
}

}  // namespace

Statistics statistics(const Dataset& dataset) {
  RESLAB_ASSERT(dataset.size() > 0, dataset.name, " is empty");
  Statistics result;
  for (const Histogram& histogram : count_values(dataset.images)) {
    const auto [mean, std] = moments(histogram);
    result.mean.push_back(mean);
    result.std.push_back(std);
  }
  result.class_counts.resize(dataset.classes.size());
  const auto* labels = dataset.labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < dataset.size(); ++i) ++result.class_counts.at(static_cast<std::size_t>(labels[i]));
  return result;
}

std::vector<ConstantChannel> constant_channels(const Dataset& dataset) {
  RESLAB_ASSERT(dataset.size() > 0, dataset.name, " is empty");
  const std::int64_t channels = dataset.images.size(3);
  const auto* const pixels = dataset.images.const_data_ptr<std::uint8_t>();
  std::vector<ConstantChannel> constant;
  for (std::int64_t c = 0; c < channels; ++c) {
    std::int64_t i = c;
    while (i < dataset.images.numel() && pixels[i] == pixels[c]) i += channels;
    if (i >= dataset.images.numel()) constant.push_back({.channel = c, .value = pixels[c]});
  }
  return constant;
}

}  // namespace reslab::data
