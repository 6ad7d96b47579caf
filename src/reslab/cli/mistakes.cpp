// `reslab mistakes [RUN]`: what the network of a run gets wrong.
#include "reslab/report/mistakes.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/format.h"
#include "reslab/cli/mistake_options.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/written_files.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct MistakesFlags {
  RunFlags run;
  MistakeFlags mistakes;
  bool suspects = false;
  std::int64_t neighbours = 0;
  std::filesystem::path output;
};

std::vector<explain::Mistake> choose(const MistakesFlags& flags, const OpenedRun& opened,
                                     const explain::Predictions& predictions) {
  const explain::MistakeFilter filter = mistake_filter(flags.mistakes, opened.classes());
  if (!flags.suspects) return explain::find_mistakes(predictions, filter);
  std::vector<explain::Mistake> suspects = explain::suspected_labels(predictions);
  std::erase_if(suspects, [&](const explain::Mistake& mistake) {
    return (filter.actual && *filter.actual != mistake.actual) ||
           (filter.predicted && *filter.predicted != mistake.predicted);
  });
  return suspects;
}

std::vector<std::vector<explain::Neighbour>> find_neighbours(const MistakesFlags& flags, const OpenedRun& opened,
                                                             const explain::Predictions& predictions,
                                                             const std::vector<explain::Mistake>& mistakes) {
  const bool among_themselves = opened.split_name == "train";
  at::Tensor features = predictions.features;
  if (!among_themselves) {
    std::cerr << "looking at " << opened.splits.train.size() << " training images …\n";
    features = explain::predict(*opened.network, opened.source(opened.splits.train), opened.compute, {.features = true})
                   .features;
  }
  std::vector<at::Tensor> rows;
  rows.reserve(mistakes.size());
  for (const explain::Mistake& mistake : mistakes) rows.push_back(predictions.features[mistake.sample]);
  auto neighbours =
      explain::nearest_neighbours(features, at::stack(rows), flags.neighbours + (among_themselves ? 1 : 0));
  if (among_themselves)
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      // A training image is most like itself.
      std::erase_if(neighbours[i], [&](const auto& one) { return one.sample == mistakes[i].sample; });
      if (neighbours[i].size() > static_cast<std::size_t>(flags.neighbours)) neighbours[i].pop_back();
    }
  return neighbours;
}

// The whole list stays where a part of it is asked for.
std::string file_name(const MistakesFlags& flags) {
  std::string name = flags.suspects ? "suspects" : "mistakes";
  if (!flags.mistakes.actual.empty()) name += "-actual-" + flags.mistakes.actual;
  if (!flags.mistakes.predicted.empty()) name += "-predicted-" + flags.mistakes.predicted;
  std::ranges::replace_if(
      name, [](unsigned char c) { return c < 128 && std::isalnum(c) == 0 && c != '-'; }, '_');
  return name;
}

std::string filter_text(const MistakeFlags& flags) {
  std::string text;
  if (!flags.actual.empty()) text += " of class " + flags.actual;
  if (!flags.predicted.empty()) text += " taken for " + flags.predicted;
  return text;
}

std::string kind_of(const MistakesFlags& flags) { return flags.suspects ? "suspected labels" : "mistakes"; }

std::string gallery_title(const MistakesFlags& flags, const data::Split& split, std::size_t found) {
  const std::size_t shown = std::min(found, static_cast<std::size_t>(flags.mistakes.count));
  const bool by_loss = flags.mistakes.order == "loss" && !flags.suspects;
  return core::concatenate(split.name, ": ", shown == found ? "the " : "", shown == found ? found : shown,
                           shown == found ? " " : core::concatenate(" of ", found, " "), kind_of(flags),
                           by_loss ? ", the highest loss first" : "");
}

ExitCode run(const MistakesFlags& flags) {
  const OpenedRun opened = open_run(flags.run, "show the mistakes of");
  mistake_filter(flags.mistakes, opened.classes());  // refuses unknown classes before the work
  const data::Split& split = opened.split();
  const explain::Predictions predictions =
      explain::predict(*opened.network, opened.source(), opened.compute, {.features = flags.neighbours > 0});
  const std::vector<explain::Mistake> mistakes = choose(flags, opened, predictions);
  if (mistakes.empty())
    throw nothing_to_show(flags.mistakes,
                          {.verb = "show the " + kind_of(flags) + " of " + opened.weights.string(),
                           .samples = split.size(),
                           .dataset = split.name,
                           .run = opened.folder ? opened.folder->path.string() : opened.weights.string(),
                           .mistakes = std::ssize(explain::find_mistakes(predictions)),
                           .suspects = flags.suspects});
  report::MistakesReport report{.samples = split,
                                .predictions = predictions,
                                .mistakes = mistakes,
                                .name = file_name(flags),
                                .title = gallery_title(flags, split, mistakes.size()),
                                .count = flags.mistakes.count,
                                .fit = opened.source().transform.fit,
                                .file_of = opened.file_of};
  if (flags.neighbours > 0) {
    report.train = &opened.splits.train;
    report.neighbours = find_neighbours(flags, opened, predictions, mistakes);
  }
  const report::WrittenFiles written = report::write_mistakes(output_folder(opened, flags.output), report);
  std::cout << mistakes.size() << ' ' << kind_of(flags) << filter_text(flags.mistakes) << " among the " << split.size()
            << " samples of " << split.name << ", each seen by one view "
            << format("(%.2f%%)\n", 100 * static_cast<double>(mistakes.size()) / static_cast<double>(split.size()));
  print_written(written);
  return code_of(opened);
}

}  // namespace

Action prepare_mistakes(CLI::App& app) {
  const auto flags = std::make_shared<MistakesFlags>();
  add_run_options(app, flags->run);
  add_mistake_options(app, flags->mistakes);
  app.add_flag("--suspects", flags->suspects, "only those whose label may be wrong, the most suspect first");
  app.add_option("--neighbours", flags->neighbours, "for each, so many of the training images most like it")
      ->check(CLI::Range(0, 20))
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--output", flags->output, "folder to write to (default: the run's)")->type_name("DIR");
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
