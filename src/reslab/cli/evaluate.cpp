// `reslab evaluate [RUN]`: how good the network of a run is, and at what.
#include "reslab/train/evaluate.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/compute_options.h"
#include "reslab/cli/data_options.h"
#include "reslab/core/nearest.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/recipe.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct Flags {
  std::string run, runs = "runs", weights = "last", part = "test";
  bool json = false;
  DataFlags data;
  train::ComputeRequest compute;
};

struct Source {
  std::filesystem::path weights;
  std::string dataset;
  std::int64_t batch_size = 512;
};

// A file of weights alone, or a run's.
Source find_source(const Flags& flags) {
  if (flags.run.ends_with(".safetensors")) return {.weights = flags.run, .dataset = "cifar10"};
  const track::RunFolder run = track::find_run(flags.run, flags.runs);
  const train::Recipe recipe = train::load_recipe(run.recipe().string());
  const bool best = flags.weights == "best";
  const std::filesystem::path path = best ? run.best() : run.weights();
  if (!std::filesystem::exists(path))
    throw core::UserError(
        {.attempted = "evaluate the run " + run.name(),
         .found = "it has no " + path.filename().string(),
         .remedy = best ? "a best epoch is chosen only with a hold-out (train --holdout N); use --weights last"
                        : "let it finish or save: reslab resume " + run.path.string()});
  return {.weights = path, .dataset = recipe.data.name, .batch_size = recipe.data.batch_size};
}

void check_classes(const train::LoadedNetwork& loaded, const data::Dataset& dataset,
                   const std::filesystem::path& path) {
  const auto& weights = loaded.description.weights;
  if (weights.classes == dataset.classes && weights.channels == dataset.images.size(3)) return;
  throw core::UserError({.attempted = "evaluate " + path.string() + " on " + dataset.name,
                         .found = "it was trained for the classes " + core::join(weights.classes) +
                                  "; the data set has " + core::join(dataset.classes)});
}

nlohmann::json to_json(const train::Evaluation& result, const train::EvaluationDetail& detail,
                       const std::vector<std::string>& classes) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::int64_t i = 0; i < detail.confusion.size(0); ++i) {
    const at::Tensor row = detail.confusion[i].contiguous();
    rows.push_back(std::vector<std::int64_t>(row.data_ptr<std::int64_t>(), row.data_ptr<std::int64_t>() + row.numel()));
  }
  return {{"samples", result.samples},
          {"correct", result.correct},
          {"top1", result.accuracy()},
          {"top5", static_cast<double>(result.correct_top5) / static_cast<double>(result.samples)},
          {"loss", result.mean_loss},
          {"seconds", result.seconds},
          {"classes", classes},
          {"confusion", rows}};
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void print_classes(const at::Tensor& confusion, const std::vector<std::string>& classes) {
  const auto cells = confusion.accessor<std::int64_t, 2>();
  const at::Tensor per_row = confusion.sum(1), per_column = confusion.sum(0);
  std::printf("\n%-12s %8s %8s %10s\n", "class", "samples", "recall", "precision");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    std::printf("%-12s %8lld %7.2f%% %9.2f%%\n", classes[i].c_str(),
                static_cast<long long>(per_row[at].item<std::int64_t>()),
                100 * ratio(cells[at][at], per_row[at].item<std::int64_t>()),
                100 * ratio(cells[at][at], per_column[at].item<std::int64_t>()));
  }
}

void print_confusion(const at::Tensor& confusion, const std::vector<std::string>& classes) {
  const auto cells = confusion.accessor<std::int64_t, 2>();
  std::printf("\nconfusion (rows: true class, columns: predicted)\n%-8s", "");
  for (const std::string& name : classes) std::printf(" %6.6s", name.c_str());
  std::printf("\n");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::printf("%-8.8s", classes[i].c_str());
    for (std::size_t j = 0; j < classes.size(); ++j)
      std::printf(" %6lld", static_cast<long long>(cells[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)]));
    std::printf("\n");
  }
}

ExitCode run(const Flags& flags) {
  const Source source = find_source(flags);
  train::LoadedNetwork loaded = train::load_network(source.weights);
  train::ComputeRequest request = flags.compute;
  // As it was trained, so that the accuracy is the one that training showed.
  if (request.precision == "auto") request.precision = loaded.description.precision;
  const train::Compute compute = train::resolve_compute(request);
  const data::Parts parts = open_dataset(flags.data, source.dataset);
  const data::Dataset& dataset = flags.part == "train" ? parts.train : parts.test;
  check_classes(loaded, dataset, source.weights);
  loaded.network->to(compute.device);
  train::EvaluationDetail detail;
  const auto& weights = loaded.description.weights;
  const train::Evaluation result =
      train::evaluate(*loaded.network, {.dataset = dataset, .normalizer = {weights.mean, weights.std}}, compute,
                      {.batch_size = source.batch_size}, &detail);
  if (flags.json) {
    std::cout << to_json(result, detail, dataset.classes).dump(2) << '\n';
    return ExitCode::ok;
  }
  std::printf(
      "weights   %s (after %lld epochs, %s)\ndata      %s, %lld samples\nloss      %.4f\ntop-1     %.2f%% (%lld "
      "correct)\ntop-5     %.2f%%\n",
      source.weights.c_str(), static_cast<long long>(loaded.description.epochs), compute.precision().c_str(),
      dataset.name.c_str(), static_cast<long long>(result.samples), result.mean_loss, 100 * result.accuracy(),
      static_cast<long long>(result.correct), 100 * ratio(result.correct_top5, result.samples));
  print_classes(detail.confusion, dataset.classes);
  print_confusion(detail.confusion, dataset.classes);
  return ExitCode::ok;
}

}  // namespace

Action prepare_evaluate(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("run", flags->run, "path or name of a run, or a .safetensors file; left out, the newest run");
  app.add_option("--weights", flags->weights, "the run's last epoch, or the best on its hold-out")
      ->check(CLI::IsMember({"last", "best"}))
      ->capture_default_str();
  app.add_option("--part", flags->part, "of the data set")
      ->check(CLI::IsMember({"test", "train"}))
      ->capture_default_str();
  app.add_option("--runs-dir", flags->runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  app.add_flag("--json", flags->json, "for programs");
  add_data_options(app, flags->data);
  add_compute_options(app, flags->compute);
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
