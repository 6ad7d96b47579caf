// `reslab bench [RECIPE]`: where the time of a training step goes, and how near the machine's limit it is; with
// --record, how well and how fast the whole training goes (cli/record.h).
#include <torch/version.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/compute_options.h"
#include "reslab/cli/format.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/record.h"
#include "reslab/cli/table.h"
#include "reslab/cli/validators.h"
#include "reslab/core/allocator.h"
#include "reslab/core/cpu.h"
#include "reslab/core/json_text.h"
#include "reslab/core/quantity.h"
#include "reslab/core/version.h"
#include "reslab/fetch/datasets.h"
#include "reslab/train/step_profile.h"

namespace reslab::cli {
namespace {

using core::ExitCode;
using nlohmann::ordered_json;
using train::Operation;

constexpr double worth_a_row = 0.002;  // of the step; what takes less stands together

struct BenchFlags {
  std::string recipe = default_recipe;
  train::ProfileOptions steps;
  train::ComputeRequest compute;
  bool json = false;
  RecordOptions record;
  TrainingFlags training;  // of a record
};

struct Measured {
  recipe::Recipe recipe;
  train::Compute compute;
  train::Roofline roofline;
  train::StepProfile profile;
  std::size_t peak_bytes = 0;
};

Measured measure(const BenchFlags& flags, const recipe::Recipe& asked) {
  Measured result{.recipe = asked, .compute = train::resolve_compute(flags.compute)};
  if (!result.compute.device.is_cpu())
    throw core::UserError({.attempted = "profile a step on " + result.compute.device.str(),
                           .found = "a device that works on by itself, which this profile doesn't wait for",
                           .allowed = "--device cpu"});
  core::install_allocator();
  result.roofline = train::measure_roofline(result.compute);
  const fetch::NamedDataset& like = fetch::named_datasets().front();
  train::Trainer trainer(result.recipe, train::random_images(like.info, like.train_samples),
                         {.compute = result.compute});
  result.profile = train::profile_steps(trainer, flags.steps);
  result.peak_bytes = core::allocator_statistics().peak;
  return result;
}

// Convolution is where arithmetic is the limit; of all else the time over what moving its bytes would take. The
// whitening layer is both.
struct Shares {
  struct Share {
    double seconds = 0, least = 0;

