#include "reslab/verify/verification.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/core/order.h"
#include "reslab/recipe/number.h"
#include "reslab/track/metrics.h"
#include "reslab/verify/run_comparison.h"

namespace reslab::verify {
namespace {

namespace fs = std::filesystem;

constexpr int kills_a_run = 2;

std::string describe(Residue residue) {
  switch (residue) {
    case Residue::nothing: return "between saves";
    case Residue::half_payload: return "with a payload half written";
    case Residue::payload_alone: return "before the manifest was begun";
    case Residue::half_manifest: return "with a manifest half written";
  }
  return "";
}

std::string tenths(double number) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << number;
  return text.str();
}

}  // namespace

void Verification::train_whole() {
  // Saved as often as can be, so that all that is compared later is there.
  KilledTraining training(this->training("whole", 1e-6));
  whole_ = training.run();
  whole_seconds_ = training.attempt(std::nullopt).seconds;
  std::vector<double> times;
  for (const track::StepRow& row : track::read_metrics(whole_.metrics())) times.push_back(row.batch_seconds);
  RESLAB_ASSERT(!times.empty(), "a training without a batch");
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), core::lowest_first);
  batch_seconds_ = times[times.size() / 2];
  batches_ = static_cast<int>(times.size());
  say(core::concatenate("uninterrupted: ", tenths(whole_seconds_), " s, ", batches_, " batches, weights SHA-256 ",
                        core::sha256_of_file(whole_.weights()).substr(0, 16), "…"));
}

void Verification::train_killed() {
  const std::string name = core::concatenate("killed-", ++tally_.runs);
  core::Random random(
      {.seed = options_.kill_seed, .stream = core::Stream::kills, .epoch = static_cast<std::uint32_t>(tally_.runs)});
  // Not after every batch, so that there is something to make anew.
  KilledTraining training(this->training(name, batch_seconds_ * random.uniform(0.5F, 2.5F) / 60));
  std::string story;
  bool over = false;
  for (int kill = 0; kill < kills_a_run && !over; ++kill) {
    const Attempt attempt = training.attempt(next_kill(random));
    over = !attempt.killed;
    if (over) break;
    ++tally_.kills;
    ++tally_.residues[static_cast<std::size_t>(attempt.residue)];
    story += core::concatenate(story.empty() ? "killed " : ", then ", describe(attempt.residue));
  }
  if (!over) training.attempt(std::nullopt);
  compare(training.run(), story.empty() ? "ended before it was killed" : story);
  std::error_code ignored;
  if (!options_.keep_runs) fs::remove_all(training.run().path, ignored);
}

bool Verification::is_done() const {
  const bool enough = tally_.kills >= options_.kills && 2 * tally_.within_saves() >= options_.kills;
  // Where saves are too short to be hit, that has to be said and not tried for ever.
  return enough || tally_.kills >= 4 * options_.kills;
}

KilledTrainingOptions Verification::training(const std::string& name, double checkpoint_minutes) const {
  KilledTrainingOptions result{
      .program = options_.program,
      .recipe = options_.folder / "recipe.toml",
      .runs = options_.folder,
      .name = name,
      .flags = {"--no-report", "--checkpoint-minutes", recipe::shortest_text(checkpoint_minutes)},
      .stop = options_.stop};
  result.flags.insert(result.flags.end(), options_.flags.begin(), options_.flags.end());
  return result;
}

// At any moment, or within a save where fewer than half of the kills were.
KillPoint Verification::next_kill(core::Random& random) const {
  if (2 * tally_.within_saves() > tally_.kills) return {.seconds = whole_seconds_ * random.uniform(0, 0.9F)};
  const auto passing = static_cast<std::uint32_t>(std::max(1, batches_ / 4));
  KillPoint point{.saves_to_pass = static_cast<int>(random.below(passing))};
  point.stage = static_cast<SaveStage>(random.below(3));
  // Its stages take from a part of a millisecond to some; a payload's takes longest.
  if (point.stage == SaveStage::payload_begun) point.seconds = random.uniform(0, 0.02F);
  return point;
}

void Verification::compare(const track::RunFolder& run, const std::string& story) {
  std::vector<std::string> lines;
  try {
    lines = differences(whole_, run);
  } catch (const core::UserError& error) {
    lines = {error.what()};
  } catch (const fs::filesystem_error& error) {
    lines = {error.what()};
  }
  say(core::concatenate("run ", tally_.runs, ": ", story, ": ",
                        lines.empty() ? "the same bits" : core::concatenate(lines.size(), " differences")));
  if (lines.empty()) {
    ++tally_.same;
    return;
  }
  std::string text = "the training in " + run.path.string() + " was killed and resumed, and isn't what it would be";
  for (const std::string& line : lines) text += "\n  " + line;
  throw TrainingFault(text);
}

void Verification::say(const std::string& line) const {
  if (options_.say) options_.say(line);
}

}  // namespace reslab::verify
