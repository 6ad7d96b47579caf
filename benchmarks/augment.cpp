// How long policies for photographs take on one thread: random_resized_crop from 400 × 533 to 224 × 224 pixels,
// horizontal_flip, and color_jitter (0.4, 0.4, 0.4, 0.1).
//
//   bench_augment                  one line of JSON: microseconds of processor time an image, of each policy and all,
//   by repetition
//
// The goal: less than Pillow takes for the same (benchmarks/augment compares).
#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reslab/augment/color_jitter.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/random_resized_crop.h"
#include "reslab/augment/trivial_augment.h"
#include "reslab/core/cpu.h"
#include "reslab/core/version.h"

namespace {

using namespace reslab;

struct Options {
  int repetitions = 5, images = 100;
};

// Slopes with noise, as a photograph has them.
augment::Image photograph() {
  augment::Image image{400, 533, 3, {}};
  core::Random random({.seed = 1});
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column)
      for (int channel = 0; channel < 3; ++channel)
        image.pixels.push_back(
            static_cast<std::uint8_t>(column / 4 + row * (channel + 1) / 8 + static_cast<int>(random.below(30))));
  return image;
}

// Of this process on a processor: other programs that compete for it don't count.
double processor_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Of one image, in microseconds: the median would hide that images take differently long.
template <typename Change>
double mean_time(int images, const augment::Image& image, const Change& change) {
  double seconds = 0;
  for (int i = 0; i < images; ++i) {
    augment::Image changed = image;
    const double begin = processor_seconds();
    change(changed, static_cast<std::uint32_t>(i));
    seconds += processor_seconds() - begin;
  }
  return seconds / images * 1e6;
}

template <typename Policy>
augment::Pipeline pipeline_of(Policy policy) {
  augment::Pipeline pipeline;
  pipeline.add(std::make_unique<Policy>(std::move(policy)));
  return pipeline;
}

nlohmann::json measure(const Options& options) {
  const augment::ColorJitterOptions jitter{.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1};
  augment::Pipeline all;
  all.add(std::make_unique<augment::RandomResizedCrop>());
  all.add(std::make_unique<augment::HorizontalFlip>());
  all.add(std::make_unique<augment::ColorJitter>(jitter));
  const augment::Pipeline crop = pipeline_of(augment::RandomResizedCrop());
  const augment::Pipeline flip = pipeline_of(augment::HorizontalFlip());
  const augment::Pipeline changes = pipeline_of(augment::ColorJitter(jitter));
  const augment::Pipeline trivial = pipeline_of(augment::TrivialAugment());
  const augment::Image image = photograph();
  augment::Image small = image;
  crop.apply(small, {.seed = 1});
  nlohmann::json times;
  for (int i = 0; i < options.repetitions; ++i) {
    const auto time = [&](const augment::Pipeline& pipeline, const augment::Image& from) {
      return mean_time(options.images, from, [&](augment::Image& changed, std::uint32_t sample) {
        pipeline.apply(changed, {.seed = 1, .sample = sample});
      });
    };
    times["all"].push_back(time(all, image));
    times["random_resized_crop"].push_back(time(crop, image));
    times["horizontal_flip"].push_back(time(flip, small));
    times["color_jitter"].push_back(time(changes, small));
    times["trivial_augment"].push_back(time(trivial, small));
  }
  return {{"program", "reslab"},
          {"images", options.images},
          {"microseconds", times},
          {"processor", core::processor().model},
          {"commit", core::version().commit + (core::version().modified ? "-modified" : "")}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Times policies for photographs and prints one line of JSON.");
  app.option_defaults()->always_capture_default();
  app.add_option("--repetitions", options.repetitions, "each timed")->check(CLI::Range(1, 1000));
  app.add_option("--images", options.images, "that each repetition augments")->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);
  std::cout << measure(options).dump() << '\n';
  return 0;
}
