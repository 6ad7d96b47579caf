#include "reslab/data/statistics.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <span>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

using Histogram = std::array<std::int64_t, 256>;  // pixels by value

using Histograms = std::vector<Histogram>;  // by channel

void count(std::span<const std::uint8_t> pixels, Histograms& counts) {
  for (std::size_t i = 0; i < pixels.size(); i += counts.size())
    for (std::size_t c = 0; c < counts.size(); ++c) ++counts[c][pixels[i + c]];
}

Histograms count_values(const Split& split, const PixelForm& form) {
  const auto channels = static_cast<std::size_t>(split.info().channels);
  Histograms total(channels, Histogram{});
  std::mutex mutex;
  constexpr std::int64_t grain = 256;  // images
  at::parallel_for(0, split.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    Histograms counts(channels, Histogram{});
    const auto reader = split.source->reader();
    augment::Image image;
    for (std::int64_t place = begin; place < end; ++place) {
      if (form.fit.kind != FitKind::none)
        reader->read_fitted(split.id(place), form.fit, image);
      else
        reader->read(split.id(place), {.least_side = form.least_side}, image);
      count(image.pixels, counts);
    }
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

Statistics statistics(const Split& split, const PixelForm& form) {
  RESLAB_ASSERT(split.size() > 0, split.name, " is empty");
  Statistics result;
  for (const Histogram& histogram : count_values(split, form)) {
    const auto [mean, std] = moments(histogram);
    result.mean.push_back(mean);
    result.std.push_back(std);
  }
  result.class_counts.resize(split.classes().size());
  for (std::int64_t place = 0; place < split.size(); ++place)
    ++result.class_counts.at(static_cast<std::size_t>(split.label(place)));
  return result;
}

std::vector<ConstantChannel> constant_channels(const Split& split) {
  RESLAB_ASSERT(split.size() > 0, split.name, " is empty");
  const auto reader = split.source->reader();
  augment::Image image;
  reader->read(split.id(0), {}, image);
  const std::vector<std::uint8_t> first(image.pixels.begin(), image.pixels.begin() + split.info().channels);
  std::vector<bool> constant(first.size(), true);
  for (std::int64_t place = 0; place < split.size(); ++place) {
    if (place > 0) reader->read(split.id(place), {}, image);
    for (std::size_t c = 0; c < first.size(); ++c)
      for (std::size_t i = c; constant[c] && i < image.pixels.size(); i += first.size())
        constant[c] = image.pixels[i] == first[c];
    if (std::ranges::find(constant, true) == constant.end()) return {};
  }
  std::vector<ConstantChannel> found;
  for (std::size_t c = 0; c < first.size(); ++c)
    if (constant[c]) found.push_back({.channel = static_cast<std::int64_t>(c), .value = first[c]});
  return found;
}

}  // namespace reslab::data
