// What holds of every policy.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>

#include "augment/support.h"
#include "reslab/augment/affine.h"
#include "reslab/augment/centre_crop.h"
#include "reslab/augment/color_jitter.h"
#include "reslab/augment/dihedral.h"
#include "reslab/augment/one_of.h"
#include "reslab/augment/pad_to_square.h"
#include "reslab/augment/random_erasing.h"
#include "reslab/augment/random_resized_crop.h"
#include "reslab/augment/resize_to.h"
#include "reslab/augment/rotation.h"
#include "reslab/augment/stretch.h"
#include "reslab/augment/trivial_augment.h"
#include "reslab/augment/vertical_flip.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

using Policies = std::vector<std::unique_ptr<Policy>>;

// Each policy, so that it has an effect, and suits images from 1 × 1 on.
Policies all_policies() {
  Policies policies;
  policies.push_back(std::make_unique<Affine>(AffineOptions{.degrees = 180, .shear_x = 20, .shear_y = 20}));
  policies.push_back(std::make_unique<Affine>(AffineOptions{.interpolation = Interpolation::nearest}));
  policies.push_back(std::make_unique<CentreCrop>(CentreCropOptions{.height = 1, .width = 1}));
  policies.push_back(std::make_unique<ColorJitter>());
  policies.push_back(std::make_unique<Dihedral>());
  std::vector<OneOf::Choice> choices;
  choices.push_back({std::make_unique<VerticalFlip>(), 0.5});
  choices.push_back({std::make_unique<Rotation>(), 0.3});
  policies.push_back(std::make_unique<OneOf>(std::move(choices)));
  policies.push_back(std::make_unique<PadToSquare>(PadToSquareOptions{.fill = {200}}));
  policies.push_back(std::make_unique<RandomErasing>(RandomErasingOptions{.probability = 1, .noise = true}));
  policies.push_back(std::make_unique<RandomResizedCrop>(RandomResizedCropOptions{.height = 7, .width = 9}));
  policies.push_back(std::make_unique<ResizeTo>(ResizeToOptions{.shorter_side = 5}));
  policies.push_back(std::make_unique<ResizeTo>(ResizeToOptions{.shorter_side = 0, .height = 3, .width = 8}));
  policies.push_back(std::make_unique<Rotation>(RotationOptions{.degrees = 180, .fill = {30}}));
  policies.push_back(std::make_unique<Stretch>(StretchOptions{.height = 6, .width = 2}));
  policies.push_back(std::make_unique<TrivialAugment>());
  policies.push_back(std::make_unique<VerticalFlip>());
  return policies;
}

Size any_size() {
  const int height = *rc::gen::inRange(1, 40), width = *rc::gen::inRange(1, 40);
  return *rc::gen::element(Size{1, 1}, Size{1, 17}, Size{23, 1}, Size{height, height}, Size{height, width});
}

RC_GTEST_PROP(Policies, are_functions_of_image_and_key_that_say_their_size, ()) {
  const Size size = any_size();
  const int channels = *rc::gen::inRange(1, most_channels + 1);
  const Image image = random_image(size.height, size.width, channels, *rc::gen::arbitrary<std::uint64_t>());
  const auto sample = *rc::gen::arbitrary<std::uint32_t>();
  for (const auto& policy : all_policies()) {
    RC_LOG() << policy->name() << " of " << size.height << "×" << size.width << "×" << channels << std::endl;
    Image once = image, twice = image;
    auto random = random_of(sample), same_random = random_of(sample);
    policy->apply(once, random);
    policy->apply(twice, same_random);
    RC_ASSERT(same(once, twice));
    RC_ASSERT(random.next() == same_random.next());
    RC_ASSERT(once.channels == channels);
    RC_ASSERT(once.pixels.size() == once.offset(once.height, 0));
    const Size result{once.height, once.width};
    if (const auto known = policy->output_size(size)) RC_ASSERT(*known == result);
    if (const auto known = policy->output_size(std::nullopt)) RC_ASSERT(*known == result);
    RC_ASSERT(!policy->instruction().has_value());
  }
}

TEST(Policies, know_the_size_of_what_they_make_of_images_of_different_sizes) {
  const auto of_unknown = [](const Policy& policy) { return policy.output_size(std::nullopt); };
  EXPECT_EQ(of_unknown(CentreCrop()), (Size{224, 224}));
  EXPECT_EQ(of_unknown(RandomResizedCrop()), (Size{224, 224}));
  EXPECT_EQ(of_unknown(Stretch({.height = 6, .width = 2})), (Size{6, 2}));
  EXPECT_EQ(of_unknown(ResizeTo({.shorter_side = 0, .height = 3, .width = 8})), (Size{3, 8}));
  EXPECT_EQ(of_unknown(ResizeTo()), std::nullopt);
  EXPECT_EQ(of_unknown(PadToSquare()), std::nullopt);
}

}  // namespace
}  // namespace reslab::augment
