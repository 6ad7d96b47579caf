#include "reslab/augment/tone.h"

#include <algorithm>
#include <numeric>

#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

constexpr int tones = 256;

using Table = std::array<std::uint8_t, tones>;
using Histogram = std::array<std::int64_t, tones>;

// Replaces each value of a channel by its entry in the table that `table_of` makes of the channel's histogram.
template <typename TableOf>
void map_channels(Image& image, const TableOf& table_of) {
  RESLAB_ASSERT(image.channels >= 1 && image.channels <= most_channels, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  std::array<Histogram, most_channels> histograms{};
  for (std::size_t i = 0; i < image.pixels.size(); i += channels)
    for (std::size_t c = 0; c < channels; ++c) ++histograms[c][image.pixels[i + c]];
  std::array<Table, most_channels> tables{};
  for (std::size_t c = 0; c < channels; ++c) tables[c] = table_of(histograms[c]);
  for (std::size_t i = 0; i < image.pixels.size(); i += channels)
    for (std::size_t c = 0; c < channels; ++c) image.pixels[i + c] = tables[c][image.pixels[i + c]];
}

template <typename Change>
Table table_of_values(const Change& change) {
  Table table;
  for (int value = 0; value < tones; ++value)
    table[static_cast<std::size_t>(value)] = static_cast<std::uint8_t>(change(value));
  return table;
}

template <typename Change>
void map_values(Image& image, const Change& change) {
  const Table table = table_of_values(change);
  for (std::uint8_t& value : image.pixels) value = table[value];
}

int same_value(int value) { return value; }

Table stretching_table(const Histogram& histogram) {
  const auto occurs = [](std::int64_t count) { return count > 0; };
  const auto low = static_cast<int>(std::ranges::find_if(histogram, occurs) - histogram.begin());
  int high = tones - 1;
  while (high > low && histogram[static_cast<std::size_t>(high)] == 0) --high;
  if (high <= low) return table_of_values(same_value);
  // In double, for Pillow's rounding.
  const double scale = 255.0 / (high - low), offset = -low * scale;
  return table_of_values([&](int value) { return std::clamp(static_cast<int>(value * scale + offset), 0, 255); });
}

Table equalizing_table(const Histogram& histogram) {
  const std::int64_t pixels = std::accumulate(histogram.begin(), histogram.end(), std::int64_t{0});
  const auto last = std::find_if(histogram.rbegin(), histogram.rend(), [](std::int64_t count) { return count > 0; });
  const std::int64_t step = last == histogram.rend() ? 0 : (pixels - *last) / 255;
  if (step == 0) return table_of_values(same_value);
  std::int64_t before = step / 2;
  return table_of_values([&](int value) {
    const std::int64_t tone = std::min<std::int64_t>(before / step, 255);
    before += histogram[static_cast<std::size_t>(value)];
    return tone;
  });
}

}  // namespace

void stretch_contrast(Image& image) { map_channels(image, stretching_table); }

void equalize(Image& image) { map_channels(image, equalizing_table); }

void posterize(Image& image, int bits) {
  RESLAB_ASSERT(bits >= 1 && bits <= 8, bits);
  map_values(image, [&](int value) { return value & ~((1 << (8 - bits)) - 1); });
}

void solarize(Image& image, int threshold) {
  map_values(image, [&](int value) { return value < threshold ? value : 255 - value; });
}

}  // namespace reslab::augment
