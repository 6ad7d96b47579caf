#include <algorithm>
#include <cstdio>
#include <optional>

#include "reslab/cli/find_lr.h"
#include "reslab/cli/format.h"
#include "reslab/cli/text_chart.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/recipe/entries.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/report/lr_plot.h"

namespace reslab::cli {
namespace {

const char* meaning(train::LrRule rule) {
  switch (rule) {
    case train::LrRule::valley: return "in the middle third of the longest fall";
    case train::LrRule::steep: return "where the loss falls fastest";
    case train::LrRule::minimum: return "a tenth of where the loss is lowest";
    case train::LrRule::slide: return "before the loss shoots up";
    case train::LrRule::lowest: break;
  }
  return "where the loss is lowest: usually too high";
}

std::string describe_verdict(const train::RangeTests& tests) {
  const train::LrReading& reading = tests.reading;
  // Only the lowest loss was read of so short a curve, or none.
  if (reading.suggestions.size() < 2) return "verdict    none: too few steps with a usable loss to judge the curve\n";
  std::string text = format(
      "curve      the loss falls by %.3g from %.4g (%.1f %%), and sways by %.2g after smoothing (%.0f %% of that)\n",
      reading.fall(), reading.first_loss, reading.first_loss == 0 ? 0 : 100 * reading.fall() / reading.first_loss,
      reading.smoothed_noise, reading.fall() == 0 ? 0 : 100 * reading.smoothed_noise / reading.fall());
  if (tests.tests.size() > 1)
    text += format("seeds      %zu tests; their valleys differ by a factor of %.2g\n", tests.tests.size(),
                   tests.spread(train::LrRule::valley));
  text += format("verdict    %s", std::string(train::name_of(reading.verdict)).c_str());
  if (reading.verdict == train::LrVerdict::flat)
    text += ": the loss doesn't fall clearly, so no suggestion means anything and none is recommended";
  if (reading.verdict == train::LrVerdict::noisy)
    text += ": the place isn't sure; try --repeats 3, more --steps, or a larger batch";
  return text + "\n";
}

bool is_recommended(const train::LrSuggestion& suggestion, const train::LrChoice& choice) {
  return choice.lr > 0 && train::name_of(suggestion.rule) == choice.rule;
}

}  // namespace

bool write_lr_files(const track::RunFolder& run, const train::LrChoice& choice, const train::RangeTests& tests,
                    const train::RangeTestOptions& options) {
  train::write_range_tests(run.lr_curve(), tests);
  train::write_lr_choice(run.lr_choice(), choice, tests, options);
  // Where the first loss was no number there is nothing to draw.
  if (tests.mean.empty()) return true;
  report::LrPlot plot{.title = "Learning-rate range test, " + choice.recipe,
                      .logarithmic = options.ramp == schedule::RampCurve::exponential};
  for (const train::LrPoint& point : tests.mean) {
    plot.lr.push_back(point.lr);
    plot.loss.push_back(point.loss);
    plot.smoothed.push_back(point.smoothed);
  }
  if (tests.tests.size() > 1) plot.deviation = tests.deviation;
  for (const train::LrSuggestion& suggestion : tests.reading.suggestions)
    plot.marks.push_back({.name = std::string(train::name_of(suggestion.rule)),
                          .lr = suggestion.lr,
                          .loss = suggestion.loss,
                          .chosen = is_recommended(suggestion, choice)});
  return report::write_figure(run.lr_plot(), report::lr_figure(plot));
}

std::string describe_lr(const train::LrChoice& choice, const train::RangeTests& tests, const recipe::Recipe& recipe) {
  std::string text = format("%-10s %12s %8s\n", "rule", "lr", "loss");
  for (const train::LrSuggestion& suggestion : tests.reading.suggestions) {
    const std::string name(train::name_of(suggestion.rule));
    text += format("%-10s %12.3g %8.4f  %s%s\n", name.c_str(), suggestion.lr, suggestion.loss, meaning(suggestion.rule),
                   is_recommended(suggestion, choice) ? "  ← recommended" : "");
  }
  return text + "\n" + describe_verdict(tests) +
         (choice.lr > 0 ? core::concatenate("recommended ", short_number(choice.lr), "; the recipe's learning rate is ",
                                            short_number(recipe::learning_rate(recipe)), "\n")
                        : "");
}

FoundLr find_lr_choice(const std::string& run_or_file, const std::filesystem::path& runs) {
  if (run_or_file.ends_with(".toml")) return {.choice = train::read_lr_choice(run_or_file), .file = run_or_file};
  const track::RunFolder run = track::find_run(run_or_file, runs, std::nullopt);
  if (!std::filesystem::exists(run.lr_choice()))
    throw core::UserError({.attempted = "take the learning rate of " + run.path.string(),
                           .found = "it has no find-lr.toml",
                           .remedy = "make one: " + core::command({"find-lr"}) + "; or give the rate itself: --lr"});
  return {.choice = train::read_lr_choice(run.lr_choice()), .file = run.lr_choice()};
}

namespace {

// By these a range test comes out the same, or nearly.
bool is_left_open(const std::string& key) {
  for (const char* each :
       {"name", "description", "seed", "epochs", "data.holdout", "data.limit_batches", "data.overfit_batches"})
    if (key == each) return true;
  for (const char* table : {"schedule.", "evaluation.", "early_stopping.", "report."})
    if (key.starts_with(table)) return true;
  return false;
}

// The recipe that was tested, at the rate that was found; nothing where it doesn't lie beside the file as it was.
std::optional<recipe::Recipe> tested_recipe(const FoundLr& found) {
  const track::RunFolder run{found.file.parent_path()};
  std::error_code error;
  if (!std::filesystem::exists(run.recipe(), error)) return std::nullopt;
  try {
    recipe::Recipe recipe = recipe::load_recipe(run.recipe().string());
    if (recipe::recipe_hash(recipe) != found.choice.recipe_hash) return std::nullopt;
    recipe::set_learning_rate(recipe, found.choice.lr);
    return recipe;
  } catch (const core::UserError&) {
    return std::nullopt;
  }
}

std::string differing_values(const recipe::Recipe& tested, const recipe::Recipe& used) {
  const recipe::Recipe both[] = {tested, used};
  std::string text;
  for (const recipe::RecipeDifference& difference : recipe::recipe_differences(both))
    if (!is_left_open(difference.key))
      text += core::concatenate(text.empty() ? "" : ", ", difference.key, " = ", difference.values[0], " (here ",
                                difference.values[1], ")");
  return text;
}

}  // namespace

std::string found_for_another(const FoundLr& found, const recipe::Recipe& used) {
  const train::LrChoice& choice = found.choice;
  // A file by hand says the rate alone.
  if (choice.recipe.empty()) return "";
  const std::optional<recipe::Recipe> tested = tested_recipe(found);
  const std::string values = tested ? differing_values(*tested, used) : "";
  const bool other = choice.recipe != used.name && (!tested || !values.empty());
  if (!other && values.empty()) return "";
  return core::concatenate("the learning rate ", short_number(choice.lr), " was found for ", choice.recipe,
                           other ? "" : " with " + values, " and is used for ",
                           other ? used.name : "other values of it",
                           ", which may need another; `find-lr` with the same recipe and options finds its own");
}

}  // namespace reslab::cli
