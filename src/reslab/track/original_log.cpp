#include "reslab/track/original_log.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "reslab/core/error.h"

namespace reslab::track {
namespace {

constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

std::string bar(double fraction, const BarStyle& style) {
  const int parts = static_cast<int>(eighths.size());
  const int filled = static_cast<int>(fraction * style.cells * parts);
  std::string text;
  int cells = filled / parts;
  for (int i = 0; i < cells; ++i) text += style.utf8 ? "█" : "#";
  if (style.utf8 && filled % parts != 0) {
    text += eighths[static_cast<std::size_t>(filled % parts)];
    ++cells;
  }
  return text.append(static_cast<std::size_t>(style.cells - cells), ' ');
}

std::string rate_text(double batches, double seconds) {
  if (batches <= 0 || seconds <= 0) return "?it/s";
  const double rate = batches / seconds;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), rate < 1 ? "%5.2fs/it" : "%5.2fit/s", rate < 1 ? 1 / rate : rate);
  return text.data();
}

// Reads one line from its start; each step fails for good once one has failed.
class Cursor {
 public:
  explicit Cursor(std::string_view line) : rest_(line) {}

  bool ok() const { return ok_; }

  Cursor& literal(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
    return *this;
  }

  Cursor& spaces() {
    while (ok_ && rest_.starts_with(' ')) rest_.remove_prefix(1);
    return *this;
  }

  /// To just behind the next `text`.
  Cursor& skip_past(std::string_view text) {
    const auto place = rest_.find(text);
    ok_ = ok_ && place != std::string_view::npos;
    if (ok_) rest_.remove_prefix(place + text.size());
    return *this;
  }

  template <typename Number>
  Cursor& number(Number& value) {
    const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    ok_ = ok_ && result.ec == std::errc{};
    if (ok_) rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
    return *this;
  }

  /// mm:ss or h:mm:ss.
  Cursor& clock(std::int64_t& seconds) {
    std::int64_t part = 0;
    number(part);
    seconds = part;
    while (ok_ && rest_.starts_with(':')) {
      literal(":").number(part);
      seconds = std::min<std::int64_t>(seconds, 1'000'000) * 60 + part;
    }
    return *this;
  }

  bool starts_with(std::string_view text) const { return ok_ && rest_.starts_with(text); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool read_epoch(std::string_view line, EpochRecord& record) {
  EpochRecord fresh;
  const bool ok = Cursor(line).literal("Epoch ").number(fresh.epoch).literal(":").ok();
  if (ok) record = fresh;
  return ok;
}

bool read_progress(std::string_view line, EpochRecord& record) {
  EpochRecord read = record;
  std::int64_t done = 0;
  Cursor cursor(line);
  cursor.literal("Loss=").number(read.loss);
  cursor.literal(" Batch_id=").number(read.batch_id);
  cursor.literal(" Accuracy=").number(read.accuracy_percent).literal(":");
  cursor.skip_past("| ").number(done).literal("/").number(read.batches);
  cursor.literal(" [").clock(read.seconds).skip_past(", ").spaces();
  if (!cursor.ok()) return false;
  if (cursor.starts_with("?")) {
    read.rate = 0;
  } else {
    cursor.number(read.rate);
    if (cursor.starts_with("s/it") && read.rate > 0)
      read.rate = 1 / read.rate;
    else
      cursor.literal("it/s");
  }
  if (cursor.ok()) record = read;
  return cursor.ok();
}

bool read_test(std::string_view line, EpochRecord& record) {
  EpochRecord read = record;
  Cursor cursor(line);
  cursor.literal("Test set: Average loss: ").number(read.average_loss);
  cursor.literal(", Accuracy: ").number(read.correct).literal("/").number(read.samples);
  if (cursor.ok()) record = read;
  return cursor.ok();
}

void keep(std::vector<EpochRecord>& records, const EpochRecord& record) {
  const auto same = std::find_if(records.begin(), records.end(),
                                 [&](const EpochRecord& other) { return other.epoch == record.epoch; });
  if (same == records.end())
    records.push_back(record);
  else
    *same = record;
}

}  // namespace

AverageLoss average_loss_named(std::string_view name) {
  RESLAB_ASSERT(name == "mean" || name == "seed", name);
  return name == "seed" ? AverageLoss::original : AverageLoss::mean;
}

double average_loss(const train::Evaluation& test, AverageLoss kind) {
  if (kind == AverageLoss::mean || test.samples == 0) return test.mean_loss;
  return test.sum_of_batch_means / static_cast<double>(test.samples);
}

std::vector<EpochRecord> parse_original_log(std::string_view text) {
  std::vector<EpochRecord> records;
  EpochRecord current;
  bool in_epoch = false, trained = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (const auto redrawn = line.rfind('\r'); redrawn != std::string_view::npos) line.remove_prefix(redrawn + 1);
    if (read_epoch(line, current)) {
      in_epoch = true;
      trained = false;
    } else if (in_epoch && read_progress(line, current)) {
      trained = true;
    } else if (trained && read_test(line, current)) {
      keep(records, current);
      in_epoch = trained = false;
    }
  }
  return records;
}

std::string epoch_line(std::int64_t epoch) { return core::concatenate("Epoch ", epoch + 1, ':'); }

std::string progress_line(const BarState& state, const BarStyle& style) {
  const auto done = static_cast<double>(state.batch + 1), total = static_cast<double>(state.batches);
  const double fraction = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
  std::string text = "Loss=" + (style.short_loss ? fixed(state.loss, 4) : python_float(state.loss));
  if (style.batch_id) text += core::concatenate(" Batch_id=", state.batch);
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%3.0f%%", 100 * fraction);
  text += " Accuracy=" + fixed(100 * state.accuracy, 2) + ": " + percent.data();
  if (style.cells > 0) text += "|" + bar(fraction, style) + "|";
  const std::string remaining = state.seconds > 0 && done > 0 ? clock_time((total - done) * state.seconds / done) : "?";
  return text + core::concatenate(' ', state.batch + 1, '/', state.batches, " [", clock_time(state.seconds), '<',
                                  remaining, ", ", rate_text(done, state.seconds), ']');
}

std::string test_line(const train::Evaluation& test, AverageLoss kind) {
  return core::concatenate("Test set: Average loss: ", fixed(average_loss(test, kind), 4), ", Accuracy: ", test.correct,
                           '/', test.samples, " (", fixed(100 * test.accuracy(), 2), "%)");
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e9));
  const long long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  std::array<char, 32> text{};
  if (hours > 0)
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", hours, minutes, rest);
  else
    std::snprintf(text.data(), text.size(), "%02lld:%02lld", minutes, rest);
  return text.data();
}

std::string python_float(double value) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  std::string result(text.data(), end);
  if (result.find_first_not_of("-0123456789") == std::string::npos) result += ".0";
  return result;
}

std::string fixed(double value, int digits) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  const std::string_view written = text.data();
  const bool zero = written.find_first_not_of("-0.") == std::string_view::npos;
  return std::string(zero && written.starts_with('-') ? written.substr(1) : written);
}

std::string percent(double share) { return fixed(100 * share, 2) + " %"; }

}  // namespace reslab::track
