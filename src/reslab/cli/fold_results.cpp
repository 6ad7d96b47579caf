#include "reslab/cli/fold_results.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_softmax.h>

#include <iostream>
#include <utility>

#include "reslab/cli/campaign.h"
#include "reslab/cli/format.h"
#include "reslab/cli/written_files.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/explain/mistakes.h"
#include "reslab/report/csv.h"
#include "reslab/report/mistakes.h"
#include "reslab/report/page.h"
#include "reslab/track/progress.h"
#include "reslab/train/evaluate.h"

namespace reslab::cli {
namespace {

using explain::Predictions;

// The figures that the folds give together.
struct Together {
  std::int64_t correct = 0, all = 0;
  track::Summary percent;                   // of the folds' accuracies
  std::vector<std::int64_t> right, tested;  // by fold

  double percent_of_all() const { return 100 * static_cast<double>(correct) / static_cast<double>(all); }
};

const char* const about_the_interval =
    "The interval is Student's t over the folds, as if they were independent. They aren't, since their networks "
    "trained on mostly the same pictures: it is too narrow as a rule, and no unbiased estimate of the variance exists "
    "(Bengio & Grandvalet 2004).";

// What one fold's network says of its pictures, by the recipe's views; features by one view.
Predictions predict_fold(const OpenedRun& opened) {
  Predictions one_view = explain::predict(*opened.network, opened.source(), opened.compute,
                                          {.batch_size = opened.batch_size, .features = true});
  if (opened.views.views == train::Views::one) return one_view;
  train::EvaluationDetail detail;
  train::evaluate(*opened.network, opened.source(), opened.compute,
                  {.batch_size = opened.batch_size, .views = opened.views}, &detail);
  explain::check_scores(detail.outputs, "look at what the network says of " + opened.split().name);
  const at::Tensor logarithms =
      opened.network->ends_in_softmax() ? detail.outputs.log() : at::log_softmax(detail.outputs, 1);
  Predictions predictions{.probabilities = logarithms.exp(),
                          .predicted = detail.outputs.argmax(1),
                          .labels = one_view.labels,
                          .losses = -logarithms.gather(1, one_view.labels.unsqueeze(1)).squeeze(1),
                          .features = one_view.features};
  return predictions;
}

void put(at::Tensor& all, const at::Tensor& ids, const at::Tensor& rows, std::int64_t samples) {
  if (!all.defined()) {
    std::vector<std::int64_t> shape(rows.sizes().begin(), rows.sizes().end());
    shape.front() = samples;
    all = at::empty(shape, rows.options());
  }
  all.index_copy_(0, ids, rows);
}

Together add_up(const FoldResults& results, const report::FoldPredictions& seen) {
  const auto folds = static_cast<std::size_t>(results.folded.count());
  Together together{.all = seen.predictions.size(),
                    .right = std::vector<std::int64_t>(folds),
                    .tested = std::vector<std::int64_t>(folds)};
  const at::Tensor right = seen.predictions.predicted.eq(seen.predictions.labels).contiguous();
  for (std::size_t id = 0; id < seen.fold_of.size(); ++id) {
    const auto fold = static_cast<std::size_t>(seen.fold_of[id]);
    ++together.tested[fold];
    together.right[fold] += right.const_data_ptr<bool>()[id] ? 1 : 0;
  }
  std::vector<double> percents;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    together.correct += together.right[fold];
    percents.push_back(100 * static_cast<double>(together.right[fold]) / static_cast<double>(together.tested[fold]));
  }
  together.percent = track::summarise(percents);
  return together;
}

void print_figures(const FoldResults& results, const Together& together) {
  std::cout << "\nfold   pictures   accuracy    one view   seconds\n";
  for (std::size_t fold = 0; fold < results.rows.size(); ++fold) {
    const track::CampaignRow& row = results.rows[fold];
    std::cout << format("%4zu %10lld %8.2f %% %9.2f %% %9.1f\n", fold + 1,
                        static_cast<long long>(together.tested[fold]),
                        100 * static_cast<double>(together.right[fold]) / static_cast<double>(together.tested[fold]),
                        100 * row.one_view_accuracy, row.seconds);
  }
  std::cout << results.recipe.name << ", " << core::counted(results.folded.count(), "fold") << ", seed "
            << results.recipe.seed << ": accuracy over all pictures " << format("%.2f %%", together.percent_of_all())
            << " (" << together.correct << " of " << together.all
            << "), views: " << train::describe(train::view_options(results.recipe.evaluation)) << '\n'
            << "mean over the folds " << mean_text(together.percent) << '\n'
            << about_the_interval << '\n';
}

std::vector<report::Headline> headlines(const FoldResults& results, const Together& together) {
  std::vector<report::Headline> lines;
  lines.push_back({"Accuracy over all pictures", format("%.2f %%", together.percent_of_all()),
                   core::concatenate(together.correct, " of ", core::counted(together.all, "picture"),
                                     ", each by the network of the fold that didn't train on it, after its last epoch; "
                                     "views: ",
                                     train::describe(train::view_options(results.recipe.evaluation)))});
  lines.push_back({"Mean over the folds",
                   format("%.2f ± %.2f %%", together.percent.mean, together.percent.half_interval),
                   core::concatenate("95 % interval by Student's t over ", together.percent.n,
                                     " folds, as if they were independent: too narrow as a rule")});
  lines.push_back({"Standard deviation", format("%.2f points", together.percent.deviation),
                   format("of the folds' accuracies, %.2f to %.2f %%", together.percent.least, together.percent.most)});
  for (std::size_t fold = 0; fold < together.right.size(); ++fold)
    lines.push_back({core::concatenate("Fold ", fold + 1),
                     format("%.2f %%", 100 * static_cast<double>(together.right[fold]) /
                                           static_cast<double>(together.tested[fold])),
                     core::concatenate(together.right[fold], " of ", core::counted(together.tested[fold], "picture"),
                                       "; run ", results.runs[fold].name())});
  return lines;
}

// mistakes.csv, and mistakes.png with `pictures`. What a campaign without mistakes had before is of no use.
report::WrittenFiles write_all_mistakes(const FoldResults& results, const Predictions& predictions, bool pictures) {
  report::WrittenFiles written;
  const std::vector<explain::Mistake> mistakes =
      explain::find_mistakes(predictions, {.order = explain::MistakeOrder::loss});
  if (mistakes.empty()) {
    std::cerr << "no mistakes: there is no mistakes.csv\n";
    return written;
  }
  const OpenedRun opened = results.open(0);
  const data::Split all = data::range_of(opened.split().info().name, opened.split().source, 0, predictions.size());
  const report::MistakesReport report{
      .samples = all,
      .predictions = predictions,
      .mistakes = mistakes,
      .title = core::concatenate(all.name, ": ", mistakes.size(), " mistakes in ", results.folded.count(),
                                 " folds, the highest loss first"),
      .fit = opened.source().transform.fit,
      .file_of = opened.file_of};
  if (pictures) return report::write_mistakes(results.folder, report);
  written.paths.push_back(results.folder / "mistakes.csv");
  core::write_file(written.paths.back(), report::mistakes_csv(report));
  return written;
}

}  // namespace

