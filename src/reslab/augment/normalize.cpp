#include "reslab/augment/normalize.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

constexpr std::size_t levels = 256;

void check(std::span<const double> mean, std::span<const double> std) {
  const auto fail = [](const std::string& found, const std::string& allowed) {
    throw core::UserError({.attempted = "normalise images", .found = found, .allowed = allowed});
  };
  if (mean.empty() || mean.size() != std.size())
    fail(core::concatenate(mean.size(), " means and ", std.size(), " standard deviations"),
         "one of each by channel (data.mean, data.std)");
  for (const double value : mean)
    if (!(value >= 0 && value <= 1)) fail(core::concatenate("a mean of ", value), "0 to 1, of pixels in [0, 1]");
  for (const double value : std)
    if (!(value >= 0) || !std::isfinite(value))
      fail(core::concatenate("a standard deviation of ", value), "finite values from 0");
}

std::vector<double> without_zeros(std::span<const double> std) {
  std::vector<double> result(std.begin(), std.end());
  std::ranges::replace(result, 0.0, 1.0);
  return result;
}

// The number of channels is a constant where it is a usual one, so that the loop unrolls.
template <typename Value, std::size_t channels>
void look_up(std::span<const std::uint8_t> pixels, const Value* table, Value* destination) {
  for (std::size_t i = 0; i < pixels.size(); i += channels)
    for (std::size_t channel = 0; channel < channels; ++channel)
      destination[i + channel] = table[channel * levels + pixels[i + channel]];
}

template <typename Value>
void write_any(const Image& image, const std::vector<Value>& table, std::span<Value> destination) {
  const std::span<const std::uint8_t> pixels = image.pixels;
  const auto channels = static_cast<std::size_t>(image.channels);
  RESLAB_ASSERT(table.size() == channels * levels && pixels.size() == destination.size(), channels, " channels, ",
                pixels.size(), " values for ", destination.size(), " places");
  switch (channels) {
    case 1: return look_up<Value, 1>(pixels, table.data(), destination.data());
    case 3: return look_up<Value, 3>(pixels, table.data(), destination.data());
    default:
      for (std::size_t i = 0; i < pixels.size(); ++i) destination[i] = table[i % channels * levels + pixels[i]];
  }
}

}  // namespace

Normalizer::Normalizer(std::span<const double> mean, std::span<const double> std)
    : channels_(static_cast<int>(mean.size())), mean_(mean.begin(), mean.end()), std_(without_zeros(std)) {
  check(mean, std);
  for (std::size_t channel = 0; channel < mean.size(); ++channel)
    for (std::size_t level = 0; level < levels; ++level)
      table_.push_back(static_cast<float>((static_cast<double>(level) / 255 - mean_[channel]) / std_[channel]));
  table_bf16_.assign(table_.begin(), table_.end());
}

void Normalizer::write(const Image& image, std::span<float> destination) const {
  write_any(image, table_, destination);
}

void Normalizer::write(const Image& image, std::span<c10::BFloat16> destination) const {
  write_any(image, table_bf16_, destination);
}

}  // namespace reslab::augment
