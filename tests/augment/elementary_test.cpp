#include "reslab/augment/elementary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace reslab::augment {
namespace {

// Each of the C library's is within a bit of the true value.
constexpr double bound = 0x1p-50;

TEST(Elementary, logarithm_and_exponential_are_the_c_librarys_but_for_the_last_bits) {
  for (int i = 1; i < 4'000; ++i) {
    const double x = i * 0.0137;
    EXPECT_NEAR(logarithm(x), std::log(x), bound * std::max(1.0, std::abs(std::log(x)))) << x;
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 60 * bound) << x;
    EXPECT_NEAR(exponential(-x) / std::exp(-x), 1, 60 * bound) << x;
    EXPECT_NEAR(exponential(x / 60) / std::exp(x / 60), 1, bound) << x;
  }
  EXPECT_EQ(logarithm(1), 0);
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-5'000), 0);
  EXPECT_EQ(exponential(5'000), INFINITY);
}

TEST(Elementary, turns_are_the_c_librarys_but_for_the_last_bits) {
  for (int i = -4'000; i < 4'000; ++i) {
    const double degrees = i * 0.137, radians = degrees / 180 * 3.14159265358979323846;
    const Turn turn = turn_of(degrees);
    EXPECT_NEAR(turn.cosine, std::cos(radians), 8 * bound) << degrees;
    EXPECT_NEAR(turn.sine, std::sin(radians), 8 * bound) << degrees;
  }
}

TEST(Elementary, quarter_turns_are_whole_numbers) {
  const double cosines[] = {1, 0, -1, 0}, sines[] = {0, 1, 0, -1};
  for (int quarter = -8; quarter < 8; ++quarter) {
    const Turn turn = turn_of(90.0 * quarter);
    EXPECT_EQ(turn.cosine, cosines[(quarter + 8) % 4]) << quarter;
    EXPECT_EQ(turn.sine, sines[(quarter + 8) % 4]) << quarter;
  }
}

}  // namespace
}  // namespace reslab::augment
