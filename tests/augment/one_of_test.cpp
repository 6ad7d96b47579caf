#include "reslab/augment/one_of.h"

#include <gtest/gtest.h>

#include "augment/support.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad_to_square.h"
#include "reslab/augment/random_crop.h"
#include "reslab/augment/stretch.h"
#include "reslab/augment/vertical_flip.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

template <typename... Choices>
OneOf one_of(Choices... choices) {
  std::vector<OneOf::Choice> all;
  (all.push_back(std::move(choices)), ...);
  return OneOf(std::move(all));
}

OneOf::Choice sideways(double probability) {
  return {std::make_unique<HorizontalFlip>(HorizontalFlipOptions{.probability = 1}), probability};
}

OneOf::Choice upside_down(double probability) {
  return {std::make_unique<VerticalFlip>(VerticalFlipOptions{.probability = 1}), probability};
}

OneOf::Choice stretched(int height, int width, double probability) {
  return {std::make_unique<Stretch>(StretchOptions{.height = height, .width = width}), probability};
}

std::map<std::vector<std::uint8_t>, int> counts_of(const OneOf& policy, int draws) {
  std::map<std::vector<std::uint8_t>, int> counts;
  for (std::uint32_t sample = 0; sample < static_cast<std::uint32_t>(draws); ++sample) {
    Image image{2, 2, 1, {1, 2, 3, 4}};
    auto random = random_of(sample);
    policy.apply(image, random);
    ++counts[image.pixels];
  }
  return counts;
}

TEST(OneOf, chooses_by_probability) {
  constexpr int draws = 20'000;
  EXPECT_LT(excess(counts_of(one_of(sideways(0.2), upside_down(0.5)), draws),
                   {{{1, 2, 3, 4}, 0.3}, {{2, 1, 4, 3}, 0.2}, {{3, 4, 1, 2}, 0.5}}, draws),
            5);
  EXPECT_LT(excess(counts_of(one_of(sideways(0.333333333), upside_down(0.666666666)), draws),
                   {{{2, 1, 4, 3}, 1.0 / 3}, {{3, 4, 1, 2}, 2.0 / 3}}, draws),
            5);
  EXPECT_EQ(counts_of(one_of(sideways(0), upside_down(1)), 1'000).size(), 1U);
}

TEST(OneOf, knows_sizes_where_all_choices_agree) {
  EXPECT_EQ(one_of(stretched(4, 5, 0.5), stretched(4, 5, 0.5)).output_size(std::nullopt), (Size{4, 5}));
  EXPECT_EQ(one_of(stretched(4, 5, 0.5), stretched(4, 6, 0.5)).output_size(Size{4, 5}), std::nullopt);
  EXPECT_EQ(one_of(stretched(4, 5, 0.5)).output_size(std::nullopt), std::nullopt);
  EXPECT_EQ(one_of(stretched(4, 5, 0.5)).output_size(Size{4, 5}), (Size{4, 5}));
  EXPECT_EQ(one_of(stretched(4, 5, 0.5)).output_size(Size{4, 4}), std::nullopt);
  EXPECT_EQ(one_of(stretched(4, 5, 0), sideways(1)).output_size(Size{4, 4}), (Size{4, 4}));
  EXPECT_THROW(one_of(OneOf::Choice{std::make_unique<RandomCrop>(), 0.5}).output_size(Size{4, 4}), core::UserError);
}

TEST(OneOf, refuses_what_are_no_probabilities) {
  EXPECT_THROW(one_of(), core::UserError);
  EXPECT_THROW(one_of(sideways(0.6), upside_down(0.5)), core::UserError);
  EXPECT_THROW(one_of(sideways(-0.1)), core::UserError);
  EXPECT_THROW(one_of(sideways(NAN)), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
