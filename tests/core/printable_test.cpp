#include "reslab/core/printable.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

TEST(Printable, WhatIsTextStaysAsItIs) {
  for (const char* text : {"", "runs/x", "größe 10 µm → ∞", "日本語", "🙂", "back\\slash 'and' \"quotes\""}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable_lines(text), text);
  }
}

TEST(Printable, WhatSteersATerminalBecomesAnEscape) {
  EXPECT_EQ(printable("\x1b]0;TITLE\x07"), "\\u001b]0;TITLE\\u0007");
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable_lines("a\nb\tc\rd"), "a\nb\tc\\rd");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u0000");
  EXPECT_EQ(printable("\x7f"), "\\u007f");
  EXPECT_EQ(printable("\u0085\u009b31m"), "\\u0085\\u009b31m");
}

TEST(Printable, WhatTurnsTheDirectionOfWritingBecomesAnEscape) {
  EXPECT_EQ(printable("\u061c\u200e\u200f"), "\\u061c\\u200e\\u200f");
  EXPECT_EQ(printable("\u202a\u202b\u202c\u202d\u202e"), "\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_EQ(printable("\u2066\u2067\u2068\u2069"), "\\u2066\\u2067\\u2068\\u2069");
  EXPECT_EQ(printable("\u2028\u2029"), "\\u2028\\u2029");
  // Their neighbours.
  EXPECT_EQ(printable("\u200d\u2010\u2027\u202f\u2065\u206a"), "\u200d\u2010\u2027\u202f\u2065\u206a");
}

TEST(Printable, BytesThatArentUtf8BecomeEscapes) {
  EXPECT_EQ(printable("donn\xe9"
                      "es"),
            "donn\\xe9es");
  EXPECT_EQ(printable("\x80\xbf\xc0\xaf\xfe\xff"), "\\x80\\xbf\\xc0\\xaf\\xfe\\xff");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut off";
  EXPECT_EQ(printable("\xe2\x82z"), "\\xe2\\x82z");
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "longer than need be";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_FALSE(
      is_utf8("donn\xe9"
              "es"));
  EXPECT_TRUE(is_utf8("donn\u00e9es"));
}

TEST(Printable, OfAnyBytesIsPrintable) {
  rc::check("of any bytes", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const std::string shown = printable(text);
    RC_ASSERT(is_utf8(shown));
    RC_ASSERT(printable(shown) == shown);
    for (const char c : shown) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

TEST(Printable, TheOutputOfAnotherProgramInOneLine) {
  EXPECT_EQ(in_one_line("one\n\n  \ntwo\r\n"), "one / two\r");
  EXPECT_EQ(in_one_line(""), "");
}

TEST(PrintableStream, LettersMayComeInPieces) {
  std::ostringstream stream;
  {
    const PrintableStream shown(stream);
    for (const char c : std::string("a\x1b[2J\u202e\n\u00e9\t")) stream << c << std::flush;
    stream << "\xe9"
           << "x" << 12 << "\xe2\x82";
    EXPECT_EQ(stream.str(), "a\\u001b[2J\\u202e\n\u00e9\t\\xe9x12") << "what may become a letter waits";
  }
  EXPECT_EQ(stream.str(), "a\\u001b[2J\\u202e\n\u00e9\t\\xe9x12\\xe2\\x82");
  stream << "\x1b";
  EXPECT_TRUE(stream.str().ends_with("\x1b")) << "it is as it was before";
}

TEST(PrintableStream, WritesWhatPrintableLinesGivesHoweverItIsCut) {
  rc::check("in any pieces", [] {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    std::ostringstream stream;
    std::string all;
    {
      const PrintableStream shown(stream);
      for (const std::string& piece : pieces) {
        stream << piece << std::flush;
        all += piece;
      }
    }
    RC_ASSERT(stream.str() == printable_lines(all));
  });
}

TEST(PrintableStream, AFailingStreamSaysSo) {
  struct Closed final : std::streambuf {
  } closed;
  std::ostream stream(&closed);
  const PrintableStream shown(stream);
  stream << "x";
  EXPECT_FALSE(stream);
}

TEST(UserErrors, ShowWhatTheyNameWithoutControls) {
  const UserError error({.attempted = "open the data set '/tmp/\x1b]0;x\x07'",
                         .found = "a name with\n  what to do: rm -rf",
                         .allowed = "\u202ename",
                         .remedy = "donn\xe9"
                                   "es"});
  EXPECT_STREQ(error.what(),
               "could not open the data set '/tmp/\\u001b]0;x\\u0007': a name with\\n  what to do: rm -rf\n  allowed: "
               "\\u202ename\n  what to do: donn\\xe9es");
}

}  // namespace
}  // namespace reslab::core
