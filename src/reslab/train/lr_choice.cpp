#include "reslab/train/lr_choice.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/recipe/fields.h"
#include "reslab/recipe/number.h"
#include "reslab/recipe/toml.h"

namespace reslab::train {
namespace {

std::string line(const char* key, const recipe::Value& value) {
  return core::concatenate(key, " = ", recipe::toml_value(value), "\n");
}

std::string suggestions_text(const LrReading& reading) {
  std::string text = "\n[suggestions]\n";
  for (const LrSuggestion& suggestion : reading.suggestions)
    text += line(std::string(name_of(suggestion.rule)).c_str(), {suggestion.lr});
  return text;
}

std::string verdict_text(const RangeTests& tests) {
  const LrReading& reading = tests.reading;
  return "\n[curve]\n" + line("first_loss", {reading.first_loss}) + line("lowest_loss", {reading.lowest_loss}) +
         line("fall", {reading.fall()}) + line("noise", {reading.noise}) +
         line("smoothed_noise", {reading.smoothed_noise}) + line("fall_error", {reading.fall_error}) +
         line("spread", {tests.spread(LrRule::valley)});
}

std::string options_text(const RangeTests& tests, const RangeTestOptions& options) {
  std::vector<recipe::Value> seeds, ends;
  for (const SeededRangeTest& one : tests.tests) {
    seeds.push_back({static_cast<std::int64_t>(one.seed)});
    ends.push_back({std::string(name_of(one.test.end))});
  }
  const bool linear = options.ramp == schedule::RampCurve::linear;
  return "\n[test]\n" + line("first_lr", {options.first_lr}) + line("last_lr", {options.last_lr}) +
         line("steps", {options.steps}) + line("ramp", {std::string(linear ? "linear" : "exponential")}) +
         line("smoothing", {options.smoothing}) + line("divergence", {options.divergence}) + line("seeds", {seeds}) +
         line("ends", {ends});
}

std::string text_of(const recipe::Assignment& assignment) {
  const auto* text = std::get_if<std::string>(&assignment.value.data);
  if (text == nullptr)
    throw core::UserError({.attempted = assignment.attempted,
                           .found = assignment.place + assignment.key + " isn't a text",
                           .remedy = "make the file anew: " + core::command({"find-lr"})});
  return *text;
}

// Format 1 had the rate of optimizer.lr, which isn't the leading group's where the optimizer is muon.
constexpr std::int64_t file_format = 2;

std::int64_t format_of(const recipe::Assignment& assignment) {
  const auto* number = std::get_if<std::int64_t>(&assignment.value.data);
  return number == nullptr ? 0 : *number;
}

double lr_of(const recipe::Assignment& assignment) {
  double lr = 0;
  if (const auto* number = std::get_if<double>(&assignment.value.data)) lr = *number;
  if (const auto* whole = std::get_if<std::int64_t>(&assignment.value.data)) lr = static_cast<double>(*whole);
  if (!(lr > 0 && lr <= recipe::largest_lr))
    throw core::UserError({.attempted = assignment.attempted,
                           .found = core::concatenate(assignment.place, "`recommended` is no learning rate"),
                           .allowed = core::concatenate("a learning rate in (0, ", recipe::largest_lr, "]")});
  return lr;
}

}  // namespace

LrChoice choose_lr(const RangeTests& tests, LrRule rule, const recipe::Recipe& recipe) {
  const LrSuggestion* found = tests.reading.find(rule);
  return {.lr = found == nullptr || tests.reading.verdict == LrVerdict::flat ? 0 : found->lr,
          .rule = std::string(name_of(rule)),
          .verdict = std::string(name_of(tests.reading.verdict)),
          .recipe = recipe.name,
          .recipe_hash = recipe_hash(recipe)};
}

namespace {

core::UserError no_clear_fall(const LrReading& reading, std::string attempted) {
  const double least = flat_below * std::abs(reading.first_loss), chance = chance_below * reading.fall_error;
  return core::UserError(
      {.attempted = std::move(attempted),
       .found =
           core::concatenate("a curve that doesn't fall clearly: by ", reading.fall(), " from ", reading.first_loss),
       .allowed = core::concatenate("a fall of at least ", least, " (", 100 * flat_below,
                                    " % of the first loss), and of at least ", chance, " (", chance_below,
                                    " times its standard error)"),
       .remedy = reading.fall() < least
                     ? "make more --steps, or test a wider range (--from, --to)"
                     : "take more tests together (--repeats 3), make more --steps, or take a larger batch"});
}

}  // namespace

core::UserError no_choice(const RangeTests& tests, LrRule rule, const RangeTestOptions& options) {
  std::string attempted = core::concatenate("recommend a learning rate by the rule ", name_of(rule));
  if (tests.reading.suggestions.size() > 1 && tests.reading.find(rule) != nullptr)
    return no_clear_fall(tests.reading, std::move(attempted));
  // Of several tests the shortest ends their mean.
  auto ended =
      std::ranges::min_element(tests.tests, {}, [](const SeededRangeTest& one) { return one.test.curve.size(); });
  if (ended != tests.tests.end() && ended->test.end == RangeTestEnd::finished) ended = tests.tests.end();
  std::string found = core::concatenate(tests.mean.size(), " of ", options.steps, " steps have a usable loss");
  std::string remedy = core::concatenate("make more --steps, at least ", steps_needed(rule));
  if (ended != tests.tests.end()) {
    const LrPoint& last = ended->test.curve.back();
    found +=
        core::concatenate(": the test ended at learning rate ", recipe::shortest_text(last.lr), ", where the loss was ",
                          std::isfinite(last.loss) ? "far above its lowest" : "no finite number");
    remedy = "begin lower (--from), end lower (--to), or make more --steps in between";
  }
  return core::UserError(
      {.attempted = std::move(attempted),
       .found = std::move(found),
       .allowed = core::concatenate("at least ", points_needed(rule, options.steps),
                                    " such steps for this rule (the first tenth and the last five aren't looked at)"),
       .remedy = std::move(remedy)});
}

void write_lr_choice(const std::filesystem::path& path, const LrChoice& choice, const RangeTests& tests,
                     const RangeTestOptions& options) {
  core::write_file(path, "# What `reslab find-lr` found. Use it: reslab train RECIPE --lr-from THIS-FILE\n" +
                             line("format", {std::int64_t{file_format}}) +
                             (choice.lr > 0 ? line("recommended", {choice.lr}) : "") + line("rule", {choice.rule}) +
                             line("verdict", {choice.verdict}) + line("recipe", {choice.recipe}) +
                             line("recipe_hash", {choice.recipe_hash}) + suggestions_text(tests.reading) +
                             verdict_text(tests) + options_text(tests, options));
}

LrChoice read_lr_choice(const std::filesystem::path& path) {
  const std::string attempted = "read the learning rate in " + path.string();
  LrChoice choice;
  std::int64_t format = file_format;  // of a file by hand
  bool tested = false;
  for (recipe::Assignment assignment :
       recipe::read_toml(core::read_text(path, recipe::max_recipe_bytes), path.string())) {
    assignment.attempted = attempted;
    if (assignment.key == "format") format = format_of(assignment);
    if (assignment.key == "recommended") choice.lr = lr_of(assignment);
    if (assignment.key == "test.steps") tested = true;
    if (assignment.key == "rule") choice.rule = text_of(assignment);
    if (assignment.key == "verdict") choice.verdict = text_of(assignment);
    if (assignment.key == "recipe") choice.recipe = text_of(assignment);
    if (assignment.key == "recipe_hash") choice.recipe_hash = text_of(assignment);
  }
  if (format != file_format)
    throw core::UserError({.attempted = attempted,
                           .found = core::concatenate("it is of format ", format,
                                                      ", by another version of reslab, whose "
                                                      "learning rate is another group's"),
                           .allowed = core::concatenate("format ", file_format),
                           .remedy = "make it anew: " + core::command({"find-lr"})});
  if (choice.lr == 0)
    throw core::UserError(
        {.attempted = attempted,
         .found = "it has no key `recommended`",
         .remedy = tested ? "that test recommends none, since its curve is too short or doesn't fall clearly: make "
                            "another with more --steps, or give the rate itself (--lr)"
                          : "name the folder or the find-lr.toml of a `" + core::command({"find-lr"}) + "`"});
  return choice;
}

void write_range_tests(const std::filesystem::path& path, const RangeTests& tests) {
  std::string text = "repeat,seed,step,lr,loss,smoothed_loss\n";
  for (std::size_t repeat = 0; repeat < tests.tests.size(); ++repeat) {
    const SeededRangeTest& one = tests.tests[repeat];
    for (std::size_t step = 0; step < one.test.curve.size(); ++step) {
      const LrPoint& point = one.test.curve[step];
      text += core::concatenate(repeat, ',', one.seed, ',', step, ',', recipe::shortest_text(point.lr), ',',
                                recipe::shortest_text(point.loss), ',', recipe::shortest_text(point.smoothed), '\n');
    }
  }
  core::write_file(path, text);
}

}  // namespace reslab::train
