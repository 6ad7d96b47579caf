#include "reslab/explain/overlay.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/nan_to_num.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reslab/core/error.h"

namespace reslab::explain {
namespace {

// values: [3 or 1, height, width], fp32, CPU; 0 is black, 1 white, and what lies beyond counts as these; NaN is black.
augment::Image picture(const at::Tensor& values) {
  RESLAB_ASSERT(values.dim() == 3 && (values.size(0) == 3 || values.size(0) == 1) && values.is_cpu(), values.sizes());
  const at::Tensor bytes = (at::nan_to_num(values, 0).clamp(0, 1) * 255)
                               .round()
                               .to(at::kByte)
                               .expand({3, -1, -1})
                               .permute({1, 2, 0})
                               .contiguous();
  const auto* data = bytes.const_data_ptr<std::uint8_t>();
  return {.height = static_cast<int>(bytes.size(0)),
          .width = static_cast<int>(bytes.size(1)),
          .channels = 3,
          .pixels = {data, data + bytes.numel()}};
}

}  // namespace

std::array<std::uint8_t, 3> jet(double value) {
  const double x = std::isnan(value) ? 0 : 4 * std::clamp(value, 0.0, 1.0);
  // Each colour is a trapezoid, and blue, green and red follow one another.
  const auto colour = [x](double centre) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(1.5 - std::abs(x - centre), 0.0, 1.0)));
  };
  return {colour(3), colour(2), colour(1)};
}

augment::Image coloured(const at::Tensor& map) {
  RESLAB_ASSERT(map.dim() == 2 && map.scalar_type() == at::kFloat && map.is_cpu(), map.sizes());
  augment::Image image{.height = static_cast<int>(map.size(0)), .width = static_cast<int>(map.size(1)), .channels = 3};
  const auto values = map.accessor<float, 2>();
  image.pixels.reserve(image.offset(image.height, 0));
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column)
      for (const std::uint8_t colour : jet(static_cast<double>(values[row][column]))) image.pixels.push_back(colour);
  return image;
}

augment::Image overlay(const augment::Image& image, const at::Tensor& map) {
  augment::Image result = coloured(map);
  RESLAB_ASSERT(image.height == result.height && image.width == result.width, image.height, " × ", image.width, ", ",
                map.sizes());
  RESLAB_ASSERT(image.channels == 3 || image.channels == 1, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < result.pixels.size(); ++i) {
    const int pixel = image.pixels[i / 3 * channels + (channels == 3 ? i % 3 : 0)];
    result.pixels[i] = static_cast<std::uint8_t>((pixel + result.pixels[i] + 1) / 2);
  }
  return result;
}

augment::Image grey(const at::Tensor& map) { return picture(map.unsqueeze(0)); }

augment::Image gradient_picture(const at::Tensor& gradient) {
  const at::Tensor centred = gradient - gradient.mean();
  return picture(centred / (10 * gradient.std(/*unbiased=*/false) + 1e-12) + 0.5);
}

}  // namespace reslab::explain
