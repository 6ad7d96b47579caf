#include "reslab/schedule/resolution.h"

#include <algorithm>
#include <functional>

#include "reslab/core/error.h"

namespace reslab::schedule {
namespace {

std::string text_of(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += core::concatenate(text.empty() ? "" : ", ", number);
  return "[" + text + "]";
}

void check(const ResolutionOptions& options) {
  const bool ascending = std::ranges::adjacent_find(options.epochs, std::greater_equal{}) == options.epochs.end();
  if (options.epochs.size() == options.sides.size() && ascending &&
      (options.epochs.empty() || options.epochs.front() == 0) &&
      std::ranges::all_of(options.sides, [](std::int64_t side) { return side >= 1; }))
    return;
  throw core::UserError(
      {.attempted = "set the images' side by epoch",
       .found = core::concatenate("epochs ", text_of(options.epochs), " and sides ", text_of(options.sides)),
       .allowed = "as many sides as epochs, the epochs rising from 0, the sides at least 1",
       .remedy = "give for example resolution.epochs = [0, 3, 6] and resolution.sides = [24, 28, 32]"});
}

}  // namespace

std::vector<std::int64_t> resolution_by_epoch(const ResolutionOptions& options, std::int64_t epochs) {
  check(options);
  std::vector<std::int64_t> sides;
  if (options.epochs.empty()) return sides;
  std::size_t place = 0;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    while (place + 1 < options.epochs.size() && options.epochs[place + 1] <= epoch) ++place;
    sides.push_back(options.sides[place]);
  }
  return sides;
}

}  // namespace reslab::schedule
