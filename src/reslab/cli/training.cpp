#include "reslab/cli/training.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <limits>
#include <thread>

#include "reslab/cli/compute_options.h"
#include "reslab/cli/constant_channels.h"
#include "reslab/cli/estimate.h"
#include "reslab/cli/format.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/run_asked.h"
#include "reslab/cli/small_sets.h"
#include "reslab/core/allocator.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/core/threads.h"
#include "reslab/data/fingerprint.h"
#include "reslab/report/pictures.h"
#include "reslab/report/sample_pictures.h"
#include "reslab/track/metrics.h"
#include "reslab/track/tensorboard.h"
#include "reslab/track/tested_part.h"
#include "reslab/train/checkpoint.h"
#include "reslab/train/kept_weights.h"
#include "reslab/train/stop.h"
#include "reslab/train/trainer.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// The epochs that a resumed run has behind it.
std::vector<track::EpochRow> epochs_behind(const track::RunFolder& run, std::int64_t epochs) {
  if (epochs == 0 || !std::filesystem::exists(run.epochs())) return {};
  std::vector<track::EpochRow> rows = track::read_epochs(run.epochs());
  std::erase_if(rows, [&](const track::EpochRow& row) { return row.epoch > epochs; });
  return rows;
}

std::vector<train::EpochTime> times_of(const std::vector<track::EpochRow>& rows) {
  std::vector<train::EpochTime> times;
  times.reserve(rows.size());
  for (const track::EpochRow& row : rows)
    times.push_back({.training = row.train_seconds, .evaluation = row.test_seconds});
  return times;
}

// The best score on the hold-out among them; −∞ for none.
double best_holdout(const std::vector<track::EpochRow>& rows, train::HoldoutMetric metric) {
  double best = -std::numeric_limits<double>::infinity();
  for (const track::EpochRow& row : rows)
    if (row.holdout) best = std::max(best, track::score(*row.holdout, metric));
  return best;
}

void say(const TrainingFlags& flags, const std::string& line) {
  if (!flags.quiet) std::cerr << core::printable(line) << '\n';
}

// Without a checkpoint a run begins anew, and its files are written over. After one epoch that costs an epoch (a kill
// can come between its row and its checkpoint); after more, or where their folder is gone, somebody has taken the
// checkpoints away.
void refuse_to_lose(const track::RunFolder& run, const TrainingFlags& flags) {
  const std::vector<track::EpochRow> rows = epochs_behind(run, std::numeric_limits<std::int64_t>::max());
  if (rows.size() < 2 && std::filesystem::is_directory(run.checkpoint())) return;
  throw core::UserError(
      {.attempted = "resume " + run.path.string(),
       .found = rows.size() < 2 ? "the folder of its checkpoints is gone"
                                : core::concatenate("no checkpoint, though ", rows.size(), " epochs are finished"),
       .remedy = "put back what lay in " + run.checkpoint().string() + ", or start a new run with `" +
                 core::command(core::joined(
                     {{"train", run.recipe().string()}, track::runs_option(run.path.parent_path()), words_of(flags)})) +
                 "`; this one's weights and figures stay"});
}

// In bytes; 0 where there is none.
std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

std::string go_on_with(const track::RunFolder& run, const TrainingFlags& flags) {
  return "go on with: " + core::command(core::joined({{"resume", run.path.string()}, words_of(flags)}));
}

std::string report_command(const track::RunFolder& run, const TrainingFlags& flags) {
  return core::command(core::joined({{"report", run.path.string()}, words_of(flags.data), words_of(flags.compute)}));
}

std::string to_make_pictures(const track::RunFolder& run, const TrainingFlags& flags) {
  return "to make them: " + report_command(run, flags) + "; plot, mistakes and explain draw the pictures";
}

// Figures, pictures and the report of a finished training; the exit code where a signal ends that early.
ExitCode picture(const track::RunFolder& run, const recipe::Recipe& recipe, const OpenedData& data,
                 const train::Compute& compute, const TrainingFlags& flags) {
  if (flags.no_report || recipe.data.overfit_batches > 0) return ExitCode::ok;
  const train::StopSignals signals;
  const RunFlags opening{
      .run = run.path.string(),
      .data = {.data = recipe.data.name, .cache_dir = flags.data.cache_dir, .picture_cache = flags.data.picture_cache},
      .opened = &data,
      .compute = {.device = compute.device.str(), .precision = compute.precision(), .threads = compute.threads}};
  const bool all = report::write_pictures(open_run(opening, "draw"),
                                          {.limit_samples = recipe.data.limit_batches * recipe.data.batch_size,
                                           .quiet = flags.quiet,
                                           .stop = [&] { return signals.requested().has_value(); }});
  const ExitCode asked = signals.exit_code();
  if (asked != ExitCode::ok && !all)
    say(flags, "ended early: the training is over and saved, pictures and report are not all there; " +
                   to_make_pictures(run, flags));
  return all ? ExitCode::ok : asked;
}

