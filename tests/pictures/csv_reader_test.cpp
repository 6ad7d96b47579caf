#include "reslab/pictures/csv_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pictures/support.h"
#include "reslab/core/csv.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::refusal_of;
using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::string& text, CsvFormat format = {}) {
  CsvReader reader(text, "list.csv", format);
  Rows rows;
  for (CsvRow row; reader.next(row);) {
    rows.emplace_back();
    for (const CsvField& field : row.fields) rows.back().push_back(field.text);
  }
  return rows;
}

TEST(CsvReader, ReadsFieldsAndRows) {
  EXPECT_EQ(rows_of("a,b\nc,d\n"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(rows_of("a,b\r\nc,d"), (Rows{{"a", "b"}, {"c", "d"}})) << "CR LF, and no end of the last line";
  EXPECT_EQ(rows_of("a,b\rc,d\r"), (Rows{{"a", "b"}, {"c", "d"}})) << "CR alone";
  EXPECT_EQ(rows_of(",\n,\n"), (Rows{{"", ""}, {"", ""}}));
  EXPECT_EQ(rows_of("a,"), (Rows{{"a", ""}}));
  EXPECT_EQ(rows_of("\n\na,b\n\r\n\nc,d\n\n"), (Rows{{"a", "b"}, {"c", "d"}})) << "empty lines";
  EXPECT_EQ(rows_of(""), Rows{});
  EXPECT_EQ(rows_of("\n"), Rows{});
}

TEST(CsvReader, ReadsQuotes) {
  EXPECT_EQ(rows_of("\"a,b\",\"c\"\"d\"\n\"e\nf\",\"\"\n"), (Rows{{"a,b", "c\"d"}, {"e\nf", ""}}));
  EXPECT_EQ(rows_of("\"a\r\nb\rc\",d"), (Rows{{"a\r\nb\rc", "d"}})) << "ends of lines are kept as they are";
}

TEST(CsvReader, PassesOverTheMarkOfUtf8AndKeepsOtherBytes) {
  EXPECT_EQ(rows_of("\xef\xbb\xbfpath,label\n"), (Rows{{"path", "label"}}));
  const std::string odd("caf\xe9\x80\x00\xff", 7);
  EXPECT_EQ(rows_of(odd + ",\xef\xbb\xbf\n"), (Rows{{odd, "\xef\xbb\xbf"}}));
  EXPECT_EQ(rows_of(" a , b "), (Rows{{" a ", " b "}})) << "blanks belong to their field";
}

TEST(CsvReader, TakesOtherDelimiters) {
  EXPECT_EQ(rows_of("a;b,c\n", parse_delimiter(";")), (Rows{{"a", "b,c"}}));
  EXPECT_EQ(rows_of("a\tb c\n", parse_delimiter("tab")), (Rows{{"a", "b c"}}));
  // Runs of blanks; PyPI's elpv-dataset 1.0.0.post1 begins like this.
  EXPECT_EQ(rows_of("images/cell0001.png  1.0                 mono\n\timages/cell0002.png 0.0 \t poly  \n",
                    parse_delimiter("space")),
            (Rows{{"images/cell0001.png", "1.0", "mono"}, {"images/cell0002.png", "0.0", "poly"}}));
  EXPECT_EQ(rows_of("\"my cat.png\" cat\n   \n", parse_delimiter("space")), (Rows{{"my cat.png", "cat"}}));
  for (const char* const text : {"", "\"", "\n", "\r", "||", "Tab"})
    EXPECT_TRUE(contains(refusal_of([&] { parse_delimiter(text); }), "delimiter")) << text;
}

TEST(CsvReader, NamesFileLineAndColumnOfWhatIsNoCsv) {
  const auto refusal = [](const std::string& text) { return refusal_of([&] { rows_of(text); }); };
  EXPECT_TRUE(contains(refusal("a,b\nc,\"d"), "read list.csv, line 2, column 3: a quote that opens"))
      << refusal("a,b\nc,\"d");
  EXPECT_TRUE(contains(refusal("a,b\n\"c\"d,e\n"), "line 2, column 4: text behind the quote"));
  EXPECT_TRUE(contains(refusal("a,b\nc,5\" nail\n"), "line 2, column 4: a quote within a field"));
  EXPECT_TRUE(contains(refusal("\"a\n\",b\nc\n"), "line 3, column 1: 1 field\n  allowed: 2, as in line 1"));
  EXPECT_TRUE(contains(refusal("\xef\xbb\xbf"
                               "a\"\n"),
                       "line 1, column 2"));
  EXPECT_TRUE(contains(refusal(std::string(max_csv_fields, ',')), "more fields"));
  EXPECT_EQ(rows_of(std::string(max_csv_fields - 1, ',')).front().size(), max_csv_fields);
}

TEST(CsvReader, TellsWhereFieldsBegin) {
  CsvReader reader("\"a\nb\",c\nd,e\n", "list.csv");
  CsvRow row;
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.line(), 1U);
  EXPECT_EQ(row.fields[1].line, 2U);
  EXPECT_EQ(row.fields[1].column, 4U);
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.line(), 3U);
  EXPECT_FALSE(reader.next(row));
  CsvReader windows("a,b\r\n\r\nc,d\r\n", "list.csv");
  ASSERT_TRUE(windows.next(row) && windows.next(row));
  EXPECT_EQ(row.line(), 3U) << "CR LF is one end of a line";
}

// Fields of any bytes, those that CSV is made of more often than others.
const rc::Gen<std::string> any_field = rc::gen::container<std::string>(
    rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::element(',', '"', '\n', '\r', ' ', '\xef')));

RC_GTEST_PROP(CsvReader, reads_what_the_writer_wrote, ()) {
  const auto width = *rc::gen::inRange<std::size_t>(2, 5);
  const auto rows = *rc::gen::container<Rows>(rc::gen::container<std::vector<std::string>>(width, any_field));
  std::string text = "path";
  for (std::size_t i = 1; i < width; ++i) text += ",label";
  text += '\n';
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < width; ++i) text += (i == 0 ? "" : ",") + core::csv_field(row[i]);
    text += '\n';
  }
  Rows read = rows_of(text);
  read.erase(read.begin());
  RC_ASSERT(read == rows);
}

}  // namespace
}  // namespace reslab::pictures
