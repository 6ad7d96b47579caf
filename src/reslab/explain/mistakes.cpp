#include "reslab/explain/mistakes.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/order.h"

namespace reslab::explain {
namespace {

constexpr std::int64_t samples_at_a_time = 500;

bool passes(const Mistake& mistake, const MistakeFilter& filter) {
  return (!filter.actual || *filter.actual == mistake.actual) &&
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

Mistake verdict(const Predictions& predictions, std::int64_t sample) {
  const at::Tensor row = predictions.probabilities[sample];
  const auto actual = predictions.labels[sample].item<std::int64_t>();
  const auto predicted = predictions.predicted[sample].item<std::int64_t>();
  return {.sample = sample,
          .actual = actual,
          .predicted = predicted,
          .probability = row[predicted].item<double>(),
          .actual_probability = row[actual].item<double>(),
          .loss = predictions.losses[sample].item<double>()};
}

std::vector<Mistake> find_mistakes(const Predictions& predictions, const MistakeFilter& filter) {
  RESLAB_ASSERT(filter.limit >= 0, "a limit of ", filter.limit);
  const at::Tensor wrong = predictions.predicted.ne(predictions.labels).nonzero().squeeze(1).contiguous();
  std::vector<Mistake> mistakes;
  for (std::int64_t i = 0; i < wrong.size(0); ++i) {
    const Mistake mistake = verdict(predictions, wrong.const_data_ptr<std::int64_t>()[i]);
    if (passes(mistake, filter)) mistakes.push_back(mistake);
  }
  if (filter.order == MistakeOrder::loss) std::ranges::stable_sort(mistakes, core::highest_first, &Mistake::loss);
  if (filter.limit > 0 && mistakes.size() > static_cast<std::size_t>(filter.limit))
    mistakes.resize(static_cast<std::size_t>(filter.limit));
  return mistakes;
}

std::vector<Mistake> find_mistakes(models::Network& network, const data::BatchSource& source,
                                   const train::Compute& compute, const MistakeFilter& filter) {
  RESLAB_ASSERT(filter.limit >= 0, filter.limit);
  const bool in_order = filter.order == MistakeOrder::sample && filter.limit > 0;
  if (!in_order) return find_mistakes(predict(network, source, compute), filter);
  std::vector<Mistake> found;
  for (std::int64_t begin = 0; begin < source.size(); begin += samples_at_a_time) {
    data::BatchSource part = source;
    part.samples =
        data::select(source.samples, at::arange(begin, std::min(begin + samples_at_a_time, source.size()), at::kLong));
    MistakeFilter rest = filter;
    rest.limit = filter.limit - static_cast<std::int64_t>(found.size());
    for (Mistake mistake : find_mistakes(predict(network, part, compute), rest)) {
      mistake.sample += begin;
      found.push_back(mistake);
    }
    if (static_cast<std::int64_t>(found.size()) == filter.limit) break;
  }
  return found;
}

std::vector<Mistake> suspected_labels(const Predictions& predictions) {
  const std::vector<double> thresholds = class_thresholds(predictions);
  const auto threshold = [&](std::int64_t c) { return thresholds[static_cast<std::size_t>(c)]; };
  std::vector<Mistake> suspects = find_mistakes(predictions);
  std::erase_if(suspects, [&](const Mistake& mistake) {
    // Said so that a probability or threshold that is NaN makes nobody suspect.
    return !(mistake.probability >= threshold(mistake.predicted) &&
             mistake.actual_probability < threshold(mistake.actual));
  });
  std::ranges::stable_sort(suspects, core::highest_first,
                           [](const Mistake& m) { return m.probability - m.actual_probability; });
  return suspects;
}

}  // namespace reslab::explain
