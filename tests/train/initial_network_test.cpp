#include "reslab/train/initial_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/unlike_sizes.h"
#include "recipe/support.h"

namespace reslab::train {
namespace {

// A folder's pictures stand class by class: here twenty black ones, then twenty of noise.
data::Split by_class() {
  core::Random random({.seed = 5});
  std::vector<augment::Image> images;
  for (int i = 0; i < 40; ++i) {
    augment::Image image{.height = 8, .width = 8, .channels = 3, .pixels = std::vector<std::uint8_t>(8 * 8 * 3)};
    if (i >= 20)
      for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
    images.push_back(std::move(image));
  }
  data::DatasetInfo info{.name = "by class", .classes = {"black", "noise"}, .channels = 3};
  auto source = std::make_shared<data::test::ListSource>(std::move(info), images, std::vector<std::int64_t>(40, 0));
  return data::range_of("by class", std::move(source), 0, 40);
}

// Pictures of 512 × 512 have 256 times the pixels of CIFAR-10's: a network that is fitted to 5,000 of those sees
// twenty. The first twenty are black, whose filters would all be one.
TEST(InitialNetwork, IsFittedToPicturesOfAllClasses) {
  const recipe::Recipe recipe =
      recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/photos.toml", {{"model.width", "4"}, {"model.group_width", "4"}});
  data::BatchSource source{.samples = by_class(),
                           .transform = {.normalizer = augment::Normalizer(std::vector(3, 0.5), std::vector(3, 0.25))}};
  source.transform.fit = {.kind = data::FitKind::stretch, .output = {512, 512}};
  const InitialNetwork made = make_initial_network(recipe, {.train = source, .test = source}, at::kCPU);
  const at::Tensor filters = made.network->named_parameters()["whiten.weight"].flatten(1);
  const std::int64_t half = filters.size(0) / 2;  // the others are the same, negated
  std::int64_t of_their_own = 0;
  for (std::int64_t i = 1; i < half; ++i) of_their_own += filters[i].equal(filters[0]) ? 0 : 1;
  EXPECT_GE(of_their_own, half / 2);
}

// Of 32 × 32 pixels 2 × 2 patches of 16 are left, too few for three poolings.
TEST(InitialNetwork, OfTooLargePatchesIsRefusedBeforeTheFirstStep) {
  const recipe::Recipe recipe = recipe::load_recipe(
      RESLAB_SOURCE_DIR "/recipes/photos.toml",
      {{"model.width", "4"}, {"model.group_width", "4"}, {"model.patch", "16"}, {"model.stride", "16"}});
  data::BatchSource source{.samples = by_class(),
                           .transform = {.normalizer = augment::Normalizer(std::vector(3, 0.5), std::vector(3, 0.25))}};
  source.transform.fit = {.kind = data::FitKind::stretch, .output = {32, 32}};
  const core::ErrorParts error =
      recipe::error_of([&] { make_initial_network(recipe, {.train = source, .test = source}, at::kCPU); });
  EXPECT_NE(error.found.find("where its window has"), std::string::npos) << error.found;
}

}  // namespace
}  // namespace reslab::train
