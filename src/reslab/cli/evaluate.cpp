// `reslab evaluate [RUN]`: how good the network of a run is, and at what.
#include "reslab/train/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softmax.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/class_text.h"
#include "reslab/cli/command.h"
#include "reslab/cli/format.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/validators.h"
#include "reslab/core/json_text.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/explain/predictions.h"
#include "reslab/report/seen_in_training.h"
#include "reslab/track/terminal.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct EvaluateFlags {
  RunFlags run;
  std::string views;  ///< "": as the run's recipe has it
  std::optional<double> views_share;
  bool json = false;
};

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

nlohmann::json evaluation_json(const train::Evaluation& result, const train::EvaluationDetail& detail,
                               const std::vector<std::string>& classes, std::int64_t limit_batches) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::int64_t i = 0; i < detail.confusion.size(0); ++i) {
    const at::Tensor row = detail.confusion[i].contiguous();
    rows.push_back(std::vector<std::int64_t>(row.data_ptr<std::int64_t>(), row.data_ptr<std::int64_t>() + row.numel()));
  }
  const nlohmann::json trained = limit_batches > 0 ? nlohmann::json(limit_batches) : nlohmann::json(nullptr);
  return {{"samples", result.samples}, {"correct", result.correct},
          {"top1", result.accuracy()}, {"top5", ratio(result.correct_top5, result.samples)},
          {"loss", result.mean_loss},  {"views", result.views},
          {"seconds", result.seconds}, {"classes", classes},
          {"confusion", rows},         {"trained_batches", trained}};
}

nlohmann::json seen_json(const std::optional<report::SeenInTraining>& seen) {
  if (!seen) return nullptr;
  const std::optional<double> without = seen->without.value();
  return {{"samples", seen->samples},
          {"others", seen->without.whole},
          {"others_correct", seen->without.part},
          {"others_top1", without ? nlohmann::json(*without) : nlohmann::json(nullptr)}};
}

// What fills a column of so many places beside a text of any letters.
std::string blanks_beside(const std::string& text, int places) {
  return std::string(static_cast<std::size_t>(std::max(0, places - track::columns_of(text))), ' ');
}

void print_confusion(const at::Tensor& confusion, const std::vector<std::string>& classes) {
  const auto cells = confusion.accessor<std::int64_t, 2>();
  std::cout << format("\nconfusion (rows: true class, columns: predicted)\n%-8s", "");
  for (const std::string& name : classes) {
    const std::string text = track::cut(core::printable(name), 6);
    std::cout << ' ' << blanks_beside(text, 6) << text;
  }
  std::cout << '\n';
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::string text = track::cut(core::printable(classes[i]), 8);
    std::cout << text << blanks_beside(text, 8);
    for (std::size_t j = 0; j < classes.size(); ++j)
      std::cout << format(" %6lld",
                          static_cast<long long>(cells[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)]));
    std::cout << '\n';
  }
}

ExitCode run(const EvaluateFlags& flags) {
  const OpenedRun opened = open_run(flags.run, "evaluate");
  const data::Split& split = opened.split();
  train::ViewOptions views = flags.views.empty() ? opened.views : train::ViewOptions{train::views_named(flags.views)};
  if (flags.views_share) {
    if (views.views == train::Views::one)
      throw core::UserError(
          {.attempted = core::concatenate("look at a share of ", *flags.views_share, " by more views"),
           .found = "one view of each image",
           .allowed = "--views mirror or --views six beside --views-share"});
    views.share = *flags.views_share;
  }
  train::EvaluationDetail detail;
  const train::Evaluation result = train::evaluate(*opened.network, opened.source(), opened.compute,
                                                   {.batch_size = opened.batch_size, .views = views}, &detail);
  explain::check_scores(detail.outputs, "evaluate " + opened.weights.string() + " on " + split.name);
  const at::Tensor labels = split.labels(), predicted = detail.outputs.argmax(1);
  const explain::Measures measures = explain::measure_classes(
      labels, predicted, opened.network->ends_in_softmax() ? detail.outputs : at::softmax(detail.outputs, 1));
  const auto seen = report::seen_in_training(opened, predicted.eq(labels));
  if (flags.json) {
    nlohmann::json json = evaluation_json(result, detail, split.classes(), opened.limit_batches);
    add_class_measures(json, measures, split.classes());
    json["seen_in_training"] = seen_json(seen);
    std::cout << core::json_text(json, 2) << '\n';
    return code_of(opened);
  }
  std::cout << "weights   " << core::printable(opened.weights.string()) << " (after "
            << core::counted(opened.description.epochs, "epoch")
            << (opened.limit_batches > 0 ? ", an epoch cut to " + core::counted(opened.limit_batches, "batch") : "")
            << ", " << opened.compute.precision() << ")\ndata      " << split.name << ", "
            << core::counted(result.samples, "sample") << "\nviews     " << result.views
            << format("\nloss      %.4f\ntop-1     %.2f%% (%lld correct)\ntop-5     %.2f%%\n", result.mean_loss,
                      100 * result.accuracy(), static_cast<long long>(result.correct),
                      100 * ratio(result.correct_top5, result.samples));
  if (seen) std::cout << "seen      " << report::describe(*seen) << '\n';
  std::cout << class_text(measures, split.classes());
  print_confusion(detail.confusion, split.classes());
  return code_of(opened);
}

}  // namespace

Action prepare_evaluate(CLI::App& app) {
  const auto flags = std::make_shared<EvaluateFlags>();
  add_run_options(app, flags->run);
  app.add_option("--views", flags->views, "of each image, averaged; left out, as the run's recipe says")
      ->check(one_of({"one", "mirror", "six", "ten"}));
  app.add_option("--views-share", flags->views_share,
                 "the other views are of the least confident images alone: so many of all")
      ->type_name("X")
      ->check(CLI::Validator(CLI::Range(0.0, 1.0)).description("in (0, 1]"))
      ->check([](const std::string& text) { return std::stod(text) > 0 ? "" : "the share must be above 0"; });
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
