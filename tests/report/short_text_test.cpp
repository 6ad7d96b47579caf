#include "reslab/report/short_text.h"

#include <gtest/gtest.h>

#include "reslab/report/matrix_plot.h"

namespace reslab::report {
namespace {

TEST(ShortText, GivesUpTheMiddle) {
  EXPECT_EQ(shortened("automobile", 10), "automobile");
  EXPECT_EQ(shortened("automobile", 9), "auto…bile");
  EXPECT_EQ(shortened("automobile", 8), "auto…ile");
  EXPECT_EQ(shortened("automobile", 0), "a…e");
  EXPECT_EQ(shortened("", 5), "");
  EXPECT_EQ(shortened("äöüÄÖÜß", 5), "äö…Üß") << "letters, not bytes";
  EXPECT_EQ(shortened("\x80\x81\x82", 3), "\x80\x81\x82") << "no letter of UTF-8";
}

TEST(ShortText, KeepsWhatStandsBeforeAColon) {
  EXPECT_EQ(shortened_lines("actual : a very long name\npredicted : dog", 16), "actual : a v…ame\npredicted : dog");
  EXPECT_EQ(shortened_lines("predicted : a very long name", 12), "predic… name") << "no room for a name";
  EXPECT_EQ(shortened_lines("one\n\ntwo", 3), "one\n\ntwo");
}

TEST(ShortText, NamesOfAConfusionMatrixLeaveItRoom) {
  const std::string name = "a class whose name has forty letters 123";
  const Figure figure = confusion_figure({.classes = {name, "dog"}, .counts = {{1, 0}, {0, 1}}});
  EXPECT_EQ(figure.script.find(name), std::string::npos);
  EXPECT_NE(figure.script.find("a class wh…etters 123"), std::string::npos) << figure.script;
  EXPECT_NE(figure.script.find("\"dog\""), std::string::npos);
}

}  // namespace
}  // namespace reslab::report
