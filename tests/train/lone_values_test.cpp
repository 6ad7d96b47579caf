#include "reslab/train/lone_values.h"

#include <gtest/gtest.h>

#include "recipe/support.h"
#include "reslab/core/error.h"
#include "train/trainer_support.h"

namespace reslab::train {
namespace {

// A small speednet, whose last maps are of 1 × 1 pixels for images of 9 × 9.
recipe::Recipe tiny(const recipe::Overrides& more) {
  recipe::Overrides overrides{
      {"model.width", "8"}, {"model.group_width", "8"}, {"epochs", "1"}, {"data.drop_last", "false"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", overrides);
}

const recipe::Overrides small_images{{"resolution.epochs", "[0]"}, {"resolution.sides", "[9]"}};

recipe::Recipe tiny_on_small_images(const recipe::Overrides& more) {
  recipe::Overrides overrides = small_images;
  overrides.insert(overrides.end(), more.begin(), more.end());
  return tiny(overrides);
}

core::ErrorParts refusal(const recipe::Recipe& recipe) {
  return recipe::error_of([&] { Trainer(recipe, test::samples(), {}); });
}

void expect_made(const recipe::Recipe& recipe) { EXPECT_NO_THROW(Trainer(recipe, test::samples(), {})); }

TEST(LoneValues, OfBatchesOfOneAreRefusedBeforeTheTraining) {
  const core::ErrorParts error = refusal(tiny_on_small_images({{"data.batch_size", "1"}}));
  EXPECT_EQ(error.attempted, "train on images of 9 × 9 pixels");
  EXPECT_NE(error.found.find("batches of one image, of which layers.2.norm1 gets a map of 1 × 1 pixels"),
            std::string::npos)
      << error.found;
  EXPECT_NE(error.found.find("one value has no variance"), std::string::npos) << error.found;
  for (const char* remedy : {"--batch-size", "data.drop_last=true", "resolution.sides"})
    EXPECT_NE(error.remedy.find(remedy), std::string::npos) << remedy << ": " << error.remedy;
  EXPECT_EQ(error.remedy.find("learning rate"), std::string::npos) << error.remedy;
}

// 300 samples are 23 batches of 13, and one more.
TEST(LoneValues, OfALastBatchAreRefusedBeforeTheTraining) {
  const core::ErrorParts error = refusal(tiny_on_small_images({{"data.batch_size", "13"}}));
  EXPECT_NE(error.found.find("a last batch of one image (300 samples in batches of 13)"), std::string::npos)
      << error.found;
}

// Images that grow: of one epoch that is enough.
TEST(LoneValues, OfAnyEpochAreRefused) {
  const recipe::Overrides growing{{"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[9, 32]"}, {"epochs", "2"}};
  recipe::Overrides by_one = growing;
  by_one.push_back({"data.batch_size", "1"});
  EXPECT_NE(refusal(tiny(by_one)).found.find("one value"), std::string::npos);
}

TEST(LoneValues, AreNoneWhereBatchesOrMapsAreLarger) {
  expect_made(tiny_on_small_images({{"data.batch_size", "13"}, {"data.drop_last", "true"}}));
  expect_made(tiny_on_small_images({{"data.batch_size", "13"}, {"data.join_last", "true"}}));
  expect_made(tiny_on_small_images({{"data.batch_size", "13"}, {"data.limit_batches", "3"}}));
  expect_made(tiny_on_small_images({{"data.batch_size", "2"}}));
  expect_made(tiny({{"data.batch_size", "1"}}));
  expect_made(test::small({{"data.batch_size", "13"}}));
}

}  // namespace
}  // namespace reslab::train
