#include "reslab/train/lr_suggestion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/order.h"

namespace reslab::train {
namespace {

using Points = std::span<const LrPoint>;

constexpr std::size_t dropped_at_end = 5;
constexpr std::size_t fewest_points = 4;  // for a slope and a third
constexpr std::size_t slide_apart = 15;   // points between the two marks of the rule slide

std::int64_t dropped_at_start(std::int64_t planned_steps) { return planned_steps / 10; }

Points before_nan(Points curve) {
  const auto bad = std::ranges::find_if(curve, [](const LrPoint& point) { return !std::isfinite(point.smoothed); });
  return curve.first(static_cast<std::size_t>(bad - curve.begin()));
}

// fastai drops before it cuts; the test here ends at the first loss that is no number, so that its last points are
// those before it.
Points looked_at(Points curve, std::int64_t planned_steps) {
  const Points finite = before_nan(curve);
  const auto dropped = static_cast<std::size_t>(dropped_at_start(planned_steps));
  if (finite.size() <= dropped + dropped_at_end) return {};
  return finite.subspan(dropped, finite.size() - dropped - dropped_at_end);
}

std::size_t lowest_of(Points points) {
  return static_cast<std::size_t>(std::ranges::min_element(points, core::lowest_first, &LrPoint::smoothed) -
                                  points.begin());
}

// The longest subsequence of falling losses, by its last point and length.
std::size_t valley(Points points) {
  std::vector<std::size_t> length(points.size(), 1);
  std::size_t end = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (points[i].smoothed < points[j].smoothed) length[i] = std::max(length[i], length[j] + 1);
    if (length[i] > length[end]) end = i;
  }
  // fastai counts from the point before the first one, which may be −1.
  const auto start = static_cast<std::int64_t>(end) - static_cast<std::int64_t>(length[end]);
  const double third = static_cast<double>(static_cast<std::int64_t>(end) - start) / 3;
  const std::int64_t index = start + static_cast<std::int64_t>(third) + static_cast<std::int64_t>(third / 2);
  return static_cast<std::size_t>(std::max<std::int64_t>(index, 0));
}

// Up to the lowest loss: where a test goes on after the loss has shot up, it falls steeply too, to no use.
std::size_t steep(Points points) {
  std::size_t best = 0;
  double steepest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double slope =
        (points[i + 1].smoothed - points[i].smoothed) / (std::log(points[i + 1].lr) - std::log(points[i].lr));
    if (slope < steepest) steepest = slope, best = i;
  }
  return best;
}

// Central differences, one-sided at the ends: numpy.gradient.
std::vector<double> gradient(Points points) {
  std::vector<double> slopes(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t before = i == 0 ? 0 : i - 1, after = std::min(i + 1, points.size() - 1);
    slopes[i] = (points[after].smoothed - points[before].smoothed) / static_cast<double>(after - before);
  }
  return slopes;
}

// Two marks, 15 points apart, move back from the end until the slope is nearly the same at both: the left one then
// stands before the rise.
std::size_t slide(Points points) {
  constexpr double same_slope = 0.005;
  const std::vector<double> slopes = gradient(points);
  std::size_t right = points.size() - 1, left = right - slide_apart, found = left;
  while (std::abs(slopes[right] - slopes[left]) > same_slope) {
    found = left;
    if (left == 0) break;
    --right, --left;
  }
  return found;
}

double loss_at(Points points, double lr) {
  const auto after = std::ranges::lower_bound(points, lr, {}, &LrPoint::lr);
  if (after == points.begin()) return points.front().smoothed;
  if (after == points.end()) return points.back().smoothed;
  const LrPoint &high = *after, &low = *(after - 1);
  const double share = std::log(lr / low.lr) / std::log(high.lr / low.lr);
  return low.smoothed + share * (high.smoothed - low.smoothed);
}

// From the differences of neighbours, whose trend is small; by the median, which single jumps don't move.
double noise_of(Points points) {
  std::vector<double> differences;
  for (std::size_t i = 1; i < points.size(); ++i) differences.push_back(std::abs(points[i].loss - points[i - 1].loss));
  if (differences.empty()) return 0;
  const auto middle = differences.begin() + std::ssize(differences) / 2;
  std::ranges::nth_element(differences, middle, core::lowest_first);
  constexpr double median_of_normal = 0.6745;  // of |x|, in standard deviations
  return *middle / median_of_normal / std::sqrt(2.0);
}

