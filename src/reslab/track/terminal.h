// Where progress is shown: a terminal that can redraw a line, or a file or pipe that can't.
#pragma once

#include <string>
#include <string_view>

namespace reslab::track {

/// Writes are handed to the system at once. A display that is lost (a closed terminal, a full disk behind a
/// redirection) is no reason to lose the training: what can't be written is dropped.
class Terminal {
 public:
  /// `descriptor` stays the caller's.
  explicit Terminal(int descriptor);
  ~Terminal();  ///< ends a line that was being redrawn, so that what comes next (a shell, an error) has its own
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Whether lines can be redrawn: a terminal, and not TERM=dumb.
  bool live() const { return live_; }

  /// Width now, in columns; 80 where it isn't known.
  int columns() const;

  /// Overwrites the current line, which must fit.
  void redraw(std::string_view line);

  /// Writes a whole line, over the one being redrawn if there is one.
  void line(std::string_view text);

 private:
  void write(std::string_view text);

  int descriptor_;
  bool live_;
  bool redrawing_ = false;
};

/// Whether the locale of the environment (LC_ALL, LC_CTYPE, LANG: the first that is set) is a UTF-8 one.
bool utf8_locale();

/// Columns that `text` takes: its characters, for text in UTF-8 of single-width characters.
int columns_of(std::string_view text);

/// The first `columns` characters of `text`.
std::string cut(std::string_view text, int columns);

}  // namespace reslab::track
