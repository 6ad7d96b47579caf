#include "reslab/cli/mistake_options.h"

#include <CLI/CLI.hpp>

#include "reslab/cli/validators.h"
#include "reslab/core/command.h"
#include "reslab/explain/class_names.h"

namespace reslab::cli {

void add_mistake_options(CLI::App& app, MistakeFlags& flags) {
  const std::string group = "Which mistakes";
  app.add_option("--order", flags.order, "as the samples come, or the highest loss first")
      ->check(one_of({"sample", "loss"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--actual", flags.actual, "only samples of this class")->type_name("CLASS")->group(group);
  app.add_option("--predicted", flags.predicted, "only samples taken for this class")->type_name("CLASS")->group(group);
  app.add_option("--count", flags.count, "how many to show")
      ->check(CLI::Range(1, 500))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
}

explain::MistakeFilter mistake_filter(const MistakeFlags& flags, const std::vector<std::string>& classes) {
  explain::MistakeFilter filter{.order = flags.order == "loss" ? explain::MistakeOrder::loss
                                                               : explain::MistakeOrder::sample};
  if (!flags.actual.empty()) filter.actual = explain::find_class(classes, flags.actual, "use --actual " + flags.actual);
  if (!flags.predicted.empty())
    filter.predicted = explain::find_class(classes, flags.predicted, "use --predicted " + flags.predicted);
  return filter;
}

core::UserError nothing_to_show(const MistakeFlags& flags, const NothingFound& nothing) {
  std::string choice;
  if (!flags.actual.empty()) choice += " on the class " + flags.actual;
  if (!flags.predicted.empty()) choice += " for the class " + flags.predicted;
  const bool none_at_all = nothing.mistakes == 0 || (choice.empty() && !nothing.suspects);
  const std::string among = core::concatenate(" among the ", nothing.samples, " samples of ", nothing.dataset);
  const std::string in_all =
      nothing.mistakes && !none_at_all ? core::concatenate("; there are ", *nothing.mistakes, " mistakes in all") : "";
  core::ErrorParts said{.attempted = nothing.verb, .found = "no mistake" + choice + among + in_all};
  if (none_at_all) {
    said.found = "no mistake" + among;
    said.remedy = core::concatenate("nothing is wrong: the network gets all ", nothing.samples, " of them right");
  } else if (!flags.actual.empty() && flags.actual == flags.predicted) {
    said.remedy = "name two classes: a sample of " + flags.actual + " that is taken for " + flags.actual + " is right";
  } else if (nothing.suspects) {
    said.found = "no suspected label" + choice + among + in_all +
                 ". A label is suspected where the network is as sure of the other class as it is of that class's own "
                 "samples on average, and less sure of the label than of the label's own samples";
    said.remedy = "leave out --suspects to see the mistakes";
  } else {
    said.remedy = "leave out --actual or --predicted; `" + core::command({"evaluate", nothing.run}) +
                  "` shows which classes are confused";
  }
  return core::UserError(said);
}

}  // namespace reslab::cli