// What LossSmoother leaves of the variance of `count` ≥ 1 losses.
double variance_left(double weight, std::size_t count) {
  const double rest = std::pow(1 - weight, static_cast<double>(count));
  return weight / (2 - weight) * (1 - rest * rest) / ((1 - rest) * (1 - rest));
}

LrVerdict judge(const LrReading& reading) {
  if (reading.fall() < flat_below * std::abs(reading.first_loss)) return LrVerdict::flat;
  if (reading.fall() < chance_below * reading.fall_error) return LrVerdict::flat;
  return reading.smoothed_noise > noisy_above * reading.fall() ? LrVerdict::noisy : LrVerdict::fine;
}

struct NamedRule {
  LrRule rule;
  std::string_view name;
};
constexpr NamedRule rule_names[] = {{LrRule::valley, "valley"},
                                    {LrRule::steep, "steep"},
                                    {LrRule::minimum, "minimum"},
                                    {LrRule::slide, "slide"},
                                    {LrRule::lowest, "lowest"}};

}  // namespace

std::string_view name_of(LrRule rule) { return std::ranges::find(rule_names, rule, &NamedRule::rule)->name; }

std::string_view name_of(LrVerdict verdict) {
  switch (verdict) {
    case LrVerdict::fine: return "fine";
    case LrVerdict::flat: return "flat";
    case LrVerdict::noisy: break;
  }
  return "noisy";
}

LrRule lr_rule_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [rule, known] : rule_names) {
    if (known == name) return rule;
    names.emplace_back(known);
  }
  throw core::UserError({.attempted = "recommend a learning rate by '" + name + "'",
                         .found = "no rule of that name",
                         .allowed = core::join(names),
                         .remedy = core::did_you_mean(name, names)});
}

const LrSuggestion* LrReading::find(LrRule rule) const {
  const auto found = std::ranges::find(suggestions, rule, &LrSuggestion::rule);
  return found == suggestions.end() ? nullptr : &*found;
}

std::int64_t points_needed(LrRule rule, std::int64_t planned_steps) {
  const std::size_t looked_at = rule == LrRule::slide ? slide_apart + 1 : fewest_points;
  return dropped_at_start(planned_steps) + static_cast<std::int64_t>(dropped_at_end + looked_at);
}

std::int64_t steps_needed(LrRule rule) {
  std::int64_t steps = 2;
  while (points_needed(rule, steps) > steps) ++steps;
  return steps;
}

LrReading read_lr_curve(const std::vector<LrPoint>& curve, const LrReadingOptions& options) {
  LrReading reading;
  const Points all = before_nan(curve);
  const Points points = looked_at(curve, options.planned_steps);
  const auto suggest = [&](LrRule rule, double lr) { reading.suggestions.push_back({rule, lr, loss_at(all, lr)}); };
  if (points.size() >= fewest_points) {
    suggest(LrRule::valley, points[valley(points)].lr);
    suggest(LrRule::steep, points[steep(points.first(lowest_of(points) + 1))].lr);
    suggest(LrRule::minimum, points[lowest_of(points)].lr / 10);
    if (points.size() > slide_apart) suggest(LrRule::slide, points[slide(points)].lr);
    const std::size_t lowest = lowest_of(points);
    reading.first_loss = points.front().smoothed;
    reading.lowest_loss = points[lowest].smoothed;
    reading.noise = noise_of(points.first(std::max<std::size_t>(lowest + 1, fewest_points)));
    reading.smoothed_noise = reading.noise * std::sqrt(options.smoothing / (2 - options.smoothing));
    const std::size_t before = static_cast<std::size_t>(points.data() - all.data());
    reading.fall_error = reading.noise * std::sqrt(variance_left(options.smoothing, before + 1) +
                                                   variance_left(options.smoothing, before + lowest + 1));
    reading.verdict = judge(reading);
  }
  if (!all.empty()) suggest(LrRule::lowest, all[lowest_of(all)].lr);
  return reading;
}

}  // namespace reslab::train
