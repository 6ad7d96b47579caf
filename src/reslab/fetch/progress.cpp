#include "reslab/fetch/progress.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"

namespace reslab::fetch {
namespace {

constexpr double redraw_seconds = 0.1;
constexpr std::uint64_t plain_step_bytes = 32'000'000;

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 128> buffer{};
  std::snprintf(buffer.data(), buffer.size(), pattern, values...);
  return buffer.data();
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  return whole >= 3600 ? format("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60)
                       : format("%02ld:%02ld", whole / 60, whole % 60);
}

// Past std::cerr, which shows such letters as escapes (core/printable.h).
void redraw(const std::string& line, bool ends) {
  std::cerr << std::flush;
  const std::string text = "\r" + core::printable(line) + "\x1b[K" + (ends ? "\n" : "");
  // A display that is lost is no reason to lose the download.
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) < 0);
}

std::string bar(double share) {
  constexpr int width = 24;
  const int full = static_cast<int>(share * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

std::string progress_line(const std::string& label, std::uint64_t first, std::uint64_t done, std::uint64_t total,
                          double seconds) {
  std::string text = label + ": ";
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    text += format("%3.0f%% ", std::floor(100 * share)) + bar(share) + ' ';
  }
  text += core::size_text(done);
  if (total > 0) text += " of " + core::size_text(total);
  const double rate = seconds > 0 ? static_cast<double>(done - std::min(first, done)) / seconds : 0;
  if (rate > 0) text += ", " + core::size_text(static_cast<std::uint64_t>(rate)) + "/s";
  if (rate > 0 && total > done) text += ", " + duration_text(static_cast<double>(total - done) / rate) + " left";
  return text;
}

Progress::Progress(ProgressOptions options) : options_(std::move(options)), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { finish(); }

std::string Progress::line(double seconds) const {
  return progress_line(options_.label, first_, done_, total_, seconds);
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (options_.silent) return;
  const auto now = Clock::now();
  // Fewer bytes than before: the transfer has started again.
  if (!started_ || done < done_) {
    begin_ = now;
    first_ = done;
    next_plain_ = done + plain_step_bytes;
  }
  const bool due = !started_ || std::chrono::duration<double>(now - last_).count() >= redraw_seconds;
  started_ = true;
  done_ = done;
  total_ = total;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  if (terminal_ && due) {
    last_ = now;
    drawn_ = true;
    redraw(line(seconds), /*ends=*/false);
  } else if (!terminal_ && done >= next_plain_) {
    next_plain_ = done + plain_step_bytes;
    std::cerr << line(seconds) << std::endl;
  }
}

void Progress::finish() {
  if (options_.silent || !started_) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (drawn_)
    redraw(line(seconds), /*ends=*/true);
  else
    std::cerr << line(seconds) << std::endl;
  started_ = drawn_ = false;
}

}  // namespace reslab::fetch
