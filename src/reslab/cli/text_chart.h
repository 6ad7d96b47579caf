// A line chart as text: a title, an axis with values at the left, the curve, an axis with values below.
//
//   std::cout << draw_chart({.title = "learning rate", .values = lr_by_step, .x_end = 24, .x_label = "epoch"},
//                           {.width = terminal_width(), .unicode = track::utf8_locale()});
//
// With Unicode a character cell is 2 × 4 dots (Braille patterns, U+2800 … U+28FF); without, 1 × 2 (' . :).
#pragma once

#include <string>
#include <vector>

namespace reslab::cli {

struct ChartSeries {
  std::string title = {};
  std::vector<double> values = {};  ///< finite, evenly spaced in x from 0 to x_end, at least one
  bool from_zero = false;           ///< the axis at the left begins at 0; values ≥ 0
  double x_end = 1;                 ///< > 0
  std::string x_label = {};
};

struct ChartFormat {
  int width = 80;  ///< columns, ≥ 20
  int height = 9;  ///< rows of the curve, ≥ 2
  bool unicode = true;
};

/// Lines of at most `width` columns, each ended by '\n'.
std::string draw_chart(const ChartSeries& series, const ChartFormat& format);

/// A number in few characters: "0.0199", "24", "1.2e-07".
std::string short_number(double number);

}  // namespace reslab::cli
