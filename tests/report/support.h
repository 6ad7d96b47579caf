// What the tests of this folder share: two small data sets and what a network might say of them.
#pragma once

#include <ATen/ATen.h>

#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/data/tensor_source.h"
#include "reslab/explain/mistakes.h"
#include "reslab/image/png.h"

namespace reslab::report {

/// `count` images of 4 × 4 pixels, sample i of colour (i, 2i, 3i) and class i % 3.
inline data::Split coloured_samples(std::int64_t count, const std::string& name = "tiny test") {
  const data::Split dataset = data::in_memory(name, at::empty({count, 4, 4, 3}, at::kByte),
                                              at::arange(count, at::kLong) % 3, {"cat", "dog", "a, \"b\""});
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t channel = 0; channel < 3; ++channel)
      dataset.tensor()[i].select(2, channel).fill_((channel + 1) * i);
  return dataset;
}

/// Every sample is taken for class 1 with p = 0.5; 0.3 for class 0 and 0.2 for class 2.
inline explain::Predictions always_dog(const data::Split& dataset) {
  const at::Tensor probabilities = at::tensor({0.3F, 0.5F, 0.2F}).repeat({dataset.size(), 1});
  return {.probabilities = probabilities,
          .predicted = probabilities.argmax(1),
          .labels = dataset.labels(),
          .losses = -probabilities.gather(1, dataset.labels().unsqueeze(1)).squeeze(1).log()};
}

inline augment::Image read_png(const std::filesystem::path& path) {
  return image::decode_png(core::read_bytes(path, 1 << 24), path.string());
}

inline bool has_gnuplot() { return core::run_process({.arguments = {"gnuplot", "--version"}}).started; }

inline std::vector<std::uint8_t> pixel(const augment::Image& image, int row, int column) {
  const auto begin = image.pixels.begin() + static_cast<std::ptrdiff_t>(image.offset(row, column));
  return {begin, begin + 3};
}

}  // namespace reslab::report
