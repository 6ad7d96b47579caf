#include "reslab/report/run_page.h"

#include <ATen/TensorOperators.h>

#include <nlohmann/json.hpp>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/json_text.h"
#include "reslab/core/nearest.h"
#include "reslab/core/order.h"
#include "reslab/core/quantity.h"
#include "reslab/core/version.h"
#include "reslab/image/png.h"
#include "reslab/models/summary.h"
#include "reslab/recipe/entries.h"
#include "reslab/report/seen_in_training.h"
#include "reslab/report/test_sets.h"
#include "reslab/track/environment.h"
#include "reslab/track/run_summary.h"
#include "reslab/track/tested_part.h"

namespace reslab::report {
namespace {

using core::concatenate;
using Json = nlohmann::ordered_json;

constexpr std::size_t steps_shown = 800;  // of all runs together: more than a screen has columns

// 10,000
std::string counted(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

// ---- environment ----

std::string text_of(const std::string& key, const Json& value) {
  if (key.ends_with("_bytes") && value.is_number_unsigned()) return core::size_text(value.get<std::uint64_t>());
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_null() ? "none" : core::json_text(value);
  std::string list;
  for (const Json& item : value) list += (list.empty() ? "" : " ") + text_of("", item);
  return list;
}

void flatten(const Json& json, const std::string& prefix, std::vector<Entry>& entries) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object())
      flatten(value, prefix + key + ".", entries);
    else
      entries.emplace_back(prefix + key, text_of(key, value));
  }
}

}  // namespace

std::vector<Entry> environment_entries(const track::RunFolder& run) {
  const Json json = Json::parse(core::read_text(run.environment(), std::size_t{1} << 20), nullptr, false);
  std::vector<Entry> entries;
  if (json.is_object()) flatten(json, "", entries);
  return entries;
}

namespace {

std::string entry(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::ranges::find_if(entries, [&](const Entry& one) { return one.first == name; });
  return found == entries.end() ? "" : found->second;
}

// ---- headlines ----

void add_accuracies(PageRun& page, const track::RunFolder& run, const recipe::Recipe& recipe, bool complete) {
  const track::EpochRow& last = page.epochs.back();
  // A folder's name; the whole path would tell strangers where it lay.
  const std::string dataset = std::filesystem::path(recipe.data.name).filename().string();
  const bool by_views = complete && recipe.evaluation.views != "one";
  if (by_views) page.views = train::describe(train::view_options(recipe.evaluation));
  const std::string part = track::tested_part(run, recipe, last.test_samples);
  const auto marked = [&](double share) { return track::percent(share) + (part.empty() ? "" : track::part_mark); };
  const std::string on = counted(last.test_samples) + " test images of " + dataset;
  page.headlines.push_back(
      {"Test accuracy", marked(last.test_accuracy),
       concatenate(part.empty() ? "" : track::part_note(part) + "; ", counted(last.test_correct), " of ", on,
                   ", after the last epoch (", last.epoch, "), ",
                   by_views ? "averaged over views of each (" + page.views + "), " : "",
                   entry(page.environment, "precision"), " on ", entry(page.environment, "device"))});
  page.headlines.push_back({"Test loss", track::fixed(last.test_loss, 4), "mean cross-entropy over the same images"});
  page.headlines.push_back(
      {"Top-5 accuracy",
       marked(static_cast<double>(last.test_top5) / static_cast<double>(std::max<std::int64_t>(last.test_samples, 1))),
       "the truth among the five highest scores"});
  // Accuracies with and without test-time augmentation can't be compared.
  if (!by_views) {
    const auto best = std::ranges::min_element(page.epochs, core::highest_first, &track::EpochRow::test_accuracy);
    page.headlines.push_back(
        {"Best of the epochs", marked(best->test_accuracy),
         concatenate("epoch ", best->epoch, "; told as the original tells it: found by looking at the test set")});
  }
  if (last.holdout)
    page.headlines.push_back({"Hold-out accuracy", marked(last.holdout->accuracy),
                              counted(last.holdout->samples) + " training images kept back"});
  page.headlines.push_back(
      {"Train accuracy", track::percent(last.train_accuracy), "during the last epoch, on augmented images"});
}

void add_time(PageRun& page) {
  double training = 0, testing = 0;
  for (const track::EpochRow& row : page.epochs) {
    training += row.train_seconds;
    testing += row.test_seconds;
  }
  page.headlines.push_back({"Training time", track::clock_time(training),
                            concatenate(core::counted(std::ssize(page.epochs), "epoch"), ", ",
                                        track::fixed(training / static_cast<double>(page.epochs.size()), 1),
                                        " s each; testing took ", track::clock_time(testing), " besides")});
}

// ---- network ----

std::string kind_of(const models::LayerSummary& layer) {
  return layer.kernel > 0 ? concatenate(layer.type, " ", layer.kernel, "×", layer.kernel) : layer.type;
}

// The shape without the batch.
std::string output_of(const models::LayerSummary& layer) {
  std::string text;
  for (std::size_t i = 1; i < layer.output.size(); ++i)
    text += (text.empty() ? "" : "×") + std::to_string(layer.output[i]);
  return text.empty() ? "not run" : text;
}

}  // namespace

