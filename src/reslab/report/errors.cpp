#include "reslab/report/errors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <set>

#include "reslab/core/error.h"
#include "reslab/data/split.h"
#include "reslab/explain/calibration.h"
#include "reslab/explain/class_activation.h"
#include "reslab/explain/class_measures.h"
#include "reslab/explain/neighbours.h"
#include "reslab/report/shown_image.h"

namespace reslab::report {
namespace {

using explain::Mistake;
using explain::Predictions;

constexpr std::int64_t map_side = 16;       // finer than any map is before it is resized to the image
constexpr std::int64_t suspects_kept = 20;  // at least
constexpr std::int64_t kept_of_cell = 3;    // at least

at::Tensor samples_of(const std::vector<Mistake>& mistakes) {
  at::Tensor samples = at::empty({static_cast<std::int64_t>(mistakes.size())}, at::kLong);
  for (std::size_t i = 0; i < mistakes.size(); ++i) samples.data_ptr<std::int64_t>()[i] = mistakes[i].sample;
  return samples;
}

// [n, side, side] uint8 of maps for `classes`.
at::Tensor byte_maps(const OpenedRun& run, const at::Tensor& images, const at::Tensor& classes,
                     const std::string& layer) {
  const at::Tensor maps =
      explain::class_activation_maps(*run.network, images, classes, {.layer = layer, .type = run.compute.activations});
  return at::adaptive_avg_pool2d(maps.unsqueeze(1), {map_side, map_side})
      .squeeze(1)
      .mul(255)
      .round()
      .clamp(0, 255)
      .to(at::kByte)
      .contiguous();
}

ByteMap map_at(const at::Tensor& maps, std::size_t index) {
  const auto* bytes = maps.const_data_ptr<std::uint8_t>() + index * map_side * map_side;
  return {bytes, bytes + map_side * map_side};
}

void add_maps(Errors& errors, const OpenedRun& run, const at::Tensor& samples, const ReportOptions& options) {
  const data::BatchMaker maker(run.source(data::select(run.split(), samples)),
                               {.batch_size = samples.size(0), .shuffle = false});
  const at::Tensor images = maker.make(maker.order(0), 0, 0).images.to(run.compute.device);
  at::Tensor predicted = at::empty_like(samples), actual = at::empty_like(samples);
  for (std::size_t i = 0; i < errors.mistakes.size(); ++i) {
    predicted.data_ptr<std::int64_t>()[i] = errors.mistakes[i].mistake.predicted;
    actual.data_ptr<std::int64_t>()[i] = errors.mistakes[i].mistake.actual;
  }
  const auto shapes = explain::feature_shapes(*run.network, images.slice(0, 0, 1));
  const std::string layer = shapes[explain::find_layer(shapes, options.layer)].name;
  const at::Tensor predicted_maps = byte_maps(run, images, predicted, layer),
                   actual_maps = byte_maps(run, images, actual, layer);
  errors.map_side = static_cast<int>(map_side);
  for (std::size_t i = 0; i < errors.mistakes.size(); ++i) {
    errors.mistakes[i].predicted_map = map_at(predicted_maps, i);
    errors.mistakes[i].actual_map = map_at(actual_maps, i);
  }
  errors.notes.push_back("The heat is Grad-CAM on " + layer +
                         ": bright where the network found what speaks for that class.");
}

// Every so-manyth training sample, `count` in all.
at::Tensor spread_samples(std::int64_t samples, std::int64_t count) {
  return at::arange(count, at::kLong).mul(samples).div(count, "floor");
}

void add_nearest(Errors& errors, const OpenedRun& run, const at::Tensor& features, const ReportOptions& options) {
  const data::Split& train = run.splits.train;
  const data::ImageFit fit = run.source().transform.fit;
  const std::int64_t among = std::min(options.nearest_among, train.size());
  const std::int64_t shown = static_cast<std::int64_t>(errors.mistakes.size());
  const std::int64_t with_nearest =
      std::min(shown, (options.pictures - shown) / std::max<std::int64_t>(options.nearest, 1));
  if (among <= 0 || options.nearest <= 0 || with_nearest <= 0) return;
  const at::Tensor ids = spread_samples(train.size(), among);
  const Predictions seen = explain::predict(*run.network, run.source(data::select(train, ids)), run.compute,
                                            {.batch_size = run.batch_size, .features = true});
  const auto nearest = explain::nearest_neighbours(seen.features, features.slice(0, 0, with_nearest), options.nearest);
  for (std::size_t i = 0; i < nearest.size(); ++i)
    for (const explain::Neighbour& neighbour : nearest[i]) {
      const std::int64_t sample = ids[neighbour.sample].item<std::int64_t>();
      errors.mistakes[i].nearest.push_back({.sample = sample,
                                            .label = train.label(sample),
                                            .similarity = neighbour.similarity,
                                            .image = shown_image(train, sample, fit)});
    }
  errors.notes.push_back(core::concatenate("Nearest training images: of ", among, " of the ", train.size(),
                                           " those whose features are most like the mistake's (cosine), for the ",
                                           with_nearest, " mistakes of the highest loss."));
}

void add_cards(Errors& errors, const OpenedRun& run, const std::vector<Mistake>& chosen) {
  const data::ImageFit fit = run.source().transform.fit;
  for (const Mistake& mistake : chosen)
    errors.mistakes.push_back({.mistake = mistake, .image = shown_image(run.split(), mistake.sample, fit)});
}

}  // namespace

std::vector<Mistake> choose_mistakes(const Predictions& predictions, std::int64_t limit) {
  const std::vector<Mistake> all = explain::find_mistakes(predictions, {.order = explain::MistakeOrder::loss});
  if (static_cast<std::int64_t>(all.size()) <= limit) return all;
  std::set<std::int64_t> kept;
  const auto keep = [&](const Mistake& mistake) {
    if (static_cast<std::int64_t>(kept.size()) < limit) kept.insert(mistake.sample);
  };
  const std::vector<Mistake> suspects = explain::suspected_labels(predictions);
  for (std::size_t i = 0; i < suspects.size() && i < suspects_kept; ++i) keep(suspects[i]);
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> of_cell;
  for (const Mistake& mistake : all)
    if (of_cell[{mistake.actual, mistake.predicted}]++ < kept_of_cell) keep(mistake);
  for (const Mistake& mistake : all) keep(mistake);
  std::vector<Mistake> chosen;
  for (const Mistake& mistake : all)
    if (kept.contains(mistake.sample)) chosen.push_back(mistake);
  return chosen;
}

std::map<std::int64_t, std::int64_t> suspect_ranks(const Predictions& predictions) {
  const std::vector<Mistake> suspects = explain::suspected_labels(predictions);
  std::map<std::int64_t, std::int64_t> ranks;
  for (std::size_t i = 0; i < suspects.size(); ++i) ranks[suspects[i].sample] = static_cast<std::int64_t>(i) + 1;
  return ranks;
}

Errors show_chosen(const OpenedRun& run, const std::vector<Mistake>& chosen, const at::Tensor& features,
                   const ReportOptions& options) {
  Errors errors{.classes = run.split().classes()};
  add_cards(errors, run, chosen);
  add_maps(errors, run, samples_of(chosen), options);
  add_nearest(errors, run, features, options);
  return errors;
}

Errors collect_errors(const OpenedRun& run, const Predictions& predictions, const ReportOptions& options) {
  const std::vector<Mistake> chosen = choose_mistakes(predictions, options.mistakes);
  Errors errors{.classes = run.split().classes()};
  if (!chosen.empty())
    errors = show_chosen(run, chosen, predictions.features.index_select(0, samples_of(chosen)), options);
  errors.confusion = explain::confusion_counts(predictions);
  errors.measures = explain::measure_classes(predictions.labels, predictions.predicted, predictions.probabilities);
  const std::map<std::int64_t, std::int64_t> ranks = suspect_ranks(predictions);
  for (MistakeCard& card : errors.mistakes)
    if (const auto rank = ranks.find(card.mistake.sample); rank != ranks.end()) card.suspect = rank->second;
  return errors;
}

}  // namespace reslab::report
