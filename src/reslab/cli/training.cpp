#include "reslab/cli/training.h"

#include <ATen/TensorOperators.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <limits>
#include <thread>

#include "reslab/cli/compute_options.h"
#include "reslab/cli/estimate.h"
#include "reslab/cli/format.h"
#include "reslab/cli/pictures.h"
#include "reslab/cli/sample_pictures.h"
#include "reslab/cli/validators.h"
#include "reslab/core/allocator.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/threads.h"
#include "reslab/data/fingerprint.h"
#include "reslab/fetch/locate.h"
#include "reslab/image/png.h"
#include "reslab/track/metrics.h"
#include "reslab/track/tensorboard.h"
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

// The best hold-out accuracy among them; −1 for none.
double best_holdout(const std::vector<track::EpochRow>& rows) {
  double best = -1;
  for (const track::EpochRow& row : rows)
    if (row.holdout) best = std::max(best, row.holdout->accuracy);
  return best;
}

// The process's own, as the system has it.
std::vector<std::string> command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

void say(const TrainingFlags& flags, const std::string& line) {
  if (!flags.quiet) std::cerr << line << '\n';
}

// A plan doesn't read the data to the last byte.
train::CheckpointIdentity identity_without_data(const train::Recipe& recipe, const train::Compute& compute) {
  return {.recipe_hash = train::recipe_hash(recipe),
          .device = compute.device.str(),
          .precision = compute.precision(),
          .threads = compute.threads,
          .engine = train::engine(compute)};
}

// Without a checkpoint a run begins anew, and its files are written over. After one epoch that costs an epoch (a kill
// can come between its row and its checkpoint); after more, or where their folder is gone, somebody has taken the
// checkpoints away.
void refuse_to_lose(const track::RunFolder& run) {
  const std::vector<track::EpochRow> rows = epochs_behind(run, std::numeric_limits<std::int64_t>::max());
  if (rows.size() < 2 && std::filesystem::is_directory(run.checkpoint())) return;
  throw core::UserError(
      {.attempted = "resume " + run.path.string(),
       .found = rows.size() < 2 ? "the folder of its checkpoints is gone"
                                : core::concatenate("no checkpoint, though ", rows.size(), " epochs are finished"),
       .remedy = "put back what lay in " + run.checkpoint().string() + ", or start a new run with `" +
                 core::command("train " + run.recipe().string()) + "`; this one's weights and figures stay"});
}

// In bytes; 0 where there is none.
std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

// Throws where the pictures that were asked for can't be made, before anything is trained.
track::EventDetail event_detail(const TrainingFlags& flags) {
  const track::EventDetail detail = track::event_detail_named(flags.tensorboard);
  if (detail >= track::EventDetail::images && !image::has_png())
    throw core::UserError({.attempted = "train with --tensorboard " + flags.tensorboard,
                           .found = "this build of reslab knows no PNG, because libspng was missing",
                           .remedy = "use --tensorboard scalars, or install libspng and build again"});
  return detail;
}

std::string go_on_with(const track::RunFolder& run) {
  return "go on with: " + core::command("resume " + run.path.string());
}

std::string to_make_pictures(const track::RunFolder& run) {
  return "to make them: " + core::command("report " + run.path.string()) +
         "; plot, mistakes and explain draw the pictures";
}

