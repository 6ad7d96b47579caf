#include "reslab/explain/class_measures.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"

namespace reslab::explain {
namespace {

constexpr double z = 1.959963984540054;  // the normal distribution's quantile of 97.5 %

// A sample's probability of a class, and whether it is of that class.
struct RankedSample {
  float probability = 0;
  bool positive = false;
};

std::vector<RankedSample> ranked(const at::Tensor& labels, const at::Tensor& probabilities, std::int64_t label) {
  const auto truth = labels.accessor<std::int64_t, 1>();
  const auto rows = probabilities.accessor<float, 2>();
  std::vector<RankedSample> samples(static_cast<std::size_t>(labels.size(0)));
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    RESLAB_ASSERT(!std::isnan(rows[i][label]), i, label);
    samples[static_cast<std::size_t>(i)] = {.probability = rows[i][label], .positive = truth[i] == label};
  }
  std::ranges::sort(samples, std::ranges::greater(), &RankedSample::probability);
  return samples;
}

double quotient(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// One pass from the highest probability to the lowest; samples of equal probability count at once.
void add_curves(ClassMeasures& measures, const std::vector<RankedSample>& samples) {
  const auto all = static_cast<std::int64_t>(samples.size());
  const std::int64_t positives = measures.samples, negatives = all - positives;
  if (positives == 0) return;
  const bool has_roc = negatives > 0;
  if (has_roc) measures.roc.push_back({.x = 0, .y = 0});
  double precision_sum = 0;
  std::int64_t right = 0, wrong = 0, half_wins = 0;  // half_wins: a pair in the right order counts 2, a tie 1
  for (std::size_t i = 0; i < samples.size();) {
    const float probability = samples[i].probability;
    std::int64_t more_right = 0, more_wrong = 0;
    for (; i < samples.size() && samples[i].probability == probability; ++i)
      ++(samples[i].positive ? more_right : more_wrong);
    right += more_right, wrong += more_wrong;
    half_wins += more_right * (2 * (negatives - wrong) + more_wrong);
    const double precision = quotient(right, right + wrong);
    precision_sum += static_cast<double>(more_right) * precision;
    measures.precision_recall.push_back({.x = quotient(right, positives), .y = precision});
    if (has_roc) measures.roc.push_back({.x = quotient(wrong, negatives), .y = quotient(right, positives)});
  }
  measures.average_precision = precision_sum / static_cast<double>(positives);
  if (has_roc)
    measures.roc_auc =
        static_cast<double>(half_wins) / (2.0 * static_cast<double>(positives) * static_cast<double>(negatives));
}

std::optional<double> mean_of(const std::vector<ClassMeasures>& classes,
                              std::optional<double> ClassMeasures::*measure) {
  double sum = 0;
  std::int64_t defined = 0;
  for (const ClassMeasures& one : classes)
    if (one.*measure) {
      sum += *(one.*measure);
      ++defined;
    }
  if (defined == 0) return std::nullopt;
  return sum / static_cast<double>(defined);
}

}  // namespace

std::optional<double> Proportion::value() const {
  if (whole == 0) return std::nullopt;
  return quotient(part, whole);
}

std::optional<Interval> Proportion::interval() const {
  if (whole == 0) return std::nullopt;
  const auto n = static_cast<double>(whole);
  const double p = quotient(part, whole), middle = p + z * z / (2 * n),
               half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)), scale = 1 + z * z / n;
  // At the ends the bound is exact, whatever the root rounds to.
  return Interval{.low = part == 0 ? 0 : std::max(0.0, (middle - half) / scale),
                  .high = part == whole ? 1 : std::min(1.0, (middle + half) / scale)};
}

Measures measure_classes(const at::Tensor& labels, const at::Tensor& predicted, const at::Tensor& probabilities) {
  RESLAB_ASSERT(probabilities.dim() == 2 && probabilities.size(0) == labels.size(0), probabilities.sizes());
  const std::vector<train::ClassCount> counts = train::count_classes(labels, predicted, probabilities.size(1));
  Measures measures{.balanced_accuracy = train::balanced_accuracy(counts),
                    .macro_precision = train::macro_precision(counts),
                    .macro_f1 = train::macro_f1(counts),
                    .uneven = train::are_uneven(counts)};
  measures.accuracy.whole = labels.size(0);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const train::ClassCount& count = counts[i];
    measures.accuracy.part += count.correct;
    ClassMeasures one{.samples = count.samples,
                      .recall = {.part = count.correct, .whole = count.samples},
                      .precision = {.part = count.correct, .whole = count.predicted},
                      .f1 = train::f1(count)};
    add_curves(one, ranked(labels, probabilities, static_cast<std::int64_t>(i)));
    measures.classes.push_back(std::move(one));
  }
  measures.macro_roc_auc = mean_of(measures.classes, &ClassMeasures::roc_auc);
  measures.macro_average_precision = mean_of(measures.classes, &ClassMeasures::average_precision);
  return measures;
}

std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& curve, std::int64_t steps) {
  RESLAB_ASSERT(steps >= 1, steps);
  std::vector<CurvePoint> kept;
  const double least = 1.0 / static_cast<double>(steps);
  for (std::size_t i = 0; i < curve.size(); ++i)
    if (i == 0 || i + 1 == curve.size() || std::abs(curve[i].x - kept.back().x) >= least ||
        std::abs(curve[i].y - kept.back().y) >= least)
      kept.push_back(curve[i]);
  return kept;
}

}  // namespace reslab::explain
