// The samples that a network gets wrong, and labels that may be wrong themselves.
//
//   for (const explain::Mistake& mistake : explain::find_mistakes(predictions, {.order = MistakeOrder::loss}))
#pragma once

#include <optional>
#include <vector>

#include "reslab/explain/predictions.h"

namespace reslab::explain {

struct Mistake {
  std::int64_t sample = 0;        ///< its row in the predictions
  std::int64_t actual = 0;        ///< true class
  std::int64_t predicted = 0;     ///< the class that the network gives, another than `actual`
  double probability = 0;         ///< of the predicted class, in [0, 1]
  double actual_probability = 0;  ///< of the true class, in [0, 1]
  double loss = 0;                ///< nats
};

enum class MistakeOrder {
  sample,  ///< as they come, the original's way
  loss,    ///< the highest loss first
};

struct MistakeFilter {
  std::optional<std::int64_t> actual = {}, predicted = {};  ///< only these classes
  MistakeOrder order = MistakeOrder::sample;
  std::int64_t limit = 0;  ///< only the first so many of that order; 0 for all
};

/// What the network says of the sample at place `sample` of the predictions, whether it is wrong or right.
Mistake verdict(const Predictions& predictions, std::int64_t sample);

/// The mistakes that pass the filter. Ties keep the samples' order.
std::vector<Mistake> find_mistakes(const Predictions& predictions, const MistakeFilter& filter = {});

/// The same for the network on the samples of `source`, looking at no more of them
/// than it takes to find `filter.limit` where the order allows that. Mistake::sample is the place in source.samples.
std::vector<Mistake> find_mistakes(models::Network& network, const data::BatchSource& source,
                                   const train::Compute& compute, const MistakeFilter& filter = {});

/// Mistakes whose label is suspect, the most suspect first: those where the network gives a class at least as much
/// probability as it gives that class's own samples on average, and the label less than its samples get on average.
/// Ranked by the margin between the two (confident learning: Northcutt et al. 2021, arXiv 1911.00068, the class
/// thresholds of section 3.1).
std::vector<Mistake> suspected_labels(const Predictions& predictions);

}  // namespace reslab::explain
