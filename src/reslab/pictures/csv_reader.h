// Reads comma-separated values, row by row, from a text in memory.
//
//   CsvReader reader(core::read_text(path), path.string());
//   for (CsvRow row; reader.next(row);) use(row.fields[0].text);
//
// Fields may be in quotes, and then hold delimiters, doubled quotes and ends of lines. A line ends with LF, CR LF or
// CR. A mark of UTF-8 at the beginning and lines without anything on them are passed over; nothing else is taken away
// or changed: bytes need not be UTF-8, and blanks belong to their field. What the RFC forbids (text behind a closing
// quote, a quote within a field that doesn't begin with one, rows of different widths) is refused and not guessed at.
//
// Source: RFC 4180, Common Format and MIME Type for Comma-Separated Values (CSV) Files, 2005. core/csv.h writes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::pictures {

/// What stands between two fields.
struct CsvFormat {
  /// One byte; empty: runs of blanks and tabs, those at the beginning and the end of a line not counted.
  std::optional<char> delimiter = ',';
};

/// A delimiter as the user names it: "space", "tab", "comma", "semicolon", or the byte itself. Throws UserError for
/// several bytes, none, a quote or a line's end.
CsvFormat parse_delimiter(const std::string& text);

struct CsvField {
  std::string text;
  std::size_t line = 0;    ///< where it begins, from 1
  std::size_t column = 0;  ///< the byte of that line, from 1
};

struct CsvRow {
  std::vector<CsvField> fields;
  std::size_t line() const { return fields.empty() ? 0 : fields.front().line; }
};

/// More fields in a row are refused.
constexpr std::size_t max_csv_fields = 10'000;

/// Not thread-safe. Holds the text and one row, whatever the number of rows.
class CsvReader {
 public:
  /// `source` names the text in errors.
  CsvReader(std::string text, std::string source, CsvFormat format = {});

  /// The next row, or false at the end, when `row` is as it was. Every row has as many fields as the first, at least
  /// one. Throws UserError, naming source, line and column, for what is no CSV.
  bool next(CsvRow& row);

  /// Throws UserError for a field that is well-formed but says what can't be used.
  [[noreturn]] void refuse(const CsvField& field, const std::string& found, const std::string& allowed = "",
                           const std::string& remedy = "") const;

  const std::string& source() const { return source_; }

 private:
  bool at_end() const { return place_ == text_.size(); }
  bool at_line_end() const { return at_end() || text_[place_] == '\n' || text_[place_] == '\r'; }
  bool is_delimiter(char c) const { return format_.delimiter ? c == *format_.delimiter : c == ' ' || c == '\t'; }
  void pass_line_end();
  void pass_blanks();
  void read_field(CsvField& field);
  void read_quoted(CsvField& field);
  void check_width(const CsvRow& row);

  std::string text_, source_;
  CsvFormat format_;
  std::size_t place_ = 0;       // the next byte
  std::size_t line_ = 1;        // of that byte
  std::size_t line_begin_ = 0;  // the place at which that line begins
  std::size_t width_ = 0;       // fields of the first row; 0 before it
  std::size_t first_line_ = 0;  // where the first row stands
};

}  // namespace reslab::pictures
