#include "reslab/augment/check.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::augment {

double checked_probability(double value, std::string_view key) {
  // Written so that NaN is refused too.
  if (!(value >= 0 && value <= 1))
    throw core::UserError({.attempted = core::concatenate("set ", key, " to ", value),
                           .found = "a probability outside its range",
                           .allowed = "0 to 1"});
  return value;
}

int checked_side(std::int64_t value, std::string_view key) {
  if (value < 1 || value > largest_side)
    throw core::UserError({.attempted = core::concatenate("set ", key, " to ", value),
                           .found = "a number of pixels outside its range",
                           .allowed = core::concatenate("1 to ", largest_side)});
  return static_cast<int>(value);
}

void check_range(const Range& range, const Range& allowed, std::string_view policy, std::string_view of) {
  // Written so that NaN is refused too.
  if (range.least >= allowed.least && range.least <= range.most && range.most <= allowed.most) return;
  throw core::UserError({.attempted = core::concatenate("set ", policy, ".least_", of, " to ", range.least, " and ",
                                                        policy, ".most_", of, " to ", range.most),
                         .found = "a range that is empty or goes beyond what is allowed",
                         .allowed = core::concatenate(allowed.least, " to ", allowed.most)});
}

double checked_in(double value, const Range& allowed, std::string_view key) {
  if (!(value >= allowed.least && value <= allowed.most))
    throw core::UserError({.attempted = core::concatenate("set ", key, " to ", value),
                           .found = "a number outside its range",
                           .allowed = core::concatenate(allowed.least, " to ", allowed.most)});
  return value;
}

Size checked_enlarged(Size from, std::int64_t height, std::int64_t width, std::string_view policy) {
  if (std::max(height, width) > largest_side)
    throw core::UserError(
        {.attempted = core::concatenate("apply ", policy, " to an image of ", from.height, "×", from.width),
         .found = core::concatenate("a result of ", height, "×", width, " pixels"),
         .allowed = core::concatenate("sides of at most ", largest_side),
         .remedy = "leave such images out, or crop or stretch the images first"});
  return {static_cast<int>(height), static_cast<int>(width)};
}

std::optional<Size> checked_output_size(std::optional<Size> input, std::optional<Size> changed, double probability,
                                        std::string_view policy) {
  if (input == changed || probability == 1) return changed;
  if (probability == 0) return input;
  if (!input || !changed) return std::nullopt;
  throw core::UserError(
      {.attempted = core::concatenate("apply ", policy, " to images of ", input->height, "×", input->width),
       .found = core::concatenate("a probability of ", probability, ", so that some would become ", changed->height,
                                  "×", changed->width, " and others not"),
       .allowed = core::concatenate(policy, ".probability of 0 or 1 where the size changes")});
}

}  // namespace reslab::augment
