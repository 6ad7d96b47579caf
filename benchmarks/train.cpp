// Trains a recipe with N seeds in one process and prints one line of JSON for each: for machines where the whole
// program can't be built, such as a bare one with a GPU. Needs libtorch and header-only libraries alone.
//
//   bench_train fast94 --data DIR --seeds 20 --warmup
//
// seconds: whitening through the last prediction of the test, as campaigns count (epochs' training, and the last test
// with all its views); the device has finished whenever a clock is read. The tests between epochs are beside it.
#include <torch/version.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/core/allocator.h"
#include "reslab/core/cpu.h"
#include "reslab/core/error.h"
#include "reslab/core/version.h"
#include "reslab/data/cifar10.h"
#include "reslab/train/checkpoint.h"
#include "reslab/train/trainer.h"

namespace {

using namespace reslab;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string recipe = "fast94", data;
  std::vector<std::string> set;
  std::uint64_t first_seed = 1, seeds = 1;
  bool warmup = false;
  train::ComputeRequest compute;
};

struct LastEpoch final : train::Observer {
  void on_epoch_done(const train::EpochDone& event) override {
    training_seconds += event.train_seconds;
    last = event;
  }
  double training_seconds = 0;
  train::EpochDone last;
};

recipe::Overrides overrides(const Options& options) {
  recipe::Overrides result;
  for (const std::string& text : options.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw core::UserError({.attempted = "read --set " + text, .found = "no '='", .allowed = "KEY=VALUE"});
    result.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

nlohmann::json train_once(const recipe::Recipe& recipe, const data::Splits& splits, const train::Compute& compute) {
  const auto start = Clock::now();
  train::Trainer trainer(recipe, splits, {.compute = compute});
  LastEpoch seen;
  trainer.run({&seen}, nullptr);
  const double whole = std::chrono::duration<double>(Clock::now() - start).count();
  const train::Evaluation one_view =
      train::evaluate(trainer.network(), {.samples = splits.test, .transform = trainer.transform()}, compute,
                      {.batch_size = recipe.data.batch_size});
  return {{"program", "reslab"},
          {"recipe", recipe.name},
          {"recipe_hash", recipe::recipe_hash(recipe)},
          {"seed", recipe.seed},
          {"accuracy", seen.last.test.accuracy()},
          {"views", seen.last.test.views},
          {"accuracy_one_view", one_view.accuracy()},
          {"seconds", seen.training_seconds + seen.last.test.seconds},
          {"process_seconds", whole},
          {"precision", compute.precision()},
          {"device", compute.device.str()},
          {"threads", compute.threads},
          {"torch", TORCH_VERSION},
          {"processor", core::processor().model},
          {"engine", train::engine(compute)},
          {"commit", core::version().commit + (core::version().modified ? "-modified" : "")}};
}

void train_all(const Options& options) {
  const train::Compute compute = train::resolve_compute(options.compute);
  recipe::Recipe recipe = recipe::load_recipe(options.recipe, overrides(options));
  const data::Splits splits = data::read_cifar10(options.data);
  if (options.warmup) {
    recipe.seed = 0;
    train_once(recipe, splits, compute);
  }
  for (recipe.seed = options.first_seed; recipe.seed < options.first_seed + options.seeds; ++recipe.seed)
    std::cout << train_once(recipe, splits, compute).dump() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a recipe with several seeds and prints one line of JSON for each.");
  app.option_defaults()->always_capture_default();
  app.add_option("recipe", options.recipe, "name, or path of a .toml file");
  app.add_option("--data", options.data, "a folder with CIFAR-10's six .bin files")->required();
  app.add_option("--seeds", options.seeds, "how many, one after the other")->check(CLI::Range(1, 10'000));
  app.add_option("--first-seed", options.first_seed, "the first of them");
  app.add_option("--set", options.set, "KEY=VALUE of the recipe; may be repeated");
  app.add_flag("--warmup", options.warmup, "train once before, uncounted, with seed 0");
  app.add_option("--device", options.compute.device, "auto, cpu or cuda");
  app.add_option("--precision", options.compute.precision, "auto, fp32 or bf16");
  app.add_option("--threads", options.compute.threads, "0: what this process may use");
  CLI11_PARSE(app, argc, argv);
  try {
    core::install_allocator();
    train_all(options);
  } catch (const core::UserError& error) {
    std::cerr << "bench_train: " << error.what() << '\n';
    return static_cast<int>(core::ExitCode::user_error);
  }
  return 0;
}