void say_what_was_done(const train::TrainingDone& done, const train::CheckpointWriter& checkpoints,
                       const track::RunFolder& run, const TrainingFlags& flags) {
  if (flags.verbose) {
    say(flags, "tensor memory at its peak: " + core::size_text(core::allocator_statistics().peak));
    say(flags, core::concatenate("checkpoints: ", core::counted(checkpoints.saves(), "save"), ", ",
                                 format("%.2f s, %.2f %% of the training's time", checkpoints.seconds(),
                                        100 * checkpoints.seconds() / std::max(done.seconds, 1e-9))));
  }
  if (done.epochs_done > 0)
    say(flags, core::concatenate("weights after epoch ", done.epochs_done, ": ", run.weights().string()));
}

train::NetworkDescription describe(const recipe::Recipe& recipe, const OpenedData& data,
                                   const data::EvalTransform& transform, const train::Compute& compute) {
  train::NetworkDescription description =
      train::describe_network(recipe, data.splits.info(), transform, compute.precision());
  if (data.pictures == nullptr) return description;
  const image::DecodeOptions& decode = data.pictures->decode;
  description.weights.background.assign(decode.background.begin(), decode.background.end());
  if (const auto& range = data.pictures->range16) description.weights.range16 = {range->low, range->high};
  return description;
}

// Trains in `run` until the end or a signal, and says where things are.
ExitCode train_in(const track::RunFolder& run, const recipe::Recipe& recipe, train::Trainer& trainer,
                  const OpenedData& data, const train::Compute& compute, const TrainingFlags& flags,
                  const train::CheckpointIdentity& identity, const std::set<std::filesystem::path>& damaged = {},
                  train::TimePlan plan = {}) {
  const data::Splits& splits = data.splits;
  if (!trainer.why_batches_wait().empty())
    say(flags, "the processor makes the batches, and the GPU may wait for them: " + trainer.why_batches_wait());
  if (!flags.quiet) say_constant_channels(splits.train, recipe);
  const auto average_loss = track::average_loss_named(recipe.report.average_loss);
  const train::NetworkDescription description = describe(recipe, data, trainer.transform(), compute);
  const std::vector<track::EpochRow> behind = epochs_behind(run, trainer.epoch());

  // The checkpoint comes last of what must not be lost: once it is there, its epoch isn't repeated.
  track::Metrics metrics({.steps = run.metrics(), .epochs = run.epochs(), .average_loss = average_loss});
  const train::HoldoutMetric metric = train::holdout_metric_named(recipe.early_stopping.metric);
  train::BestWeights best(run.best(), trainer, description, metric, best_holdout(behind, metric));
  train::LastWeights last(run.weights(), trainer, description);
  train::CheckpointWriter checkpoints(
      run.checkpoint(), trainer, identity,
      {.seconds = 60 * flags.checkpoint_minutes, .sync_logs = [&] { return metrics.sync(); }, .damaged = damaged});
  track::Progress progress(
      {.verbosity = flags.verbosity(),
       .average_loss = average_loss,
       .log = run.log(),
       .earlier = behind,
       .plan = plan.epochs.empty() ? train::times_after(recipe, splits.info(), times_of(behind)) : std::move(plan),
       .part = track::tested_part(recipe, splits.test.size())});

  track::TensorBoard board(
      {.folder = run.path, .detail = event_detail(flags), .network = &trainer.network(), .pictures = [&] {
         return report::sample_pictures(recipe, splits.train, trainer.transform().normalizer);
       }});

  ExitCode asked_to_stop = ExitCode::ok;  // ok: nobody did
  train::TrainingDone done;
  try {
    const train::StopSignals signals;
    done = trainer.run({&metrics, &best, &last, &checkpoints, &board, &progress}, [&] { return signals.requested(); });
    asked_to_stop = signals.exit_code();
  } catch (const core::FileRefused& error) {
    core::ErrorParts said = error.parts();
    // The whole run may be gone.
    if (std::error_code ignored; !flags.part_of_campaign && std::filesystem::exists(run.recipe(), ignored))
      said.remedy += (said.remedy.empty() ? "" : "; then ") + go_on_with(run, flags);
    throw core::FileRefused(said);
  }
  say_what_was_done(done, checkpoints, run, flags);
  if (!train::is_complete(done.end)) {
    if (!flags.part_of_campaign) say(flags, go_on_with(run, flags));
    return done.end == train::End::out_of_time ? with_skipped(ExitCode::ok, data) : asked_to_stop;
  }
  // The training was over all the same: what would come after it isn't wanted.
  if (asked_to_stop != ExitCode::ok) {
    if (!flags.no_report) say(flags, "pictures and report are left out; " + to_make_pictures(run, flags));
    return asked_to_stop;
  }
  return with_skipped(picture(run, recipe, data, compute, flags), data);
}

}  // namespace

