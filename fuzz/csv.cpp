// pictures::CsvReader by itself, and lists of pictures as --labels, --columns and --delimiter describe them.
#include "reslab/core/csv.h"

#include <array>
#include <cstdlib>

#include "fuzz/target.h"
#include "reslab/pictures/csv_reader.h"
#include "reslab/pictures/labels.h"

namespace reslab::fuzz {
namespace {

// What was read, as the writer writes it.
std::string written(const pictures::CsvRow& row) {
  std::string line;
  for (const pictures::CsvField& field : row.fields)
    line += (&field == row.fields.data() ? "" : ",") + core::csv_field(field.text);
  return line;
}

// Each row is written and read again to the same.
void read_rows(const std::string& text, const pictures::CsvFormat& format) {
  pictures::CsvReader reader(text, "input", format);
  for (pictures::CsvRow row, again; reader.next(row);) {
    if (row.line() == 0 || row.fields.size() > pictures::max_csv_fields) std::abort();
    // A row of one empty field is an empty line, and a mark of UTF-8 at the beginning isn't read.
    const std::string line = written(row);
    if (line.empty() || line.starts_with("\xef\xbb\xbf")) continue;
    pictures::CsvReader second(line, "written");
    if (!second.next(again) || written(again) != line || second.next(again)) std::abort();
  }
}

void read_list(const std::string& text, const std::string& columns, const std::string& delimiter) {
  const pictures::Listing listing =
      pictures::parse_list(text, {.file = "input", .columns = columns, .delimiter = delimiter});
  for (const pictures::Listed& file : listing.files)
    if (file.path.empty() || file.label.empty()) std::abort();
}

}  // namespace

void read(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const auto choice = std::to_integer<std::size_t>(bytes[0]);
  std::string text(text_of(bytes.subspan(1)));
  constexpr std::array<const char*, 4> delimiters{",", "space", "tab", ";"};
  const std::string delimiter = delimiters[choice % 4];
  if (choice / 4 % 4 == 0) return read_rows(text, pictures::parse_delimiter(delimiter));
  // What comes before a byte 0 is --columns.
  const std::size_t end = std::min(text.find('\0'), text.size());
  constexpr std::array<const char*, 2> columns{"path=1,label=2", "path=1,label=2,split=3,group=4"};
  if (choice / 4 % 4 < 3) return read_list(text, columns[choice / 4 % 4 - 1], delimiter);
  read_list(end == text.size() ? text : text.substr(end + 1), text.substr(0, end), delimiter);
}

std::vector<std::string> worst_cases() {
  constexpr std::size_t size = std::size_t{1} << 20, small = std::size_t{1} << 16;
  const auto units = [](const char* unit) { return [=](std::size_t) { return std::string(unit); }; };
  const std::string rows(1, '\0'), list(1, '\4');
  return {repeated(rows, units(","), "", size), repeated(rows, units("\n"), "", size),
          repeated(rows, units("a\n"), "", size), repeated(rows + '"', units("\n"), "", size),
          repeated(rows + '"', units("\"\""), "\"", size),
          // A list holds its rows: some hundred bytes each.
          repeated(
              list, [](std::size_t i) { return std::to_string(i) + ",a\n"; }, "", small)};
}

}  // namespace reslab::fuzz
