#include "reslab/cli/text_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::cli {
namespace {

// Dots that can be set one by one, several of which make a character.
class Canvas {
 public:
  Canvas(int columns, int rows, bool unicode)
      : columns_(columns),
        rows_(rows),
        unicode_(unicode),
        dots_(static_cast<std::size_t>(width()) * static_cast<std::size_t>(height())) {}

  int width() const { return columns_ * (unicode_ ? 2 : 1); }
  int height() const { return rows_ * (unicode_ ? 4 : 2); }

  /// x from the left, y from the top.
  void set(int x, int y) { dots_[index(x, y)] = true; }

  std::string row(int row) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) text += unicode_ ? braille(column, row) : ascii(column, row);
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }

 private:
  std::size_t index(int x, int y) const {
    RESLAB_ASSERT(x >= 0 && x < width() && y >= 0 && y < height(), "dot ", x, ", ", y);
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) + static_cast<std::size_t>(x);
  }

  std::string braille(int column, int row) const {
    // Bits by dot, from the top; the lowest row came to the standard later.
    constexpr std::array<std::array<unsigned, 2>, 4> bits{{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    unsigned pattern = 0;
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 2; ++x)
        if (dots_[index(2 * column + x, 4 * row + y)])
          pattern |= bits[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
    if (pattern == 0) return " ";
    // U+2800 + pattern in UTF-8.
    return {'\xE2', static_cast<char>(0xA0 | (pattern >> 6)), static_cast<char>(0x80 | (pattern & 0x3F))};
  }

  std::string ascii(int column, int row) const {
    const bool upper = dots_[index(column, 2 * row)], lower = dots_[index(column, 2 * row + 1)];
    return upper && lower ? ":" : upper ? "'" : lower ? "." : " ";
  }

  int columns_, rows_;
  bool unicode_;
  std::vector<bool> dots_;
};

// A scale from low to high, both multiples of step.
struct Scale {
  double low, high, step;
  int intervals() const { return static_cast<int>(std::lround((high - low) / step)); }
};

// The smallest of multiples · 10^n that divides `span` into at most `most` intervals.
double round_step(double span, int most, std::span<const double> multiples) {
  const double least = span / most;
  const double power = std::pow(10, std::floor(std::log10(least)));
  // A hair's breadth below, so that 0.1 / 4 finds 0.025 despite rounding.
  for (const double multiple : multiples)
    if (multiple * power >= least * (1 - 1e-9)) return multiple * power;
  return 10 * power;
}

Scale scale_of(const ChartSeries& series, int height) {
  constexpr std::array multiples{1.0, 2.0, 2.5, 5.0};
  auto [low, high] = std::ranges::minmax(series.values);
  if (series.from_zero) low = 0;
  if (low == high) {  // a flat line runs through the middle
    const double half = low == 0 ? 0.5 : std::max(std::abs(low) * 0.05, 1e-9);
    low = low == 0 ? 0 : low - half;  // no quantity that is drawn so can be below 0
    high += half;
  }
  const double step = round_step(high - low, std::clamp((height - 1) / 2, 1, 4), multiples);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

// One dot or more in each column of dots, without gaps between neighbours.
void draw_curve(Canvas& canvas, const std::vector<double>& values, const Scale& scale) {
  const auto last = static_cast<double>(values.size() - 1);
  int before = -1;
  for (int x = 0; x < canvas.width(); ++x) {
    const double place = canvas.width() == 1 ? 0 : last * x / (canvas.width() - 1);
    const double value = values[static_cast<std::size_t>(std::lround(place))];
    const double share = std::clamp((value - scale.low) / (scale.high - scale.low), 0.0, 1.0);
    const int y = static_cast<int>(std::lround((1 - share) * (canvas.height() - 1)));
    const int step = before < 0 || before == y ? 0 : y > before ? 1 : -1;
    for (int between = before; step != 0 && between != y; between += step)
      if (between != before) canvas.set(x, between);
    canvas.set(x, y);
    before = y;
  }
}

struct Marks {
  std::string bar, tick_left, corner, line, tick;
};

Marks marks(bool unicode) {
  return unicode ? Marks{.bar = "│", .tick_left = "┤", .corner = "└", .line = "─", .tick = "┴"}
                 : Marks{.bar = "|", .tick_left = "+", .corner = "+", .line = "-", .tick = "+"};
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

// The line below the curve and its numbers: multiples of a round step, and the end.
std::string x_axis(const ChartSeries& series, int columns, std::size_t margin, const Marks& mark) {
  constexpr std::array multiples{1.0, 2.0, 4.0, 5.0};
  const double step = round_step(series.x_end, std::clamp(columns / 12, 1, 6), multiples);
  std::vector<std::string> line(static_cast<std::size_t>(columns), mark.line);
  std::string numbers(margin + 1 + static_cast<std::size_t>(columns), ' ');
  const auto put = [&](double x, std::size_t begin) {
    line[static_cast<std::size_t>(std::lround(x / series.x_end * (columns - 1)))] = mark.tick;
    numbers.replace(begin, short_number(x).size(), short_number(x));
  };
  const std::size_t end = numbers.size() - short_number(series.x_end).size();
  put(series.x_end, end);
  for (int tick = 0; tick * step < series.x_end; ++tick) {
    const std::size_t begin =
        margin + 1 + static_cast<std::size_t>(std::lround(tick * step / series.x_end * (columns - 1)));
    // Not into the end's number.
    if (begin + short_number(tick * step).size() < end) put(tick * step, begin);
  }
  std::string text = std::string(margin, ' ') + mark.corner + core::join(line, "") + "\n" + numbers + "\n";
  if (!series.x_label.empty()) text += padded(series.x_label, numbers.size()) + "\n";
  return text;
}

// The value at each row that has one, as wide as the widest and a blank.
std::vector<std::string> y_labels(const Scale& scale, int height) {
  std::vector<std::string> labels(static_cast<std::size_t>(height));
  std::size_t width = 0;
  for (int tick = 0; tick <= scale.intervals(); ++tick) {
    const auto row = std::lround((height - 1) * (1 - static_cast<double>(tick) / scale.intervals()));
    std::string& label = labels[static_cast<std::size_t>(row)];
    label = short_number(scale.low + tick * scale.step);
    width = std::max(width, label.size());
  }
  for (std::string& label : labels)
    if (!label.empty()) label = padded(label, width);
  return labels;
}

}  // namespace

std::string short_number(double number) {
  std::array<char, 32> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "%.3g", number);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string draw_chart(const ChartSeries& series, const ChartFormat& format) {
  RESLAB_ASSERT(!series.values.empty() && series.x_end > 0, series.title, " has no values");
  RESLAB_ASSERT(format.width >= 20 && format.height >= 2, "no room for a chart");
  const Scale scale = scale_of(series, format.height);
  const Marks mark = marks(format.unicode);
  const std::vector<std::string> labels = y_labels(scale, format.height);
  const std::size_t margin = labels.front().size() + 1;
  const int columns = format.width - static_cast<int>(margin) - 1;
  Canvas canvas(columns, format.height, format.unicode);
  draw_curve(canvas, series.values, scale);

  std::string text = std::string(margin + 1, ' ') + series.title + "\n";
  for (int row = 0; row < format.height; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    text += padded(label.empty() ? "" : label + " ", margin) + (label.empty() ? mark.bar : mark.tick_left) +
            canvas.row(row) + "\n";
  }
  return text + x_axis(series, columns, margin, mark);
}

}  // namespace reslab::cli
