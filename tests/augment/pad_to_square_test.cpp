#include "reslab/augment/pad_to_square.h"

#include <gtest/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

Image padded(Image image, const PadToSquareOptions& options = {}) {
  auto random = random_of(0);
  PadToSquare(options).apply(image, random);
  return image;
}

TEST(PadToSquare, puts_an_odd_row_below_and_an_odd_column_to_the_right) {
  EXPECT_EQ(padded({1, 4, 1, {1, 2, 3, 4}}, {.fill = {9}}).pixels,
            (std::vector<std::uint8_t>{9, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_EQ(padded({3, 2, 1, {1, 2, 3, 4, 5, 6}}).pixels, (std::vector<std::uint8_t>{1, 2, 0, 3, 4, 0, 5, 6, 0}));
}

TEST(PadToSquare, takes_a_value_for_each_channel) {
  EXPECT_EQ(padded({1, 2, 3, {1, 2, 3, 4, 5, 6}}, {.fill = {7, 8, 9}}).pixels,
            (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 8, 9}));
  EXPECT_THROW(padded({1, 2, 1, {1, 2}}, {.fill = {7, 8, 9}}), core::UserError);
}

TEST(PadToSquare, says_what_size_comes_out) {
  EXPECT_EQ(PadToSquare().output_size(Size{30, 20}), (Size{30, 30}));
  EXPECT_EQ(PadToSquare().output_size(Size{20, 20}), (Size{20, 20}));
}

TEST(PadToSquare, refuses_options_out_of_range_and_squares_that_memory_could_not_bear) {
  EXPECT_THROW(PadToSquare({.fill = {256}}), core::UserError);
  EXPECT_THROW(PadToSquare({.fill = {-1}}), core::UserError);
  EXPECT_THROW(PadToSquare({.fill = {1, 2, 3, 4, 5}}), core::UserError);
  EXPECT_THROW(PadToSquare().output_size(Size{1, 16'385}), core::UserError);
  EXPECT_THROW(padded({1, 16'385, 1, std::vector<std::uint8_t>(16'385)}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
