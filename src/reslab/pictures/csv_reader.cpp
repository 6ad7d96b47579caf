#include "reslab/pictures/csv_reader.h"

#include <utility>

#include "reslab/core/quantity.h"

namespace reslab::pictures {

CsvFormat parse_delimiter(const std::string& text) {
  if (text == "space") return {.delimiter = std::nullopt};
  if (text == "tab" || text == "\\t") return {.delimiter = '\t'};
  if (text == "comma") return {.delimiter = ','};
  if (text == "semicolon") return {.delimiter = ';'};
  if (text.size() == 1 && text != "\"" && text != "\n" && text != "\r") return {.delimiter = text[0]};
  throw core::UserError({.attempted = "use '" + text + "' as the delimiter of a list",
                         .found = core::counted(static_cast<std::int64_t>(text.size()), "byte"),
                         .allowed =
                             "one byte that is no quote and no end of a line; space (runs of blanks), tab, comma, "
                             "semicolon"});
}

CsvReader::CsvReader(std::string text, std::string source, CsvFormat format)
    : text_(std::move(text)), source_(std::move(source)), format_(format) {
  if (text_.starts_with("\xef\xbb\xbf")) place_ = line_begin_ = 3;
}

void CsvReader::refuse(const CsvField& field, const std::string& found, const std::string& allowed,
                       const std::string& remedy) const {
  throw core::UserError(
      {.attempted = core::concatenate("read ", source_, ", line ", field.line, ", column ", field.column),
       .found = found,
       .allowed = allowed,
       .remedy = remedy});
}

void CsvReader::pass_line_end() {
  if (at_end()) return;
  if (text_[place_] == '\r' && place_ + 1 < text_.size() && text_[place_ + 1] == '\n') ++place_;
  ++place_;
  ++line_;
  line_begin_ = place_;
}

void CsvReader::pass_blanks() {
  while (!at_end() && is_delimiter(text_[place_])) ++place_;
}

void CsvReader::read_quoted(CsvField& field) {
  for (++place_; !at_end();) {
    if (at_line_end()) {
      const std::size_t begin = place_;
      pass_line_end();
      field.text.append(text_, begin, place_ - begin);
    } else if (text_[place_] != '"') {
      field.text += text_[place_++];
    } else if (place_ + 1 < text_.size() && text_[place_ + 1] == '"') {
      field.text += '"';
      place_ += 2;
    } else {
      ++place_;
      if (at_line_end() || is_delimiter(text_[place_])) return;
      refuse({.line = line_, .column = place_ - line_begin_ + 1}, "text behind the quote that ends a field",
             "a delimiter or the line's end; a quote within a field is doubled", "check the delimiter and the quotes");
    }
  }
  refuse(field, "a quote that opens a field and isn't closed before the end of the file", "",
         "close it; a field that holds a quote is written in quotes, with that quote doubled");
}

void CsvReader::read_field(CsvField& field) {
  field.text.clear();
  field.line = line_;
  field.column = place_ - line_begin_ + 1;
  if (!at_end() && text_[place_] == '"') return read_quoted(field);
  const std::size_t begin = place_;
  for (; !at_line_end() && !is_delimiter(text_[place_]); ++place_)
    if (text_[place_] == '"')
      refuse({.line = line_, .column = place_ - line_begin_ + 1}, "a quote within a field that doesn't begin with one",
             "", "put the field in quotes and double those in it");
  field.text.assign(text_, begin, place_ - begin);
}

void CsvReader::check_width(const CsvRow& row) {
  if (width_ == 0) {
    width_ = row.fields.size();
    first_line_ = row.line();
  }
  if (row.fields.size() == width_) return;
  refuse(row.fields.front(), core::counted(static_cast<std::int64_t>(row.fields.size()), "field"),
         core::concatenate(width_, ", as in line ", first_line_),
         "check the delimiter; a field that holds it is put in quotes");
}

bool CsvReader::next(CsvRow& row) {
  for (;;) {
    if (!format_.delimiter) pass_blanks();
    if (at_end()) return false;
    if (!at_line_end()) break;
    pass_line_end();
  }
  for (std::size_t count = 0;;) {
    if (count == max_csv_fields)
      refuse({.line = line_, .column = place_ - line_begin_ + 1}, "more fields than a list can have",
             core::concatenate("at most ", max_csv_fields, " in a row"));
    if (row.fields.size() == count) row.fields.emplace_back();
    read_field(row.fields[count++]);
    // Blanks at the end of a line begin no field.
    if (!format_.delimiter) pass_blanks();
    const bool more = !at_line_end();
    if (more && format_.delimiter) ++place_;
    if (more) continue;
    row.fields.resize(count);
    pass_line_end();
    check_width(row);
    return true;
  }
}

}  // namespace reslab::pictures
