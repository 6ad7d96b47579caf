// Shows how far a transfer is: a line that is drawn again on a terminal, a few plain lines elsewhere. On standard
// error.
//
//   Progress progress({.label = "cifar-10-binary.tar.gz"});
//   progress.update(bytes_so_far, bytes_in_all);
//   progress.finish();
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace reslab::fetch {

struct ProgressOptions {
  std::string label;
  bool silent = false;
};

class Progress {
 public:
  explicit Progress(ProgressOptions options);
  ~Progress();  ///< ends the drawn line, so that what follows starts on one of its own
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` bytes of `total`; total 0 when it isn't known. Rate and remaining time count from the first update, so what
  /// was there before (a resumed download) doesn't make them look better.
  void update(std::uint64_t done, std::uint64_t total);

  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(double seconds) const;

  ProgressOptions options_;
  bool terminal_, started_ = false, drawn_ = false;
  Clock::time_point begin_, last_;
  std::uint64_t first_ = 0, done_ = 0, total_ = 0;
  std::uint64_t next_plain_ = 0;  // bytes at which the next plain line is due
};

/// One line: label, share with a bar, bytes, rate and remaining time, as far as they are known. `seconds` since `first`
/// bytes were there.
std::string progress_line(const std::string& label, std::uint64_t first, std::uint64_t done, std::uint64_t total,
                          double seconds);

}  // namespace reslab::fetch