void add_network(PageRun& page, const OpenedRun& run) {
  const serialization::WeightsMetadata& weights = run.description.weights;
  const models::Summary summary =
      models::summarise(*run.network, {.channels = weights.channels, .height = weights.height, .width = weights.width});
  for (const models::LayerSummary& layer : summary.layers)
    if (!layer.container)
      page.layers.push_back({.name = layer.path,
                             .kind = kind_of(layer),
                             .output = output_of(layer),
                             .parameters = layer.parameters,
                             .multiply_adds = layer.multiply_adds});
  const std::string trained =
      summary.trainable == summary.parameters ? "all trained" : counted(summary.trainable) + " trained";
  page.headlines.push_back({"Parameters", counted(summary.parameters), weights.model + ", " + trained});
}

namespace {

void add_note_on_weights(PageRun& page, const OpenedRun& run) {
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < page.errors->confusion.size(); ++i)
    for (std::size_t j = 0; j < page.errors->confusion.size(); ++j) {
      all += page.errors->confusion[i][j];
      right += i == j ? page.errors->confusion[i][j] : 0;
    }
  page.errors->notes.insert(
      page.errors->notes.begin(),
      concatenate(counted(all - right), " of ", counted(all), " test images are mistaken by ",
                  run.weights.filename().string(), " (after ", core::counted(run.description.epochs, "epoch"), ", ",
                  run.compute.precision(), "), each looked at as it is, by one view. Pictures of ",
                  counted(static_cast<std::int64_t>(page.errors->mistakes.size())), " are kept here."));
  if (!image::has_png())
    page.missing.emplace_back(
        "This build of reslab writes no PNG (libspng was missing): the mistakes have no pictures.");
}

// Where classes are uneven, accuracy says little of the rare ones.
void add_class_headlines(PageRun& page, const OpenedRun& run, const explain::Predictions& predictions) {
  const explain::Measures& measures = *page.errors->measures;
  if (measures.uneven && measures.balanced_accuracy)
    page.headlines.insert(page.headlines.begin() + std::min<std::ptrdiff_t>(1, std::ssize(page.headlines)),
                          {"Balanced accuracy", track::percent(*measures.balanced_accuracy),
                           "the mean recall of the classes, which are uneven, by " + run.weights.filename().string()});
  const auto seen = seen_in_training(run, predictions.predicted.eq(predictions.labels));
  if (!seen) return;
  const std::optional<double> without = seen->without.value();
  page.headlines.push_back(
      {"Accuracy without seen pictures", without ? track::percent(*without) : "–", describe(*seen)});
}

// ---- a run ----

std::vector<track::StepRow> thinned_steps(const std::vector<track::StepRow>& rows, std::size_t limit) {
  const std::size_t stride = std::max<std::size_t>(1, (rows.size() + limit - 1) / limit);
  std::vector<track::StepRow> kept;
  for (std::size_t i = 0; i < rows.size(); i += stride) kept.push_back(rows[i]);
  if (!rows.empty() && kept.back().step != rows.back().step) kept.push_back(rows.back());
  return kept;
}

void add_epochs(PageRun& page, const track::RunFolder& run, const recipe::Recipe& recipe, std::size_t runs) {
  if (std::filesystem::exists(run.metrics()))
    page.steps = thinned_steps(track::read_metrics(run.metrics()), std::max<std::size_t>(100, steps_shown / runs));
  if (std::filesystem::exists(run.epochs())) page.epochs = track::read_epochs(run.epochs());
  if (page.epochs.empty()) {
    page.missing.emplace_back("No epoch is finished yet, so there are no figures and no curves by epoch.");
    return;
  }
  const bool stopped_early = track::stopped_early(page.epochs, recipe);
  const bool complete = stopped_early || page.epochs.back().epoch >= recipe.epochs;
  add_accuracies(page, run, recipe, complete);
  add_time(page);
  if (!complete)
    page.missing.push_back(
        concatenate("The run isn't finished: ", page.epochs.back().epoch, " of ", core::counted(recipe.epochs, "epoch"),
                    ". To go on: ",
                    core::command(core::joined({{"resume", run.name()}, track::runs_option(run.path.parent_path())}))));
}