train::CheckpointIdentity identity_of(const recipe::Recipe& recipe, const train::Compute& compute) {
  return {.recipe_hash = recipe::recipe_hash(recipe),
          .device = compute.device.str(),
          .precision = compute.precision(),
          .threads = compute.threads,
          .engine = train::engine(compute)};
}

train::CheckpointIdentity identity_of(const recipe::Recipe& recipe, const train::Compute& compute,
                                      const std::string& data) {
  train::CheckpointIdentity identity = identity_of(recipe, compute);
  identity.data = data;
  return identity;
}

// Two processes in one run would take each other's files away.
std::unique_ptr<core::FileLock> lock_run(const track::RunFolder& run) {
  auto held = core::FileLock::try_lock(run.lock());
  // Who asks whether something trains here holds it for an instant.
  for (int attempt = 0; held == nullptr && attempt < 10; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    held = core::FileLock::try_lock(run.lock());
  }
  if (held == nullptr)
    throw core::UserError({.attempted = "train in " + run.path.string(),
                           .found = "another process is training there",
                           .remedy = "wait for it, end it, or name another run"});
  return held;
}

void check_logs(const train::Resumed& resumed, const track::RunFolder& run) {
  for (const train::LogMark& log : resumed.logs) {
    const std::filesystem::path path = run.path / log.file;
    if (path == run.metrics() || path == run.epochs()) continue;
    throw core::UserError(
        {.attempted = "resume " + run.path.string(),
         .found = "its checkpoint's manifest names " + log.file + " as a log",
         .allowed = core::concatenate(run.metrics().filename().string(), " and ", run.epochs().filename().string()),
         .remedy = "don't trust this run: it wasn't written so"});
  }
}

void say_what_differs(const train::Resumed& resumed, const track::RunFolder& run,
                      const train::CheckpointIdentity& here) {
  for (const std::string& reason : resumed.passed_over) std::cerr << "passed over: " << core::printable(reason) << '\n';
  for (const train::LogMark& log : resumed.logs)
    if (const std::uint64_t left = size_of(run.path / log.file); left < log.bytes)
      std::cerr << "rows are missing in " << core::printable((run.path / log.file).string()) << ": it has " << left
                << " bytes, and had " << log.bytes << " when the checkpoint was written\n";
  if (resumed.differing)
    std::cerr << "the run was made on " << core::printable(train::describe(*resumed.differing)) << "; this is "
              << train::describe(here) << ": from here on it may not be the same to the bit\n";
}

train::ComputeRequest as_begun(train::ComputeRequest request, const track::RunFolder& run) {
  const auto identity = train::newest_identity(run.checkpoint());
  if (!identity) return request;
  if (request.device == "auto" && identity->device.starts_with("cpu")) request.device = "cpu";
  if (request.precision == "auto" && (identity->precision == "fp32" || identity->precision == "bf16"))
    request.precision = identity->precision;
  if (request.threads == 0 && identity->threads >= 1 && identity->threads <= core::thread_budget().affinity)
    request.threads = identity->threads;
  return request;
}

core::Words command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  core::Words words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

track::RunFacts facts_of(const recipe::Recipe& recipe, const train::Compute& compute, track::RunKind kind,
                         std::chrono::system_clock::time_point started) {
  return {.kind = kind,
          .command_line = command_line(),
          .recipe = recipe.name,
          .recipe_hash = recipe::recipe_hash(recipe),
          .seed = recipe.seed,
          .device = compute.device.str(),
          .precision = compute.precision(),
          .threads = compute.threads,
          .started = started};
}

