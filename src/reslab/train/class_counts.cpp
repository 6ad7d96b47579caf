#include "reslab/train/class_counts.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

std::optional<double> share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Of the classes for which it is defined.
template <typename Measure>
std::optional<double> mean_of(const std::vector<ClassCount>& counts, const Measure& measure) {
  double sum = 0;
  std::int64_t defined = 0;
  for (const ClassCount& count : counts)
    if (const std::optional<double> value = measure(count)) {
      sum += *value;
      ++defined;
    }
  if (defined == 0) return std::nullopt;
  return sum / static_cast<double>(defined);
}

}  // namespace

std::vector<ClassCount> count_classes(const at::Tensor& labels, const at::Tensor& predicted, std::int64_t classes) {
  RESLAB_ASSERT(labels.dim() == 1 && predicted.sizes() == labels.sizes(), labels.sizes(), predicted.sizes());
  std::vector<ClassCount> counts(static_cast<std::size_t>(classes));
  const auto truth = labels.accessor<std::int64_t, 1>(), given = predicted.accessor<std::int64_t, 1>();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    RESLAB_ASSERT(truth[i] >= 0 && truth[i] < classes && given[i] >= -1 && given[i] < classes, truth[i], given[i]);
    ++counts[static_cast<std::size_t>(truth[i])].samples;
    if (given[i] < 0) continue;
    ++counts[static_cast<std::size_t>(given[i])].predicted;
    if (given[i] == truth[i]) ++counts[static_cast<std::size_t>(given[i])].correct;
  }
  return counts;
}

std::optional<double> f1(const ClassCount& count) { return share(2 * count.correct, count.samples + count.predicted); }

std::optional<double> balanced_accuracy(const std::vector<ClassCount>& counts) {
  return mean_of(counts, [](const ClassCount& count) { return share(count.correct, count.samples); });
}

std::optional<double> macro_precision(const std::vector<ClassCount>& counts) {
  return mean_of(counts, [](const ClassCount& count) { return share(count.correct, count.predicted); });
}

std::optional<double> macro_f1(const std::vector<ClassCount>& counts) { return mean_of(counts, f1); }

bool are_uneven(const std::vector<ClassCount>& counts) {
  std::int64_t fewest = 0, most = 0;
  for (const ClassCount& count : counts) {
    if (count.samples == 0) continue;
    fewest = fewest == 0 ? count.samples : std::min(fewest, count.samples);
    most = std::max(most, count.samples);
  }
  return 2 * most >= 3 * fewest && most > 0;
}

}  // namespace reslab::train
