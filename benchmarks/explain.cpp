// How long explanations take: 20 images of 32 × 32 pixels, Grad-CAM of layer1, layer2 and layer3, by the full-size
// network, in fp32, as `reslab explain` computes them.
//
//   bench_explain                  one line of JSON: seconds of each repetition and their median
//
// The goal: under 2 seconds on two cores after the program's start, pictures included.
#include <ATen/TensorOperators.h>
#include <ATen/ops/randint.h>
#include <torch/version.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/core/allocator.h"
#include "reslab/core/cpu.h"
#include "reslab/core/error.h"
#include "reslab/core/version.h"
#include "reslab/data/tensor_source.h"
#include "reslab/nn/layer.h"
#include "reslab/report/explanations.h"
#include "reslab/train/compute.h"

namespace {

using namespace reslab;

struct Options {
  int repetitions = 5;
  std::int64_t images = 20, width = 64;
  train::ComputeRequest compute;
};

data::BatchSource random_images(std::int64_t count) {
  return {.samples = data::in_memory("random images", at::randint(256, {count, 32, 32, 3}, at::kByte),
                                     at::randint(10, {count}, at::kLong), std::vector<std::string>(10, "class")),
          .transform = {.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}}};
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

nlohmann::json measure(const Options& options) {
  const train::Compute compute = train::resolve_compute(options.compute);
  const auto network =
      models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", options.width}}});
  nn::initialise(*network, 1);
  network->to(compute.device);
  const data::BatchSource source = random_images(options.images);
  report::Explanation explanation{.network = *network, .source = source, .samples = {}};
  for (std::int64_t i = 0; i < options.images; ++i)
    explanation.samples.push_back({.sample = i, .actual = 0, .predicted = i % 10});
  const at::Tensor images = report::images_of(explanation), classes = report::chosen_classes(explanation)[0].classes;
  const std::vector<std::string> layers{"layer1", "layer2", "layer3"};
  // A folder of this process alone: two benchmarks may run at once.
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("reslab-bench-explain-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::vector<double> maps, pictures;
  for (int i = 0; i < options.repetitions; ++i) {
    auto begin = std::chrono::steady_clock::now();
    explain::class_activation_maps(*network, images, classes, layers);
    maps.push_back(seconds_since(begin));
    begin = std::chrono::steady_clock::now();
    report::write_cam_galleries(folder, explanation);
    pictures.push_back(seconds_since(begin));
  }
  std::filesystem::remove_all(folder);
  const auto median = [](std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
  };
  const core::Processor processor = core::processor();
  return {{"program", "reslab"},
          {"images", options.images},
          {"layers", layers},
          {"maps_seconds", maps},
          {"maps_median_seconds", median(maps)},
          {"maps_and_pictures_seconds", pictures},
          {"maps_and_pictures_median_seconds", median(pictures)},
          {"torch", TORCH_VERSION},
          {"threads", compute.threads},
          {"device", compute.device.str()},
          {"processor", processor.model},
          {"commit", core::version().commit + (core::version().modified ? "-modified" : "")}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Times Grad-CAM of three layers and prints one line of JSON.");
  app.option_defaults()->always_capture_default();
  app.add_option("--repetitions", options.repetitions, "each timed; the first is the one after start")
      ->check(CLI::Range(1, 1000));
  app.add_option("--images", options.images, "images to explain")->check(CLI::Range(1, 10'000));
  app.add_option("--width", options.width, "of the network")->check(CLI::Range(1, 1024));
  app.add_option("--device", options.compute.device, "auto, cpu or cuda");
  app.add_option("--threads", options.compute.threads, "0: what this process may use");
  CLI11_PARSE(app, argc, argv);
  try {
    core::install_allocator();
    std::cout << measure(options).dump() << '\n';
  } catch (const core::UserError& error) {
    std::cerr << "bench_explain: " << error.what() << '\n';
    return static_cast<int>(core::ExitCode::user_error);
  }
  return 0;
}
