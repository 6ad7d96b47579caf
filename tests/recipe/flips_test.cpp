#include "reslab/recipe/flips.h"

#include <gtest/gtest.h>

#include "recipe/support.h"
#include "reslab/augment/one_of.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/build.h"

namespace reslab::recipe {
namespace {

using Texts = std::vector<std::string>;

Texts policies_with(const char* flip, const Texts& policies) {
  Recipe recipe;
  recipe.augment.policies = policies;
  set_flip(recipe, flip, /*views_too=*/true);
  return recipe.augment.policies;
}

TEST(Flip, ReplacesTheFlipsInTheirPlace) {
  const Texts some{"pad", "alternating_flip", "random_crop", "vertical_flip", "cutout"};
  EXPECT_EQ(policies_with("none", some), (Texts{"pad", "random_crop", "cutout"}));
  EXPECT_EQ(policies_with("horizontal", some), (Texts{"pad", "horizontal_flip", "random_crop", "cutout"}));
  EXPECT_EQ(policies_with("both", some), (Texts{"pad", "horizontal_flip", "vertical_flip", "random_crop", "cutout"}));
  EXPECT_EQ(policies_with("dihedral", some), (Texts{"pad", "dihedral", "random_crop", "cutout"}));
  EXPECT_EQ(policies_with("dihedral", {"pad"}), (Texts{"pad", "dihedral"})) << "at the end where there was none";
  EXPECT_EQ(policies_with("none", {"dihedral"}), Texts{});
}

TEST(Flip, LeavesNoneToOneOf) {
  Recipe recipe;
  recipe.augment.policies = {"one_of", "pad"};
  recipe.augment.one_of = {.policies = {"rotation", "dihedral", "cutout", "vertical_flip"}, .probabilities = {}};
  EXPECT_EQ(where_it_mirrors(recipe), "in training");
  set_flip(recipe, "none", /*views_too=*/true);
  EXPECT_EQ(recipe.augment.one_of.policies, (Texts{"rotation", "cutout"}));
  EXPECT_EQ(recipe.augment.one_of.probabilities, (std::vector{0.25, 0.25})) << "as likely as they were";
  EXPECT_EQ(where_it_mirrors(recipe), "");
  recipe.augment.one_of = {.policies = {"dihedral"}, .probabilities = {0.5}};
  set_flip(recipe, "horizontal", /*views_too=*/true);
  EXPECT_EQ(recipe.augment.policies, (Texts{"pad", "horizontal_flip"})) << "nothing is left to choose from";
}

TEST(Flip, OfNoneHoldsForTheLastTest) {
  Recipe recipe = load_recipe("photos");
  EXPECT_EQ(where_it_mirrors(recipe), "in training and at the last test");
  Recipe other = recipe;
  set_flip(recipe, "none", /*views_too=*/true);
  EXPECT_EQ(recipe.evaluation.views, "one");
  EXPECT_EQ(where_it_mirrors(recipe), "");
  set_flip(other, "none", /*views_too=*/false);
  EXPECT_EQ(other.evaluation.views, "mirror");
  EXPECT_EQ(where_it_mirrors(other), "at the last test");
  other = load_recipe("photos");
  set_flip(other, "both", /*views_too=*/true);
  EXPECT_EQ(other.evaluation.views, "mirror");
}

TEST(Flip, RefusesOtherNames) {
  Recipe recipe;
  const core::ErrorParts error = error_of([&] { set_flip(recipe, "vertical", true); });
  EXPECT_EQ(error.allowed, "none, horizontal, both, dihedral");
}

TEST(OneOfKeys, MakeThePolicy) {
  const Recipe recipe = parse_recipe(
      "augment = {policies = ['pad', 'one_of'], rotation = {degrees = 3}, one_of = {policies = ['rotation', "
      "'horizontal_flip'], probabilities = [0.5, 0.25]}}",
      "x");
  EXPECT_EQ(recipe_hash(parse_recipe(to_toml(recipe), "x")), recipe_hash(recipe));
  EXPECT_NE(to_toml(recipe).find("[augment.rotation]\ndegrees = 3"), std::string::npos) << to_toml(recipe);
  const auto pipeline = train::build_pipeline(recipe, {std::vector(3, 0.5), std::vector(3, 0.5)});
  ASSERT_EQ(pipeline->policies().size(), 2U);
  EXPECT_EQ(pipeline->policies()[1]->name(), "one_of");
  // A turn moves pixels by fractions, a mirror image has the same values, and a quarter of the images stay.
  int mirrored = 0, stayed = 0, turned = 0;
  for (std::uint32_t sample = 0; sample < 400; ++sample) {
    augment::Image image{.height = 8, .width = 8, .channels = 3};
    for (int i = 0; i < 8 * 8 * 3; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i));
    augment::Image mirror = image;
    for (int row = 0; row < 8; ++row)
      for (int column = 0; column < 8; ++column)
        for (std::size_t c = 0; c < 3; ++c)
          mirror.pixels[mirror.offset(row, column) + c] = image.pixels[image.offset(row, 7 - column) + c];
    core::Random random({.seed = 1, .stream = augment::stream_of(1), .sample = sample});
    augment::Image changed = image;
    pipeline->policies()[1]->apply(changed, random);
    // The flip has a probability of its own, of one half.
    (changed.pixels == image.pixels ? stayed : changed.pixels == mirror.pixels ? mirrored : turned) += 1;
  }
  EXPECT_NEAR(turned, 200, 50);
  EXPECT_NEAR(mirrored, 50, 30);
  EXPECT_NEAR(stayed, 150, 50);
}

TEST(OneOfKeys, MustGoTogether) {
  const auto found = [](const char* toml) { return error_of([&] { parse_recipe(toml, "x"); }).found; };
  EXPECT_NE(found("augment.policies = ['one_of']").find("augment.one_of.policies is empty"), std::string::npos);
  EXPECT_NE(found("augment.one_of = {policies = ['pad', 'cutout'], probabilities = [0.5]}").find("2 names"),
            std::string::npos);
  EXPECT_NE(found("augment.one_of = {policies = ['pad', 'cutout'], probabilities = [0.5, 0.6]}").find("above 1"),
            std::string::npos);
  EXPECT_NE(found("augment.one_of.policies = ['one_of']").find("one_of"), std::string::npos) << "not of itself";
  EXPECT_NE(found("data = {balance = 'sampling', shuffle = false}").find("data.shuffle false"), std::string::npos);
}

TEST(MixKeys, SayHowBatchesAreMixed) {
  EXPECT_FALSE(train::build_mix(Recipe{}));
  const auto mix = [](const char* toml) { return train::build_mix(parse_recipe(toml, "x")).value(); };
  const augment::MixOptions mixup = mix("mix = {name = 'mixup', mixup_alpha = 0.3, probability = 0.5}");
  EXPECT_EQ(mixup.mixup_alpha, 0.3);
  EXPECT_EQ(mixup.cutmix_alpha, 0);
  EXPECT_EQ(mixup.probability, 0.5);
  const augment::MixOptions cutmix = mix("mix.name = 'cutmix'");
  EXPECT_EQ(cutmix.mixup_alpha, 0);
  EXPECT_EQ(cutmix.cutmix_alpha, 1);
  const augment::MixOptions both = mix("mix.name = 'both'");
  EXPECT_EQ(both.mixup_alpha, 0.2);
  EXPECT_EQ(both.cutmix_alpha, 1);
  EXPECT_FALSE(train::build_mix(parse_recipe("mix.name = 'both'\ndata.overfit_batches = 1", "x")));
}

}  // namespace
}  // namespace reslab::recipe
