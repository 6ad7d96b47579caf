#include "reslab/explain/mistakes.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::explain {
namespace {

bool passes(const Mistake& mistake, const MistakeFilter& filter) {
  return mistake.actual != mistake.predicted && (!filter.actual || *filter.actual == mistake.actual) &&
         (!filter.predicted || *filter.predicted == mistake.predicted);
}

// The mean probability that a class gets on its own samples; more than 1 for a class without samples.
std::vector<double> class_thresholds(const Predictions& predictions) {
  const auto probabilities = predictions.probabilities.accessor<float, 2>();
  const auto labels = predictions.labels.accessor<std::int64_t, 1>();
  const auto classes = static_cast<std::size_t>(predictions.probabilities.size(1));
  std::vector<double> sums(classes, 0);
  std::vector<std::int64_t> counts(classes, 0);
  for (std::int64_t i = 0; i < predictions.size(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    sums[label] += static_cast<double>(probabilities[i][labels[i]]);
    ++counts[label];
  }
  for (std::size_t c = 0; c < classes; ++c) sums[c] = counts[c] == 0 ? 2 : sums[c] / static_cast<double>(counts[c]);
  return sums;
}

}  // namespace

std::vector<Mistake> find_mistakes(const Predictions& predictions, const MistakeFilter& filter) {
  RESLAB_ASSERT(filter.limit >= 0, "a limit of ", filter.limit);
  const auto probabilities = predictions.probabilities.accessor<float, 2>();
  const auto predicted = predictions.predicted.accessor<std::int64_t, 1>();
  const auto labels = predictions.labels.accessor<std::int64_t, 1>();
  const auto losses = predictions.losses.accessor<float, 1>();
  std::vector<Mistake> mistakes;
  for (std::int64_t i = 0; i < predictions.size(); ++i) {
    const Mistake mistake{.sample = i,
                          .actual = labels[i],
                          .predicted = predicted[i],
                          .probability = static_cast<double>(probabilities[i][predicted[i]]),
                          .actual_probability = static_cast<double>(probabilities[i][labels[i]]),
                          .loss = static_cast<double>(losses[i])};
    if (passes(mistake, filter)) mistakes.push_back(mistake);
  }
  if (filter.order == MistakeOrder::loss) std::ranges::stable_sort(mistakes, std::greater(), &Mistake::loss);
  if (filter.limit > 0 && mistakes.size() > static_cast<std::size_t>(filter.limit))
    mistakes.resize(static_cast<std::size_t>(filter.limit));
  return mistakes;
}

std::vector<Mistake> suspected_labels(const Predictions& predictions) {
  const std::vector<double> thresholds = class_thresholds(predictions);
  const auto threshold = [&](std::int64_t c) { return thresholds[static_cast<std::size_t>(c)]; };
  std::vector<Mistake> suspects = find_mistakes(predictions);
  std::erase_if(suspects, [&](const Mistake& mistake) {
    return mistake.probability < threshold(mistake.predicted) ||
           mistake.actual_probability >= threshold(mistake.actual);
  });
  std::ranges::stable_sort(suspects, std::greater(),
                           [](const Mistake& m) { return m.probability - m.actual_probability; });
  return suspects;
}

}  // namespace reslab::explain
