// How many images a second the original's pipeline gives: pad to 36, crop 32, flip, cutout, normalise into a batch.
//
//   bench_loader --benchmark_repetitions=5
//
// One thread makes batches; a training step needs them no faster than it takes them, so an image should cost well under
// what it costs the network (10 µs against about a millisecond on two cores).
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>

#include <array>
#include <memory>

#include "reslab/augment/cutout.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/random_crop.h"
#include "reslab/core/allocator.h"
#include "reslab/core/random.h"
#include "reslab/data/batch_maker.h"
#include "reslab/data/tensor_source.h"

namespace {

using namespace reslab;

constexpr std::array mean{0.49139968, 0.48215841, 0.44653091};
constexpr std::array deviation{0.24703223, 0.24348513, 0.26158784};

data::Split random_images(std::int64_t samples) {
  const at::Tensor images = at::empty({samples, 32, 32, 3}, at::kByte);
  core::Random random({.seed = 1});
  auto* pixels = images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < images.numel(); ++i) pixels[i] = static_cast<std::uint8_t>(random.below(256));
  return data::in_memory("random", images, at::zeros({samples}, at::kLong), {"any"});
}

std::shared_ptr<const augment::Pipeline> original() {
  auto pipeline = std::make_shared<augment::Pipeline>();
  pipeline->add(std::make_unique<augment::Pad>());
  pipeline->add(std::make_unique<augment::RandomCrop>());
  pipeline->add(std::make_unique<augment::HorizontalFlip>());
  pipeline->add(std::make_unique<augment::Cutout>(augment::CutoutOptions{.fill = augment::fill_of_mean(mean)}));
  return pipeline;
}

void batches(benchmark::State& state, data::BatchType type, const std::shared_ptr<const augment::Pipeline>& pipeline) {
  core::install_allocator();
  data::BatchMaker maker(
      {.samples = random_images(5'000), .pipeline = pipeline, .transform = {.normalizer = {mean, deviation}}},
      {.type = type, .seed = 1});
  const auto order = maker.order(0);
  std::int64_t index = 0, images = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const data::Batch batch = maker.make(order, 0, index);
    benchmark::DoNotOptimize(batch.images.const_data_ptr());
    images += batch.size();
    index = (index + 1) % maker.batches();
  }
  state.SetItemsProcessed(images);
}

BENCHMARK_CAPTURE(batches, original_fp32, data::BatchType::fp32, original())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(batches, original_bf16, data::BatchType::bf16, original())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(batches, normalise_only_bf16, data::BatchType::bf16, nullptr)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