// Trains in `run` until the end or a signal, and says where things are.
ExitCode train_in(const track::RunFolder& run, const train::Recipe& recipe, train::Trainer& trainer,
                  const data::Parts& parts, const train::Compute& compute, const TrainingFlags& flags,
                  const std::set<std::filesystem::path>& damaged = {}, track::TimePlan plan = {}) {
  if (!trainer.why_batches_wait().empty())
    say(flags, "the processor makes the batches, and the GPU may wait for them: " + trainer.why_batches_wait());
  const auto average_loss = track::average_loss_named(recipe.report.average_loss);
  const train::NetworkDescription description =
      train::describe_network(recipe, parts.train, trainer.normalizer(), compute.precision());
  const std::vector<track::EpochRow> behind = epochs_behind(run, trainer.epoch());

  // The checkpoint comes last of what must not be lost: once it is there, its epoch isn't repeated.
  track::Metrics metrics({.steps = run.metrics(), .epochs = run.epochs(), .average_loss = average_loss});
  train::BestWeights best(run.best(), trainer, description, best_holdout(behind));
  train::LastWeights last(run.weights(), trainer, description);
  train::CheckpointWriter checkpoints(
      run.checkpoint(), trainer, identity_of(recipe, compute, parts),
      {.seconds = 60 * flags.checkpoint_minutes, .sync_logs = [&] { return metrics.sync(); }, .damaged = damaged});
  track::Progress progress({.verbosity = flags.verbosity(),
                            .average_loss = average_loss,
                            .log = run.log(),
                            .earlier = behind,
                            .plan = plan.epochs.empty() ? track::relative_times(recipe) : std::move(plan)});

  track::TensorBoard board(
      {.folder = run.path, .detail = event_detail(flags), .network = &trainer.network(), .pictures = [&] {
         return sample_pictures(recipe, parts.train, trainer.normalizer());
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
    if (std::error_code ignored; std::filesystem::exists(run.recipe(), ignored))
      said.remedy += (said.remedy.empty() ? "" : "; then ") + go_on_with(run);
    throw core::FileRefused(said);
  }
  if (flags.verbose) {
    say(flags, core::concatenate("tensor memory at its peak: ", core::allocator_statistics().peak >> 20, " MiB"));
    say(flags,
        core::concatenate("checkpoints: ", checkpoints.saves(), checkpoints.saves() == 1 ? " save, " : " saves, ",
                          format("%.2f s, %.2f %% of the training's time", checkpoints.seconds(),
                                 100 * checkpoints.seconds() / std::max(done.seconds, 1e-9))));
  }
  if (done.epochs_done > 0)
    say(flags, core::concatenate("weights after epoch ", done.epochs_done, ": ", run.weights().string()));
  if (!train::is_complete(done.end)) {
    say(flags, go_on_with(run));
    return done.end == train::End::out_of_time ? ExitCode::ok : asked_to_stop;
  }
  // The training was over all the same: what would come after it isn't wanted.
  if (asked_to_stop != ExitCode::ok) {
    if (!flags.no_report) say(flags, "pictures and report are left out; " + to_make_pictures(run));
    return asked_to_stop;
  }
  if (flags.no_report || recipe.data.overfit_batches > 0) return ExitCode::ok;
  const train::StopSignals signals;
  const bool all = write_pictures(
      {.run = run.path.string(),
       .data = {.data = recipe.data.name, .cache_dir = flags.data.cache_dir},
       .compute = {.device = compute.device.str(), .precision = compute.precision(), .threads = compute.threads}},
      {.limit_samples = recipe.data.limit_batches * recipe.data.batch_size, .quiet = flags.quiet, .stop = [&] {
         return signals.requested().has_value();
       }});
  const ExitCode asked = signals.exit_code();
  if (asked != ExitCode::ok && !all)
    say(flags,
        "ended early: the training is over and saved, pictures and report are not all there; " + to_make_pictures(run));
  return all ? ExitCode::ok : asked;
}

void print_plan_head(const train::Recipe& recipe) {
  std::cout << "recipe     " << recipe.name << " (hash " << train::recipe_hash(recipe).substr(0, 12) << "…), seed "
            << recipe.seed << '\n';
}

constexpr std::string_view no_run = "No run was made (--dry-run).\n";

// A plan downloads nothing, so what depends on the data stays out of it.
ExitCode print_plan_without_data(const train::Recipe& recipe, const train::Compute& compute) {
  print_plan_head(recipe);
  std::cout << "data       " << recipe.data.name << ": not here yet; the training would fetch it ("
            << core::command("data fetch ") << recipe.data.name << ")\ntraining   " << recipe.epochs
            << " epochs, batches of " << recipe.data.batch_size << "\ncompute    "
            << train::describe(identity_without_data(recipe, compute)) << '\n'
            << no_run;
  return ExitCode::ok;
}

}  // namespace

train::CheckpointIdentity identity_of(const train::Recipe& recipe, const train::Compute& compute,
                                      const data::Parts& parts) {
  train::CheckpointIdentity identity = identity_without_data(recipe, compute);
  identity.data = data::fingerprint(parts);
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
  for (const std::string& reason : resumed.passed_over) std::cerr << "passed over: " << reason << '\n';
  for (const train::LogMark& log : resumed.logs)
    if (const std::uint64_t left = size_of(run.path / log.file); left < log.bytes)
      std::cerr << core::concatenate("rows are missing in ", (run.path / log.file).string(), ": it has ", left,
                                     " bytes, and had ", log.bytes, " when the checkpoint was written\n");
  if (resumed.differing)
    std::cerr << "the run was made on " << train::describe(*resumed.differing) << "; this is " << train::describe(here)
              << ": from here on it may not be the same to the bit\n";
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

train::Recipe with_data(train::Recipe recipe, const DataFlags& flags) {
  if (!flags.data.empty()) recipe.data.name = flags.data;
  const auto known = fetch::dataset_names();
  std::error_code ignored;
  if (std::ranges::find(known, recipe.data.name) == known.end() &&
      std::filesystem::is_directory(recipe.data.name, ignored))
    recipe.data.name = std::filesystem::canonical(recipe.data.name).string();
  return recipe;
}

track::RunFacts facts_of(const train::Recipe& recipe, const train::Compute& compute, track::RunKind kind,
                         std::chrono::system_clock::time_point started) {
  return {.kind = kind,
          .command_line = command_line(),
          .recipe = recipe.name,
          .recipe_hash = train::recipe_hash(recipe),
          .seed = recipe.seed,
          .device = compute.device.str(),
          .precision = compute.precision(),
          .threads = compute.threads,
          .started = started};
}

void add_training_options(CLI::App& app, TrainingFlags& flags) {
  add_data_options(app, flags.data);
  add_compute_options(app, flags.compute);
  const std::string group = "Run";
  app.add_option("--runs-dir", flags.runs, "folder of the runs")->type_name("DIR")->capture_default_str()->group(group);
  app.add_option("--max-minutes", flags.max_minutes, "end after the batch in which so many minutes are over")
      ->type_name("X")
      ->check(from_zero())
      ->group(group);
  app.add_option("--checkpoint-minutes", flags.checkpoint_minutes,
                 "save the state within an epoch, too, every so many minutes")
      ->type_name("X")
      ->check(above_zero())
      ->capture_default_str()
      ->group(group);
  app.add_option("--tensorboard", flags.tensorboard, "what goes into the run's event files for TensorBoard")
      ->check(CLI::IsMember(track::event_detail_names()))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--no-report", flags.no_report, "leave out the pictures and the report at the end")->group(group);
  auto* quiet = app.add_flag("-q,--quiet", flags.quiet, "only the last line")->group(group);
  app.add_flag("-v,--verbose", flags.verbose, "rates, times and memory besides")->excludes(quiet)->group(group);
}

ExitCode start_run(const train::Recipe& asked, const TrainingFlags& flags, const std::string& name) {
  const train::Recipe recipe = with_data(asked, flags.data);
  const train::Compute compute = train::resolve_compute(flags.compute);
  const data::Parts parts = open_dataset(flags.data, recipe.data.name);
  train::Trainer trainer(recipe, parts, {.compute = compute, .max_seconds = 60 * flags.max_minutes});
  const track::RunFolder run = track::create_run({.runs = flags.runs, .recipe = recipe.name, .name = name});
  const auto held = lock_run(run);
  core::make_directories(run.checkpoint());
  core::write_file(run.recipe(), train::to_toml(recipe));
  track::write_environment(run.environment(), facts_of(recipe, compute, track::RunKind::train));
  say(flags, core::concatenate("run: ", run.path.string(), " (", compute.device.str(), ", ", compute.precision(), ", ",
                               compute.threads, compute.threads == 1 ? " thread)" : " threads)"));
  track::TimePlan plan = track::relative_times(recipe);
  if (!flags.quiet)
    if (auto known = estimate(recipe, compute)) {
      say(flags, core::concatenate(recipe.name, ": ", recipe.description, "; ", known->text));
      plan = std::move(known->plan);
    }
  return train_in(run, recipe, trainer, parts, compute, flags, {}, std::move(plan));
}

ExitCode resume_run(const track::RunFolder& run, const TrainingFlags& flags) {
  track::check_own_files(run);
  const train::Recipe recipe = train::load_recipe(run.recipe().string());
  const auto held = lock_run(run);
  for (const std::filesystem::path& folder : {run.path, run.plots()}) core::remove_unfinished(folder);
  const train::Compute compute = train::resolve_compute(as_begun(flags.compute, run));
  const data::Parts parts = open_dataset(flags.data, recipe.data.name);
  train::Trainer trainer(recipe, parts, {.compute = compute, .max_seconds = 60 * flags.max_minutes});
  const train::Resumed resumed = train::restore_newest(run.checkpoint(), trainer, identity_of(recipe, compute, parts));
  check_logs(resumed, run);
  if (resumed.path.empty()) refuse_to_lose(run);
  core::make_directories(run.checkpoint());
  say_what_differs(resumed, run, identity_of(recipe, compute, parts));
  if (trainer.is_complete()) {
    // Where the last save was cut off before it removed what is older.
    train::prune_checkpoints(resumed.path);
    say(flags, core::concatenate("nothing to do: ", run.path.string(), " has finished its ", resumed.epoch,
                                 resumed.epoch == 1 ? " epoch" : " epochs",
                                 resumed.epoch < recipe.epochs ? " (stopped early, no better on the hold-out)" : "",
                                 "; for its pictures and report: ", core::command("report " + run.path.string())));
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
  return train_in(run, recipe, trainer, parts, compute, flags, resumed.damaged);
}

ExitCode print_plan(const train::Recipe& asked, const TrainingFlags& flags) {
  const train::Recipe recipe = with_data(asked, flags.data);
  const train::Compute compute = train::resolve_compute(flags.compute);
  if (needs_fetching(flags.data, recipe.data.name)) return print_plan_without_data(recipe, compute);
  const data::Parts parts = open_dataset(flags.data, recipe.data.name);
  train::Trainer trainer(recipe, parts, {.compute = compute});
  std::int64_t parameters = 0;
  for (const at::Tensor& parameter : trainer.network().parameters()) parameters += parameter.numel();
  print_plan_head(recipe);
  std::cout << "data       " << parts.train.name << ": " << trainer.train_samples() << " samples to train on, "
            << recipe.data.holdout << " held out, " << parts.test.size() << " to test\nnetwork    " << recipe.model.name
            << ", " << parameters << " parameters\ntraining   " << recipe.epochs << " epochs × "
            << trainer.batches_per_epoch() << " batches of " << recipe.data.batch_size << " = " << trainer.total_steps()
            << " steps\ncompute    " << train::describe(identity_without_data(recipe, compute)) << '\n';
  if (const auto known = estimate(recipe, compute)) std::cout << "time       " << known->text << '\n';
  std::cout << "runs in    " << flags.runs << '\n' << no_run;
  return ExitCode::ok;
}

}  // namespace reslab::cli