report::FoldPredictions predict_folds(const FoldResults& results) {
  report::FoldPredictions seen{.fold_of = results.folded.fold_of()};
  const auto samples = std::ssize(seen.fold_of);
  std::int64_t predicted = 0;
  for (std::size_t fold = 0; fold < results.runs.size(); ++fold) {
    const OpenedRun opened = results.open(fold);
    const Predictions of_fold = predict_fold(opened);
    const at::Tensor& ids = opened.split().ids;
    put(seen.predictions.probabilities, ids, of_fold.probabilities, samples);
    put(seen.predictions.predicted, ids, of_fold.predicted, samples);
    put(seen.predictions.labels, ids, of_fold.labels, samples);
    put(seen.predictions.losses, ids, of_fold.losses, samples);
    put(seen.predictions.features, ids, of_fold.features, samples);
    predicted += ids.size(0);
  }
  RESLAB_ASSERT(predicted == samples, predicted, " of ", samples);
  return seen;
}

std::string predictions_csv(const pictures::Folded& folded, const Predictions& predictions) {
  const pictures::PictureSet& set = folded.set();
  std::string text = "path,label,prediction,probability,fold";
  for (const std::string& name : set.classes) text += "," + report::csv_field("p_" + name);
  text += '\n';
  const at::Tensor probabilities = predictions.probabilities.contiguous();
  const std::size_t classes = set.classes.size();
  for (std::size_t id = 0; id < set.pictures.size(); ++id) {
    const float* const row = probabilities.const_data_ptr<float>() + id * classes;
    const auto predicted = static_cast<std::size_t>(predictions.predicted.const_data_ptr<std::int64_t>()[id]);
    text += report::csv_field(set.pictures[id].path) + ',' +
            report::csv_field(set.classes[static_cast<std::size_t>(set.pictures[id].label)]) + ',' +
            report::csv_field(set.classes[predicted]) + ',' + report::csv_number(row[predicted]) +
            core::concatenate(',', folded.fold_of()[id] + 1);
    for (std::size_t i = 0; i < classes; ++i) text += ',' + report::csv_number(row[i]);
    text += '\n';
  }
  return text;
}

void tell_results(const FoldResults& results, bool pictures) {
  report::FoldPredictions seen = predict_folds(results);
  seen.predictions.predicted = seen.predictions.predicted.contiguous();
  const Together together = add_up(results, seen);
  report::WrittenFiles written;
  written.paths = {results.folder / "folds.csv", results.folder / "campaign.csv", results.folder / "predictions.csv"};
  core::write_file(written.paths.back(), predictions_csv(results.folded, seen.predictions));
  const report::WrittenFiles mistakes = write_all_mistakes(results, seen.predictions, pictures);
  written.paths.insert(written.paths.end(), mistakes.paths.begin(), mistakes.paths.end());
  if (pictures) {
    const report::Page page = report::make_folds_page({.name = results.folder.filename().string(),
                                                       .seen = seen,
                                                       .runs = results.runs,
                                                       .headlines = headlines(results, together),
                                                       .notes = {about_the_interval}},
                                                      {}, results.open);
    written.paths.push_back(results.folder / "report.html");
    core::write_file(written.paths.back(), report::render_page(page));
  }
  print_figures(results, together);
  print_written(written);
}

}  // namespace reslab::cli
