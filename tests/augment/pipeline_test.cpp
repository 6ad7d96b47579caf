#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "augment/support.h"
#include "reslab/augment/cutout.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/random_crop.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

Pipeline original(double flip = 0.5, double cutout = 0.5) {
  Pipeline pipeline;
  pipeline.add(std::make_unique<Pad>());
  pipeline.add(std::make_unique<RandomCrop>());
  pipeline.add(std::make_unique<HorizontalFlip>(HorizontalFlipOptions{.probability = flip}));
  pipeline.add(std::make_unique<Cutout>(CutoutOptions{.probability = cutout}));
  return pipeline;
}

// No pixel is 0, so that zeros are a hole's.
Image image_without_zeros(std::uint64_t seed) {
  Image image = random_image(32, 32, 3, seed);
  for (auto& value : image.pixels) value = std::max<std::uint8_t>(value, 1);
  return image;
}

Image applied(const Pipeline& pipeline, Image image, const SampleKey& key) {
  pipeline.apply(image, key);
  return image;
}

SampleKey any_key() {
  return {.seed = *rc::gen::arbitrary<std::uint64_t>(),
          .epoch = *rc::gen::arbitrary<std::uint32_t>(),
          .sample = *rc::gen::arbitrary<std::uint32_t>()};
}

RC_GTEST_PROP(Pipeline, is_a_function_of_image_and_key, ()) {
  const Pipeline pipeline = original();
  const Image image = random_image(32, 32, 3, 1);
  const SampleKey key = any_key();
  const Image once = applied(pipeline, image, key);
  applied(pipeline, random_image(20, 50, 1, 2), any_key());
  RC_ASSERT(same(applied(pipeline, image, key), once));
  RC_ASSERT(same(applied(original(), image, key), once));
}

TEST(Pipeline, gives_the_same_on_many_threads) {
  constexpr std::uint32_t samples = 400;
  const Pipeline pipeline = original();
  const Image image = random_image(32, 32, 3, 1);
  std::vector<Image> serial(samples), parallel(samples);
  for (std::uint32_t sample = 0; sample < samples; ++sample)
    serial[sample] = applied(pipeline, image, {.seed = 1, .epoch = 2, .sample = sample});
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t first = 0; first < 4; ++first)
      threads.emplace_back([&, first] {
        for (std::uint32_t sample = samples - 4 + first; sample < samples; sample -= 4)
          parallel[sample] = applied(pipeline, image, {.seed = 1, .epoch = 2, .sample = sample});
      });
  }
  for (std::uint32_t sample = 0; sample < samples; ++sample) EXPECT_TRUE(same(serial[sample], parallel[sample]));
}

TEST(Pipeline, depends_on_seed_epoch_and_sample) {
  const Pipeline pipeline = original(0.5, 1);
  const Image image = random_image(32, 32, 3, 1);
  const auto of = [&](const SampleKey& key) { return applied(pipeline, image, key).pixels; };
  const auto base = of({.seed = 1, .epoch = 1, .sample = 1});
  EXPECT_NE(base, of({.seed = 2, .epoch = 1, .sample = 1}));
  EXPECT_NE(base, of({.seed = 1, .epoch = 2, .sample = 1}));
  EXPECT_NE(base, of({.seed = 1, .epoch = 1, .sample = 2}));
  EXPECT_NE(base, of({.seed = 1ULL << 32 | 1U, .epoch = 1, .sample = 1}));
}

TEST(Pipeline, gives_each_place_numbers_of_its_own) {
  constexpr int draws = 10'000;
  Pipeline twice;  // two flips with the same numbers would always cancel
  twice.add(std::make_unique<HorizontalFlip>());
  twice.add(std::make_unique<HorizontalFlip>());
  int flipped = 0;
  for (std::uint32_t sample = 0; sample < draws; ++sample)
    flipped += applied(twice, {1, 2, 1, {1, 2}}, {.sample = sample}).pixels[0] == 2 ? 1 : 0;
  EXPECT_NEAR(flipped, 0.5 * draws, 4 * std::sqrt(0.25 * draws));
}

RC_GTEST_PROP(Pipeline, keeps_crops_and_flips_when_cutout_changes, ()) {
  const Image image = image_without_zeros(1);
  const SampleKey key = any_key();
  const Image without = applied(original(0.5, 0), image, key), with = applied(original(0.5, 1), image, key);
  int holes = 0;
  for (std::size_t i = 0; i < with.pixels.size(); ++i) {
    if (with.pixels[i] == 0)
      ++holes;
    else
      RC_ASSERT(with.pixels[i] == without.pixels[i]);
  }
  RC_ASSERT(holes > 0);
  RC_ASSERT(holes <= 8 * 8 * 3);
}

RC_GTEST_PROP(Pipeline, keeps_holes_when_flips_change, ()) {
  const Image image = image_without_zeros(1);
  const SampleKey key = any_key();
  const Image plain = applied(original(0, 1), image, key), flipped = applied(original(1, 1), image, key);
  for (std::size_t i = 0; i < plain.pixels.size(); ++i) RC_ASSERT((plain.pixels[i] == 0) == (flipped.pixels[i] == 0));
}

TEST(Pipeline, applies_policies_in_order) {
  Pipeline pad_first, crop_first;
  pad_first.add(std::make_unique<Pad>());
  pad_first.add(std::make_unique<RandomCrop>(RandomCropOptions{.height = 20, .width = 20}));
  crop_first.add(std::make_unique<RandomCrop>(RandomCropOptions{.height = 20, .width = 20}));
  crop_first.add(std::make_unique<Pad>());
  EXPECT_EQ(pad_first.output_size(Size{32, 32}), (Size{20, 20}));
  EXPECT_EQ(crop_first.output_size(Size{32, 32}), (Size{36, 36}));
  const Image image = random_image(32, 32, 3, 1);
  EXPECT_EQ(applied(pad_first, image, {}).height, 20);
  EXPECT_EQ(applied(crop_first, image, {}).height, 36);
}

TEST(Pipeline, follows_sizes_that_are_not_known_to_where_they_are) {
  Pipeline crop, pad;
  crop.add(std::make_unique<Pad>());
  EXPECT_EQ(crop.output_size(std::nullopt), std::nullopt);
  crop.add(std::make_unique<RandomCrop>(RandomCropOptions{.height = 20, .width = 24}));
  crop.add(std::make_unique<HorizontalFlip>());
  EXPECT_EQ(crop.output_size(std::nullopt), (Size{20, 24}));
  EXPECT_EQ(crop.common_output_size(std::nullopt), (Size{20, 24}));
  pad.add(std::make_unique<Pad>());
  EXPECT_EQ(pad.common_output_size(Size{32, 32}), (Size{36, 36}));
  EXPECT_THROW(pad.common_output_size(std::nullopt), core::UserError);
}

TEST(Pipeline, leaves_images_alone_when_empty) {
  const Image image = random_image(7, 5, 2, 1);
  EXPECT_TRUE(same(applied(Pipeline(), image, {.seed = 1}), image));
  EXPECT_EQ(Pipeline().output_size(Size{7, 5}), (Size{7, 5}));
}

TEST(Pipeline, refuses_more_policies_than_there_are_streams) {
  Pipeline pipeline;
  for (int i = 0; i < 240; ++i) pipeline.add(std::make_unique<HorizontalFlip>());
  EXPECT_THROW(pipeline.add(std::make_unique<HorizontalFlip>()), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
