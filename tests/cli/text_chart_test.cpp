#include "reslab/cli/text_chart.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"

namespace reslab::cli {
namespace {

TEST(TextChart, DrawsAStepInAscii) {
  const std::string chart = draw_chart({.title = "lr", .values = {0, 1}, .x_end = 2, .x_label = "epoch"},
                                       {.width = 24, .height = 3, .unicode = false});
  EXPECT_EQ(chart,
            "   lr\n"
            "1 +          :''''''''''\n"
            "  |          :\n"
            "0 +..........'\n"
            "  ++-------------------+\n"
            "   0                   2\n"
            "                   epoch\n");
}

TEST(TextChart, DrawsAStepInBraille) {
  const std::string chart =
      draw_chart({.title = "lr", .values = {0, 1}, .x_end = 2}, {.width = 20, .height = 2, .unicode = true});
  EXPECT_EQ(chart,
            "   lr\n"
            "1 ┤        ⢸⠉⠉⠉⠉⠉⠉⠉⠉\n"
            "0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⡸\n"
            "  └┴───────────────┴\n"
            "   0               2\n");
}

TEST(TextChart, PutsAFlatLineInTheMiddle) {
  const std::string chart =
      draw_chart({.title = "momentum", .values = {0.9, 0.9}}, {.width = 20, .height = 3, .unicode = false});
  EXPECT_NE(chart.find("0.9 +...............\n"), std::string::npos) << chart;
}

TEST(TextChart, DoesNotGoBelowAFlatZero) {
  const std::string chart = draw_chart({.title = "momentum", .values = {0, 0}, .x_end = 2}, {.width = 30, .height = 5});
  EXPECT_EQ(chart.find("-1e"), std::string::npos) << chart;
  EXPECT_NE(chart.find("0.5"), std::string::npos) << chart;
}

TEST(TextChart, HasRoundNumbersOnItsAxes) {
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(0.0199 * i / 100);
  const std::string chart =
      draw_chart({.title = "lr", .values = values, .from_zero = true, .x_end = 24}, {.width = 100, .height = 9});
  for (const char* label : {" 0.02 ┤", "0.015 ┤", " 0.01 ┤", "0.005 ┤", "    0 ┤"})
    EXPECT_NE(chart.find(label), std::string::npos) << label << '\n' << chart;
  EXPECT_NE(chart.find("0" + std::string(14, ' ') + "4 "), std::string::npos) << chart;
}

TEST(TextChart, HasNothingToDrawWithoutValues) {
  EXPECT_THROW(draw_chart({}, {}), core::InternalError);
  EXPECT_THROW(draw_chart({.title = "x", .values = {1}}, {.width = 5}), core::InternalError);
}

TEST(ShortNumber, KeepsThreeDigits) {
  EXPECT_EQ(short_number(0.0199), "0.0199");
  EXPECT_EQ(short_number(24), "24");
  EXPECT_EQ(short_number(2.4875e-7), "2.49e-07");
}

}  // namespace
}  // namespace reslab::cli
