#include "reslab/core/random.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The three vectors that the authors of Philox publish with their code (Random123, kat_vectors).
TEST(Philox, gives_the_authors_known_answers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Runs are repeated from their seeds, so how a key becomes counter and key of Philox may never change.
RC_GTEST_PROP(Random, is_philox_of_its_key, ()) {
  const RandomKey key{.seed = *rc::gen::arbitrary<std::uint64_t>(),
                      .stream = Stream::augment,
                      .epoch = *rc::gen::arbitrary<std::uint32_t>(),
                      .sample = *rc::gen::arbitrary<std::uint32_t>()};
  Random random(key);
  for (std::uint32_t block = 0; block < 3; ++block)
    for (const std::uint32_t word :
         philox4x32({block, key.sample, key.epoch, 16},
                    {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)}))
      RC_ASSERT(random.next() == word);
}

RC_GTEST_PROP(Random, below_stays_below, ()) {
  const auto bound = *rc::gen::suchThat(rc::gen::arbitrary<std::uint32_t>(), [](std::uint32_t b) { return b >= 1; });
  Random random({.seed = *rc::gen::arbitrary<std::uint64_t>()});
  for (int i = 0; i < 20; ++i) RC_ASSERT(random.below(bound) < bound);
}

TEST(Random, below_is_unbiased) {
  // Scaling alone, without rejection, would give the first of three neighbours half of this bound's draws.
  constexpr std::uint32_t bound = 3U << 30;
  constexpr int draws = 30'000;
  Random random({.seed = 1});
  std::array<int, 3> counts{};
  for (int i = 0; i < draws; ++i) ++counts[random.below(bound) % 3];
  for (const int count : counts) EXPECT_NEAR(count, draws / 3.0, 4 * std::sqrt(draws * 2 / 9.0));
}

TEST(Random, below_takes_every_value_equally_often) {
  constexpr int draws = 70'000;
  Random random({.seed = 2});
  std::array<int, 7> counts{};
  for (int i = 0; i < draws; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, draws / 7.0, 4 * std::sqrt(draws * 6 / 49.0));
}

TEST(Random, below_1_is_0_and_below_0_is_a_defect) {
  Random random({.seed = 3});
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_THROW(random.below(0), InternalError);
}

TEST(Random, chance_has_its_probability) {
  constexpr int draws = 40'000;
  for (const double probability : {0.0, 0.25, 0.5, 1.0}) {
    Random random({.seed = 4});
    int count = 0;
    for (int i = 0; i < draws; ++i) count += random.chance(probability) ? 1 : 0;
    EXPECT_NEAR(count, probability * draws, 4 * std::sqrt(draws * probability * (1 - probability))) << probability;
  }
}

TEST(Random, chance_always_draws_one_number) {
  for (const double probability : {0.0, 0.5, 1.0}) {
    Random random({.seed = 5}), other({.seed = 5});
    random.chance(probability);
    other.next();
    EXPECT_EQ(random.next(), other.next());
  }
}

TEST(Random, uniform_covers_its_range_evenly) {
  constexpr int draws = 50'000;
  Random random({.seed = 6});
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    const float value = random.uniform(-2, 4);
    ASSERT_GE(value, -2);
    ASSERT_LT(value, 4);
    sum += value, squares += value * value;
  }
  const double mean = sum / draws;
  EXPECT_NEAR(mean, 1, 4 * std::sqrt(3.0 / draws));
  EXPECT_NEAR(squares / draws - mean * mean, 3, 0.06);
}

TEST(Random, normal_has_the_moments_of_a_normal_distribution) {
  constexpr int draws = 100'000;
  Random random({.seed = 7});
  std::array<double, 4> moments{};
  for (int i = 0; i < draws; ++i) {
    const double value = random.normal();
    for (int power = 1; power <= 4; ++power)
      moments[static_cast<std::size_t>(power - 1)] += std::pow(value, power) / draws;
  }
  // Four standard deviations of each moment's estimate: variances 1, 2, 15, 96.
  EXPECT_NEAR(moments[0], 0, 4 * std::sqrt(1.0 / draws));
  EXPECT_NEAR(moments[1], 1, 4 * std::sqrt(2.0 / draws));
  EXPECT_NEAR(moments[2], 0, 4 * std::sqrt(15.0 / draws));
  EXPECT_NEAR(moments[3], 3, 4 * std::sqrt(96.0 / draws));
}

}  // namespace
}  // namespace reslab::core
