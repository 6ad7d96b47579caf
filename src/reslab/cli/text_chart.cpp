#include "reslab/cli/text_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "reslab/core/error.h"

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

struct Bounds {
  double low, high;
};

Bounds bounds_of(const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  // A flat line runs through the middle.
  if (low == high) return {low - std::max(std::abs(low), 1e-9) / 2, high + std::max(std::abs(high), 1e-9) / 2};
  return {low, high};
}

// One dot or more in each column of dots, without gaps between neighbours.
void draw_curve(Canvas& canvas, const std::vector<double>& values, Bounds bounds) {
  const auto last = static_cast<double>(values.size() - 1);
  int before = -1;
  for (int x = 0; x < canvas.width(); ++x) {
    const double place = canvas.width() == 1 ? 0 : last * x / (canvas.width() - 1);
    const double value = values[static_cast<std::size_t>(std::lround(place))];
    const double share = (value - bounds.low) / (bounds.high - bounds.low);
    const int y = static_cast<int>(std::lround((1 - share) * (canvas.height() - 1)));
    const int step = before < 0 || before == y ? 0 : y > before ? 1 : -1;
    for (int between = before; step != 0 && between != y; between += step)
      if (between != before) canvas.set(x, between);
    canvas.set(x, y);
    before = y;
  }
}

struct Marks {
  std::string bar, corner, line, tick;
};

Marks marks(bool unicode) {
  return unicode ? Marks{.bar = "┤", .corner = "└", .line = "─", .tick = "┴"}
                 : Marks{.bar = "|", .corner = "+", .line = "-", .tick = "+"};
}

std::string padded(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

// The line below the curve and its numbers, about one for every 12 columns.
std::string x_axis(const ChartSeries& series, int columns, std::size_t margin, const Marks& mark) {
  const int intervals = std::clamp(columns / 12, 1, 6);
  std::string line, numbers(margin + 1, ' ');
  int next = 0;
  for (int column = 0; column < columns; ++column) {
    if (next > intervals || column != (columns - 1) * next / intervals) {
      line += mark.line;
      continue;
    }
    line += mark.tick;
    const std::string number = short_number(series.x_end * next / intervals);
    const std::size_t wanted = margin + 1 + static_cast<std::size_t>(column);
    // The last number ends at the border, so that the line isn't longer than the curve.
    const std::size_t begin = next == intervals ? wanted + 1 - number.size() : wanted;
    if (numbers.size() < begin || next == 0) {
      numbers.resize(begin, ' ');
      numbers += number;
    }
    ++next;
  }
  std::string text = std::string(margin, ' ') + mark.corner + line + "\n" + numbers + "\n";
  if (!series.x_label.empty()) text += padded(series.x_label, margin + 1 + static_cast<std::size_t>(columns)) + "\n";
  return text;
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
  const Bounds bounds = bounds_of(series.values);
  const Marks mark = marks(format.unicode);
  // Values at the top, the middle and the bottom; a column of blanks before the bar.
  std::vector<std::string> labels(static_cast<std::size_t>(format.height));
  labels.front() = short_number(bounds.high);
  labels.back() = short_number(bounds.low);
  const std::size_t middle = labels.size() / 2;
  if (format.height >= 5) {
    const double share = static_cast<double>(middle) / static_cast<double>(format.height - 1);
    labels[middle] = short_number(bounds.high + (bounds.low - bounds.high) * share);
  }
  std::size_t margin = 0;
  for (const std::string& label : labels) margin = std::max(margin, label.size() + 1);

  const int columns = format.width - static_cast<int>(margin) - 1;
  Canvas canvas(columns, format.height, format.unicode);
  draw_curve(canvas, series.values, bounds);
  std::string text = std::string(margin + 1, ' ') + series.title + "\n";
  for (int row = 0; row < format.height; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    const std::string bar = label.empty() && format.unicode ? "│" : mark.bar;
    text += padded(label.empty() ? "" : label + " ", margin) + bar + canvas.row(row) + "\n";
  }
  return text + x_axis(series, columns, margin, mark);
}

}  // namespace reslab::cli