PageRun make_run(const track::RunFolder& folder, const ReportOptions& options, std::size_t runs,
                 const ReportSource& source) {
  const recipe::Recipe recipe = recipe::load_recipe(folder.recipe().string());
  PageRun page{
      .name = folder.name(), .recipe = recipe::recipe_entries(recipe), .environment = environment_entries(folder)};
  add_epochs(page, folder, recipe, runs);
  const std::filesystem::path weights = source.best ? folder.best() : folder.weights();
  if (!std::filesystem::exists(weights)) {
    page.missing.push_back(
        "There is no " + weights.filename().string() +
        ", so nothing can be said of classes and mistakes. The figures are from the run's own files.");
    return page;
  }
  if (const KnownPredictions& known = source.known; known.run != nullptr) {
    add_network(page, *known.run);
    page.errors = collect_errors(*known.run, *known.predictions, options);
    add_note_on_weights(page, *known.run);
    add_class_headlines(page, *known.run, *known.predictions);
    return page;
  }
  const OpenedRun opened = source.open(folder);
  add_network(page, opened);
  if (source.say)
    source.say(concatenate(folder.name(), ": ", opened.split().size(), " test images, up to ", options.mistakes,
                           " mistakes, nearest of ", std::min(options.nearest_among, opened.splits.train.size()),
                           " training images"));
  const explain::Predictions predictions = explain::predict(*opened.network, opened.source(), opened.compute,
                                                            {.batch_size = opened.batch_size, .features = true});
  page.errors = collect_errors(opened, predictions, options);
  add_note_on_weights(page, opened);
  add_class_headlines(page, opened, predictions);
  return page;
}

std::string subtitle(const PageRun& run, const recipe::Recipe& recipe) {
  const std::string started = entry(run.environment, "started");
  return concatenate("Recipe ", recipe.name, recipe.description.empty() ? "" : ": " + recipe.description, " · ",
                     run.epochs.size(), " of ", core::counted(recipe.epochs, "epoch"),
                     track::stopped_early(run.epochs, recipe) ? ", stopped early: no better on the hold-out" : "",
                     started.empty() ? "" : " · started " + started.substr(0, 10));
}

}  // namespace

std::string made_line() {
  const core::Version version = core::version();
  return concatenate("Made by reslab ", version.number, " (", version.commit.substr(0, 12), ") on ",
                     track::iso_time(std::chrono::system_clock::now()).substr(0, 16),
                     "Z. One file: it fetches nothing.");
}

Page make_report(const std::vector<track::RunFolder>& runs, const ReportOptions& options, const ReportSource& source) {
  RESLAB_ASSERT(!runs.empty(), "a report of no runs");
  const auto count = static_cast<std::int64_t>(runs.size());
  ReportOptions share = options;
  share.mistakes = (options.mistakes + count - 1) / count;
  share.pictures = options.pictures / count;
  Page page{.made = made_line()};
  std::vector<std::string> names;
  ReportSource from = source;
  for (const track::RunFolder& run : runs) {
    page.runs.push_back(make_run(run, share, runs.size(), from));
    from.known = {};
    names.push_back(run.name());
  }
  page.title = runs.size() == 1 ? names.front() : concatenate(runs.size(), " runs compared");
  page.subtitle = runs.size() == 1 ? subtitle(page.runs.front(), recipe::load_recipe(runs.front().recipe().string()))
                                   : core::join(names);
  // What accuracies of several runs can't be compared for stands at the top.
  if (runs.size() > 1) {
    const TestSets sets = compare_test_sets(runs);
    for (const std::string& sentence : sets.sentences) page.subtitle += " · " + sentence;
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (sets.accuracy[i])
        page.runs[i].headlines.push_back({"On common pictures", track::percent(*sets.accuracy[i]),
                                          concatenate("the ", sets.compared, " test pictures that all runs have")});
  }
  return page;
}

}  // namespace reslab::report
