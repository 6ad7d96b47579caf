#include "reslab/augment/random_window.h"

#include <cmath>

#include "reslab/augment/elementary.h"

namespace reslab::augment {
namespace {

double uniform_in(const Range& range, core::Random& random) {
  return range.least + (range.most - range.least) * static_cast<double>(random.uniform());
}

}  // namespace

WindowShapes::WindowShapes(const Range& area, const Range& ratio, std::string_view policy) : area_(area) {
  check_range(area, {0.0001, 1}, policy, "area");
  check_range(ratio, {0.01, 100}, policy, "ratio");
  log_ratio_ = {logarithm(ratio.least), logarithm(ratio.most)};
}

Size WindowShapes::draw(Size image, core::Random& random) const {
  const double area = static_cast<double>(image.height) * image.width * uniform_in(area_, random);
  const double ratio = exponential(uniform_in(log_ratio_, random));
  return {static_cast<int>(std::rint(std::sqrt(area / ratio))), static_cast<int>(std::rint(std::sqrt(area * ratio)))};
}

Window placed(Size window, Size image, core::Random& random) {
  const auto top = static_cast<int>(random.below(static_cast<std::uint32_t>(image.height - window.height + 1)));
  const auto left = static_cast<int>(random.below(static_cast<std::uint32_t>(image.width - window.width + 1)));
  return {.top = top, .left = left, .size = window};
}

}  // namespace reslab::augment
