#include "reslab/core/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace reslab::core {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

TEST(Order, NanIsTheLastWhicheverWayTheListRuns) {
  std::vector<double> values{nan, 1, -infinity, -nan, infinity, 0, nan, -0.0};
  std::ranges::sort(values, lowest_first);
  EXPECT_EQ(std::vector(values.begin(), values.begin() + 5), (std::vector<double>{-infinity, 0, 0, 1, infinity}));
  EXPECT_TRUE(std::all_of(values.begin() + 5, values.end(), [](double x) { return std::isnan(x); }));
  std::ranges::sort(values, highest_first);
  EXPECT_EQ(std::vector(values.begin(), values.begin() + 5), (std::vector<double>{infinity, 1, 0, 0, -infinity}));
  EXPECT_TRUE(std::all_of(values.begin() + 5, values.end(), [](double x) { return std::isnan(x); }));
}

TEST(Order, AnExtremeIsNanOnlyWhereAllAre) {
  const std::vector<double> values{nan, 2, nan, 3}, none{nan, nan};
  EXPECT_EQ(*std::ranges::min_element(values, lowest_first), 2);
  EXPECT_EQ(*std::ranges::min_element(values, highest_first), 3);
  EXPECT_TRUE(std::isnan(*std::ranges::min_element(none, highest_first)));
}

// What std::sort asks of an order, over all triples.
TEST(Order, IsStrictAndWeak) {
  const std::vector<double> values{nan, -nan, -infinity, -1, -0.0, 0, 1, infinity};
  for (const auto& before : {+[](double a, double b) { return lowest_first(a, b); },
                             +[](double a, double b) { return highest_first(a, b); }})
    for (const double a : values)
      for (const double b : values) {
        EXPECT_EQ(same_place(a, b), !before(a, b) && !before(b, a)) << a << ' ' << b;
        EXPECT_FALSE(before(a, b) && before(b, a)) << a << ' ' << b;
        for (const double c : values) {
          if (before(a, b) && before(b, c)) {
            EXPECT_TRUE(before(a, c)) << a << ' ' << b << ' ' << c;
          }
          if (same_place(a, b) && same_place(b, c)) {
            EXPECT_TRUE(same_place(a, c)) << a << ' ' << b << ' ' << c;
          }
        }
      }
}

}  // namespace
}  // namespace reslab::core