    void add(const Operation& operation, const train::Roofline& roofline) {
      seconds += operation.seconds;
      least += train::least_seconds(operation, roofline);
    }
  };
  Share convolution, whitening, besides;
};

Shares shares_of(const Measured& measured) {
  Shares shares;
  for (const Operation& operation : measured.profile.operations) {
    Shares::Share& share = operation.is_convolution()  ? shares.convolution
                           : operation.is_of_patches() ? shares.whitening
                                                       : shares.besides;
    share.add(operation, measured.roofline);
  }
  return shares;
}

bool is_bound_by_arithmetic(const Operation& operation, const train::Roofline& roofline) {
  return operation.flop / roofline.flop_per_second > operation.bytes / roofline.bytes_per_second;
}

Cells row(const Operation& operation, const Measured& measured) {
  const double least = train::least_seconds(operation, measured.roofline);
  return {operation.name,
          format("%.1f", operation.calls),
          format("%.1f", 1e3 * operation.seconds),
          format("%.1f %%", 100 * operation.seconds / measured.profile.step_seconds),
          operation.flop > 0 ? format("%.0f", operation.flop / operation.seconds / 1e9) : "",
          operation.bytes > 0 ? format("%.1f", operation.bytes / operation.seconds / 1e9) : "",
          least > 0 ? format("%.0f %%", 100 * least / operation.seconds) : "",
          least == 0                                             ? ""
          : is_bound_by_arithmetic(operation, measured.roofline) ? "arithmetic"
                                                                 : "memory"};
}

Cells time_row(const std::string& name, double seconds, double step) {
  return {name, "", format("%.1f", 1e3 * seconds), format("%.1f %%", 100 * seconds / step), "", "", "", ""};
}

std::string table(const Measured& measured) {
  const double step = measured.profile.step_seconds;
  std::vector<Cells> rows{{"operation", "calls", "ms", "share", "GFLOP/s", "GB/s", "of the peak", "bound by"}};
  Operation small{.name = "shorter ones"};
  for (const Operation& operation : measured.profile.operations) {
    if (operation.seconds >= worth_a_row * step)
      rows.push_back(row(operation, measured));
    else
      small.calls += operation.calls, small.seconds += operation.seconds;
  }
  if (small.calls > 0) rows.push_back(row(small, measured));
  rows.push_back(time_row("waiting for data", measured.profile.waiting_seconds, step));
  rows.push_back(time_row("between operations", measured.profile.other_seconds(), step));
  return aligned(rows, /*first_number=*/1);
}

void print(const Measured& measured) {
  const std::string convolutions = train::convolution_instructions(measured.compute);
  const train::StepProfile& profile = measured.profile;
  const Shares shares = shares_of(measured);
  const double images = profile.step_images;
  std::cout
      << measured.recipe.name << ", batch " << measured.recipe.data.batch_size << ", mean of "
      << core::counted(profile.steps, "step") << "; " << core::processor().model << ", "
      << core::counted(measured.compute.threads, "thread") << ", " << measured.compute.precision()
      << (convolutions.empty() ? "" : ", convolutions by " + convolutions) << '\n'
      << format("peak measured here: %.0f GFLOP/s (matrix product), %.1f GB/s (copy)\n\n",
                measured.roofline.flop_per_second / 1e9, measured.roofline.bytes_per_second / 1e9)
      << table(measured) << '\n'
      << format("step             %.1f ms, %.0f images/s, %.3f TFLOP, %.0f GFLOP/s\n", 1e3 * profile.step_seconds,
                images / profile.step_seconds, profile.flop() / 1e12, profile.flop() / profile.step_seconds / 1e9)
      << format("convolution      %.1f ms\n", 1e3 * shares.convolution.seconds)
      << (shares.whitening.seconds > 0
              ? format("whitening        %.1f ms, its bias and its activation in the same passes\n",
                       1e3 * shares.whitening.seconds)
              : "")
      << format("all else         %.1f ms, %.2f times what moving its bytes takes at the measured peak\n",
                1e3 * shares.besides.seconds, shares.besides.seconds / shares.besides.least)
      << "tensor memory    " << core::size_text(measured.peak_bytes) << " at the peak\n"
      << "\nConvolutions are counted by the direct method; Winograd's needs fewer operations and may go above the "
         "peak.\nGB/s is of the bytes that an operation must move at least.\n";
}

ordered_json measured_json(const Measured& measured) {
  ordered_json operations = ordered_json::array();
  for (const Operation& operation : measured.profile.operations)
    operations.push_back({{"name", operation.name},
                          {"calls", operation.calls},
                          {"seconds", operation.seconds},
                          {"flop", operation.flop},
                          {"bytes", operation.bytes},
                          {"least_seconds", train::least_seconds(operation, measured.roofline)}});
  const Shares shares = shares_of(measured);
  const core::Processor processor = core::processor();
  return {{"recipe", measured.recipe.name},
          {"recipe_hash", recipe::recipe_hash(measured.recipe)},
          {"batch_size", measured.recipe.data.batch_size},
          {"steps", measured.profile.steps},
          {"step_seconds", measured.profile.step_seconds},
          {"waiting_seconds", measured.profile.waiting_seconds},
          {"other_seconds", measured.profile.other_seconds()},
          {"step_flop", measured.profile.flop()},
          {"operations", operations},
          {"peak",
           {{"flop_per_second", measured.roofline.flop_per_second},
            {"bytes_per_second", measured.roofline.bytes_per_second}}},
          {"convolution", {{"seconds", shares.convolution.seconds}, {"least_seconds", shares.convolution.least}}},
          {"whitening", {{"seconds", shares.whitening.seconds}, {"least_seconds", shares.whitening.least}}},
          {"besides_convolution", {{"seconds", shares.besides.seconds}, {"least_seconds", shares.besides.least}}},
          {"peak_tensor_bytes", measured.peak_bytes},
          {"precision", measured.compute.precision()},
          {"threads", measured.compute.threads},
          {"processor", processor.model},
          {"instructions", processor.flags},
          {"convolutions", train::convolution_instructions(measured.compute)},
          {"libtorch", TORCH_VERSION},
          {"commit", core::version().commit + (core::version().modified ? "-modified" : "")}};
}

ExitCode run(const BenchFlags& flags, const RecipeOptions& options) {
  if (!flags.record.file.empty()) {
    TrainingFlags training = flags.training;
    training.compute = flags.compute;
    return add_record(resolve_recipe(flags.recipe, options), training, flags.record);
  }
  const Measured measured = measure(flags, resolve_recipe(flags.recipe, options));
  if (flags.json)
    std::cout << core::json_text(measured_json(measured), 2) << '\n';
  else
    print(measured);
  return ExitCode::ok;
}

}  // namespace

Action prepare_bench(CLI::App& app) {
  const auto flags = std::make_shared<BenchFlags>();
  app.add_option("recipe", flags->recipe, "name or .toml file (see: reslab recipe list)")->capture_default_str();
  app.add_option("--steps", flags->steps.steps, "batches that are measured")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--warmup", flags->steps.warmup, "batches before them")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N")
      ->capture_default_str();
  auto* json = app.add_flag("--json", flags->json, "for programs");
  const auto recipe_options = add_recipe_options(app);
  add_compute_options(app, flags->compute);
  const std::string group = "Record of whole trainings";
  auto* record = app.add_option("--record", flags->record.file,
                                "instead of a step: train the seeds, and add a line with accuracy, time and machine to "
                                "this CSV file")
                     ->type_name("FILE")
                     ->check(not_empty())
                     ->excludes(json)
                     ->group(group);
  app.add_option("--repeats", flags->record.repeats, "seeds 1 to N")
      ->check(CLI::Range(1, 10000))
      ->type_name("N")
      ->capture_default_str()
      ->needs(record)
      ->group(group);
  app.add_option("--name", flags->record.name,
                 "folder of the trainings, with which the same command goes on (default: record-RECIPE)")
      ->check(not_empty())
      ->needs(record)
      ->group(group);
  app.add_option("--runs-dir", flags->training.runs, "folder of the runs")
      ->type_name("DIR")
      ->capture_default_str()
      ->needs(record)
      ->group(group);
  add_data_options(app, flags->training.data);
  for (const char* name : {"--data", "--cache-dir"}) app.get_option(name)->needs(record)->group(group);
  return [flags, recipe_options] { return run(*flags, *recipe_options); };
}

}  // namespace reslab::cli