track::RunFacts facts_of(const recipe::Recipe& recipe, const train::Compute& compute, const data::Splits& splits) {
  track::RunFacts facts = facts_of(recipe, compute, track::RunKind::train);
  facts.train_samples = splits.train.size();
  facts.test_samples = splits.test.size();
  return facts;
}

ExitCode start_run(const recipe::Recipe& asked, const TrainingFlags& flags, const std::string& name) {
  RunAsked settled = settle(asked, flags, name);
  const recipe::Recipe& recipe = settled.recipe;
  const train::Compute& compute = settled.compute;
  const OpenedData data = open_data(
      flags.data, recipe, {.splits_text = flags.splits, .quiet = flags.quiet, .silent = flags.splits != nullptr});
  if (flags.splits == nullptr)  // else it is fitted to all folds together
    settled.recipe = fitted_to(data, recipe, {.epochs_given = flags.epochs_given, .quiet = flags.quiet});
  const data::Splits& splits = data.splits;
  const auto trainer = make_trainer(settled, splits, flags);
  const track::RunFolder run = track::create_run({.runs = flags.runs, .recipe = recipe.name, .name = name});
  const auto held = lock_run(run);
  core::make_directories(run.checkpoint());
  core::write_file(run.recipe(), recipe::to_toml(recipe));
  keep_splits(data, run);
  track::write_environment(run.environment(), facts_of(recipe, compute, splits));
  say(flags, core::concatenate("run: ", run.path.string(), " (", compute.device.str(), ", ", compute.precision(), ", ",
                               core::counted(compute.threads, "thread"), ")"));
  train::TimePlan plan;
  if (!flags.quiet)
    if (auto known = estimate(recipe, timed_data(splits, trainer->transform()), compute)) {
      say(flags, core::concatenate(recipe.name, ": ", recipe.description, "; ", known->text));
      plan = std::move(known->plan);
    }
  return train_in(run, recipe, *trainer, data, compute, flags, identity_of(recipe, compute, data::fingerprint(splits)),
                  {}, std::move(plan));
}

ExitCode resume_run(const track::RunFolder& run, const TrainingFlags& flags) {
  track::check_own_files(run);
  const recipe::Recipe recipe = recipe::load_recipe(run.recipe().string());
  const auto held = lock_run(run);
  for (const std::filesystem::path& folder : {run.path, run.plots()}) core::remove_unfinished(folder);
  const train::Compute compute = train::resolve_compute(as_begun(flags.compute, run));
  DataUse use = use_of(run);
  use.quiet = flags.quiet;
  use.silent = flags.splits != nullptr;
  const OpenedData data = open_data(flags.data, recipe, use);
  const data::Splits& splits = data.splits;
  const train::CheckpointIdentity here = identity_of(recipe, compute, data::fingerprint(splits));
  train::Trainer trainer(recipe, splits, {.compute = compute, .max_seconds = 60 * flags.max_minutes});
  const train::Resumed resumed = train::restore_newest(run.checkpoint(), trainer, here);
  check_logs(resumed, run);
  if (resumed.path.empty()) refuse_to_lose(run, flags);
  core::make_directories(run.checkpoint());
  say_what_differs(resumed, run, here);
  if (trainer.is_complete()) {
    // Where the last save was cut off before it removed what is older.
    train::prune_checkpoints(resumed.path);
    say(flags, core::concatenate("nothing to do: ", run.path.string(), " has finished (",
                                 core::counted(resumed.epoch, "epoch"),
                                 resumed.epoch < recipe.epochs ? ": stopped early, no better on the hold-out" : "",
                                 "); for its pictures and report: ", report_command(run, flags)));
    return ExitCode::ok;
  }
  // Rows after the checkpoint are made anew; what a power cut made of them must not be read.
  for (const train::LogMark& log : resumed.logs)
    if (const std::filesystem::path path = run.path / log.file; size_of(path) > log.bytes)
      core::cut_file(path, log.bytes);
  say(flags, resumed.path.empty()
                 ? "no checkpoint yet: the run begins anew"
                 : core::concatenate("resuming after epoch ", resumed.epoch, " of ", recipe.epochs,
                                     resumed.batch > 0 ? core::concatenate(", batch ", resumed.batch, " of ",
                                                                           trainer.batches_per_epoch())
                                                       : "",
                                     ", from ", resumed.path.string()));
  track::add_resumption(run.environment(), facts_of(recipe, compute, track::RunKind::train), resumed.epoch);
  return train_in(run, recipe, trainer, data, compute, flags, here, resumed.damaged);
}

}  // namespace reslab::cli
