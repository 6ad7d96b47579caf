// Times training steps: what benchmarks/epoch runs in turn with PyTorch.
//
//   bench_step --steps 10             one batch, made once and used again
//   bench_step --steps 10 --loader    batches by the real loader, augmented, from 50,000 images
//   bench_step --steps 10 --evaluation    predictions in evaluation mode instead
//
// Prints one line of JSON under the same names as reference_pytorch.py.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
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
#include "reslab/models/evaluation_mode.h"
#include "reslab/train/step_profile.h"

namespace {

using namespace reslab;

struct Options {
  std::string recipe = "original";
  std::int64_t steps = 10, warmup = 3;  // optimiser steps
  std::int64_t batch = 512;             // images
  bool loader = false, evaluation = false;
  train::ComputeRequest compute;
};

// Seconds from the end of one step to the end of the next, everything included.
class StepClock final : public train::Observer {
 public:
  explicit StepClock(std::int64_t warmup) : warmup_(warmup) {}

  void on_batch_done(const train::BatchDone& event) override {
    const auto now = std::chrono::steady_clock::now();
    if (done_++ >= warmup_) seconds_.push_back(std::chrono::duration<double>(now - last_).count());
    last_ = now;
    loss_ = event.loss;
  }

  const std::vector<double>& seconds() const { return seconds_; }
  double loss() const { return loss_; }

 private:
  std::int64_t warmup_, done_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  std::vector<double> seconds_;
  double loss_ = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void train_steps(const Options& options, train::Trainer& trainer, StepClock& clock) {
  const auto enough = static_cast<std::size_t>(options.steps);
  trainer.run({&clock}, [&]() -> std::optional<train::End> {
    return clock.seconds().size() < enough ? std::nullopt : std::optional(train::End::interrupted);
  });
}

// One cached batch, again and again.
void predict(const Options& options, const train::Compute& compute, models::Network& network, StepClock& clock) {
  const at::NoGradGuard no_grad;
  const models::EvaluationMode mode(network);
  const at::Tensor images = at::randn({options.batch, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor labels = at::randint(10, {options.batch}, at::kLong);
  for (std::int64_t i = 0; i < options.warmup + options.steps; ++i)
    clock.on_batch_done(
        {.loss = at::cross_entropy_loss(network.forward(images.to(compute.activations)), labels).item<double>()});
}

nlohmann::json measure(const Options& options) {
  const train::Compute compute = train::resolve_compute(options.compute);
  const recipe::Recipe recipe =
      recipe::load_recipe(options.recipe, {{"data.batch_size", std::to_string(options.batch)}, {"epochs", "1000"}});
  train::Trainer trainer(recipe, train::random_images(data::cifar10_info(), 50'000),
                         {.compute = compute, .repeat_batch = !options.loader});
  StepClock clock(options.warmup);
  options.evaluation ? predict(options, compute, trainer.network(), clock) : train_steps(options, trainer, clock);

  const core::Processor processor = core::processor();
  const double step = median(clock.seconds());
  return {{"program", "reslab"},
          {"mode", options.evaluation ? "evaluation"
                   : options.loader   ? "loader"
                                      : "cached"},
          {"precision", compute.precision()},
          {"batch", options.batch},
          {"steps_seconds", clock.seconds()},
          {"median_seconds", step},
          {"images_per_second", static_cast<double>(options.batch) / step},
          {"loss", clock.loss()},
          {"torch", TORCH_VERSION},
          {"threads", compute.threads},
          {"device", compute.device.str()},
          {"processor", processor.model},
          {"flags", processor.flags},
          {"bf16_instructions", processor.bf16()},
          {"commit", core::version().commit + (core::version().modified ? "-modified" : "")}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Times training steps of the recipe's network and prints one line of JSON.");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->always_capture_default();
  app.add_option("--recipe", options.recipe, "name, or path of a .toml file");
  app.add_option("--steps", options.steps, "steps to time")->check(CLI::Range(1, 100'000));
  app.add_option("--warmup", options.warmup, "steps before them")->check(CLI::Range(0, 100'000));
  app.add_option("--batch", options.batch, "images a batch")->check(CLI::Range(1, 50'000));
  app.add_flag("--loader", options.loader, "batches by the real loader, augmented, instead of one cached batch");
  app.add_flag("--evaluation", options.evaluation, "predictions in evaluation mode instead of training steps")
      ->excludes("--loader");
  app.add_option("--device", options.compute.device, "auto, cpu or cuda");
  app.add_option("--precision", options.compute.precision, "auto, fp32 or bf16");
  app.add_option("--threads", options.compute.threads, "0: what this process may use");
  CLI11_PARSE(app, argc, argv);
  try {
    core::install_allocator();
    std::cout << measure(options).dump() << '\n';
  } catch (const core::UserError& error) {
    std::cerr << "bench_step: " << error.what() << '\n';
    return static_cast<int>(core::ExitCode::user_error);
  }
  return 0;
}
