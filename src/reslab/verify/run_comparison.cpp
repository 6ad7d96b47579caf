#include "reslab/verify/run_comparison.h"

#include <algorithm>
#include <bit>
#include <set>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/recipe/number.h"
#include "reslab/track/metrics.h"
#include "reslab/train/checkpoint.h"

namespace reslab::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_lines = 10;

// Without those that depend on when something happened: TensorBoard's have time and process in their names, and there
// is one a start.
std::set<std::string> file_names(const track::RunFolder& run) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(run.path)) {
    std::string name = entry.path().lexically_relative(run.path).string();
    const bool checkpoint = entry.path().parent_path() == run.checkpoint() && train::position_of(entry.path());
    if (!entry.is_directory() && !checkpoint && !name.starts_with("events.out.tfevents."))
      names.insert(std::move(name));
  }
  return names;
}

void compare_names(const track::RunFolder& expected, const track::RunFolder& found, std::vector<std::string>& lines) {
  const std::set<std::string> wanted = file_names(expected), there = file_names(found);
  std::vector<std::string> missing, stray;
  std::ranges::set_difference(wanted, there, std::back_inserter(missing));
  std::ranges::set_difference(there, wanted, std::back_inserter(stray));
  for (const std::string& name : missing) lines.push_back(name + " is missing");
  for (const std::string& name : stray) lines.push_back(name + " should not be there");
}

void compare_bytes(const fs::path& expected, const fs::path& found, const std::string& name,
                   std::vector<std::string>& lines) {
  const std::string a = core::sha256_of_file(expected), b = core::sha256_of_file(found);
  if (a != b)
    lines.push_back(core::concatenate(name, " has SHA-256 ", b.substr(0, 16), "… instead of ", a.substr(0, 16), "…"));
}

// Of the files that are in both.
void compare_weights(const track::RunFolder& expected, const track::RunFolder& found, std::vector<std::string>& lines) {
  for (const auto place : {&track::RunFolder::weights, &track::RunFolder::best})
    if (const fs::path wanted = (expected.*place)(), there = (found.*place)(); fs::exists(wanted) && fs::exists(there))
      compare_bytes(wanted, there, wanted.filename().string(), lines);
}

std::string name_of(const std::optional<train::Position>& position) {
  return position ? train::checkpoint_path({}, *position).string() : "none";
}

void compare_checkpoints(const track::RunFolder& expected, const track::RunFolder& found,
                         std::vector<std::string>& lines) {
  const auto wanted = train::newest_whole(expected.checkpoint()), there = train::newest_whole(found.checkpoint());
  if (wanted != there)
    lines.push_back("the newest whole checkpoint is " + name_of(there) + " instead of " + name_of(wanted));
  else if (wanted)
    compare_bytes(train::checkpoint_path(expected.checkpoint(), *wanted),
                  train::checkpoint_path(found.checkpoint(), *there), name_of(there), lines);
  for (const std::string& name : train::unfinished_saves(found.checkpoint()))
    lines.push_back("checkpoint/" + name + " was left by an unfinished save");
  const auto kept = std::ranges::count_if(fs::directory_iterator(found.checkpoint()),
                                          [](const auto& entry) { return entry.path().extension() == ".safetensors"; });
  if (kept > 2) lines.push_back(core::concatenate(kept, " checkpoints were kept instead of two"));
}

// A row's fields by name, exactly; times are left out.
using NamedValues = std::vector<std::pair<const char*, double>>;

NamedValues fields_of(const track::StepRow& row) {
  return {{"step", static_cast<double>(row.step)},
          {"loss", row.loss},
          {"lr", row.lr},
          {"momentum", row.momentum},
          {"samples", static_cast<double>(row.samples)}};
}

NamedValues fields_of(const track::EpochRow& row) {
  const track::HoldoutColumns holdout = row.holdout.value_or(track::HoldoutColumns{});
  return {{"train_loss", row.train_loss},
          {"train_accuracy", row.train_accuracy},
          {"test_loss", row.test_loss},
          {"test_correct", static_cast<double>(row.test_correct)},
          {"test_samples", static_cast<double>(row.test_samples)},
          {"test_top5", static_cast<double>(row.test_top5)},
          {"test_average_loss_as_printed", row.test_average_loss_as_printed},
          {"holdout_loss", holdout.loss},
          {"holdout_correct", static_cast<double>(holdout.correct)},
          {"holdout_samples", static_cast<double>(holdout.samples)},
          {"test_balanced_accuracy", row.test_balanced_accuracy.value_or(-1)},
          {"test_macro_f1", row.test_macro_f1.value_or(-1)},
          {"holdout_balanced_accuracy", holdout.balanced_accuracy.value_or(-1)},
          {"holdout_macro_f1", holdout.macro_f1.value_or(-1)}};
}

std::string place_of(const track::StepRow& row) {
  return core::concatenate("epoch ", row.epoch, ", batch ", row.batch);
}
std::string place_of(const track::EpochRow& row) { return core::concatenate("epoch ", row.epoch); }

template <typename Row>
void compare_rows(const char* file, const std::vector<Row>& expected, const std::vector<Row>& found,
                  std::vector<std::string>& lines) {
  const std::size_t most = lines.size() + most_lines;
  if (expected.size() != found.size())
    lines.push_back(core::concatenate(file, " has ", found.size(), " rows instead of ", expected.size()));
  for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
    const std::string place = place_of(expected[i]);
    if (const std::string other = place_of(found[i]); other != place)
      lines.push_back(core::concatenate(file, ": a row of ", other, " instead of ", place));
    const NamedValues wanted = fields_of(expected[i]), there = fields_of(found[i]);
    for (std::size_t k = 0; k < wanted.size() && lines.size() < most; ++k)
      // By their bits: two that are no number may be the same, and −0 isn't 0.
      if (std::bit_cast<std::uint64_t>(wanted[k].second) != std::bit_cast<std::uint64_t>(there[k].second))
        lines.push_back(core::concatenate(file, ", ", place, ": ", wanted[k].first, " is ",
                                          recipe::shortest_text(there[k].second), " instead of ",
                                          recipe::shortest_text(wanted[k].second)));
    if (lines.size() >= most) return;
  }
}

}  // namespace

std::vector<std::string> differences(const track::RunFolder& expected, const track::RunFolder& found) {
  std::vector<std::string> lines;
  compare_names(expected, found, lines);
  compare_rows("metrics.csv", track::read_metrics(expected.metrics()), track::read_metrics(found.metrics()), lines);
  compare_rows("epochs.csv", track::read_epochs(expected.epochs()), track::read_epochs(found.epochs()), lines);
  compare_weights(expected, found, lines);
  compare_checkpoints(expected, found, lines);
  return lines;
}

}  // namespace reslab::verify
