#include "reslab/cli/mistake_options.h"

#include <CLI/CLI.hpp>

#include "reslab/core/command.h"
#include "reslab/explain/class_names.h"

namespace reslab::cli {

void add_mistake_options(CLI::App& app, MistakeFlags& flags) {
  const std::string group = "Which mistakes";
  app.add_option("--order", flags.order, "as the samples come, or the highest loss first")
      ->check(CLI::IsMember({"sample", "loss"}))
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

core::UserError no_mistakes(const MistakeFlags& flags, const std::string& verb, std::int64_t samples,
                            const std::string& name) {
  std::string kind = "mistake";
  if (!flags.actual.empty()) kind += " on the class " + flags.actual;
  if (!flags.predicted.empty()) kind += " for the class " + flags.predicted;
  const bool filtered = !flags.actual.empty() || !flags.predicted.empty();
  return core::UserError({.attempted = verb,
                          .found = core::concatenate("no ", kind, " among the ", samples, " samples of ", name),
                          .remedy = filtered ? "leave out --actual or --predicted; `" + core::command("evaluate") +
                                                   "` shows which classes are confused"
                                             : "nothing is wrong: the network gets all of them right"});
}

}  // namespace reslab::cli
