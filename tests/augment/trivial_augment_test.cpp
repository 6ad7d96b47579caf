#include "reslab/augment/trivial_augment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "augment/pillow.h"
#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;
using Operation = TrivialAugment::Operation;

const std::map<std::string, Operation> operations_by_torchvisions_names{
    {"Identity", Operation::identity},
    {"ShearX", Operation::shear_x},
    {"ShearY", Operation::shear_y},
    {"TranslateX", Operation::translate_x},
    {"TranslateY", Operation::translate_y},
    {"Rotate", Operation::rotate},
    {"Brightness", Operation::brightness},
    {"Color", Operation::color},
    {"Contrast", Operation::contrast},
    {"Sharpness", Operation::sharpness},
    {"Posterize", Operation::posterize},
    {"Solarize", Operation::solarize},
    {"AutoContrast", Operation::autocontrast},
    {"Equalize", Operation::equalize},
};

// Blends are rounded here, where Pillow cuts the fraction off.
int allowed_difference(Operation operation) {
  return operation >= Operation::brightness && operation <= Operation::sharpness ? 1 : 0;
}

TEST(TrivialAugment, has_torchvisions_operations) {
  const TrivialAugment policy({.fill = {10}});
  std::map<Operation, int> compared;
  for (const auto& [name, expected] : pillow_results("trivial_augment.txt")) {
    int height = 0, width = 0, channels = 0, step = 0;
    char word[32] = {};
    ASSERT_EQ(std::sscanf(name.c_str(), "%dx%dx%d %31s %d", &height, &width, &channels, word, &step), 5) << name;
    const Operation operation = operations_by_torchvisions_names.at(word);
    Image image = pattern(height, width, channels);
    policy.apply(image, operation, std::abs(step), name.ends_with("backwards"));
    EXPECT_LE(largest_difference(image, expected), allowed_difference(operation)) << name;
    ++compared[operation];
  }
  EXPECT_EQ(compared.size(), static_cast<std::size_t>(TrivialAugment::operations));
}

// Moving right by a step, of one bright pixel: operation, step and direction show in where it is.
TEST(TrivialAugment, draws_steps_and_directions_equally_often) {
  constexpr int draws = 60'000;
  const TrivialAugment policy;
  std::map<int, int> counts;
  std::map<int, double> shares;
  for (int step = 0; step < TrivialAugment::steps; ++step)
    for (const int sign : {-1, 1}) shares[sign * (32 * step / 30)] += 1.0 / (2 * TrivialAugment::steps);
  int moved = 0;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    auto random = random_of(sample);
    if (static_cast<Operation>(core::Random(random).below(TrivialAugment::operations)) != Operation::translate_x)
      continue;
    Image image{1, 101, 1, std::vector<std::uint8_t>(101)};
    image.pixels[50] = 200;
    policy.apply(image, random);
    ++counts[static_cast<int>(std::ranges::find(image.pixels, 200) - image.pixels.begin()) - 50];
    ++moved;
  }
  EXPECT_NEAR(moved, draws / 14.0, 5 * std::sqrt(draws / 14.0));
  EXPECT_LT(excess(counts, shares, moved), 5);
}

TEST(TrivialAugment, draws_every_operation) {
  const Image image = pattern(24, 20, 3);
  std::map<std::vector<std::uint8_t>, int> results;
  for (std::uint32_t sample = 0; sample < 3'000; ++sample) {
    Image result = image;
    auto random = random_of(sample);
    TrivialAugment().apply(result, random);
    EXPECT_EQ(result.height, 24);
    EXPECT_EQ(result.width, 20);
    ++results[result.pixels];
  }
  EXPECT_GT(results.size(), 300U);  // of 10 · 61 + 30 + 7 + 31 and two more, some alike
  // The image itself: one operation, and step 0 of 11 others (10 with directions, which are none there, and posterize).
  EXPECT_NEAR(results[image.pixels], 3'000 * (1.0 / 14 + 10.0 / 14 / 31 + 5.0 / 14 / 31), 120);
}

// Step 13 solarizes from 255 (1 − 13/30) = 144.5 on.
TEST(TrivialAugment, solarizes_from_the_next_whole_number_on) {
  Image image{1, 3, 1, {143, 144, 145}};
  TrivialAugment().apply(image, Operation::solarize, 13, false);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{143, 144, 110}));
}

TEST(TrivialAugment, refuses_colours_of_other_channels) {
  EXPECT_THROW(TrivialAugment({.fill = {256}}), core::UserError);
  Image image = pattern(5, 5, 1);
  EXPECT_THROW(TrivialAugment({.fill = {1, 2, 3}}).apply(image, Operation::rotate, 3, false), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
