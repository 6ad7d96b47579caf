#include "reslab/core/base64.h"

#include <gtest/gtest.h>

#include <string_view>

namespace reslab::core {
namespace {

std::string encoded(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

// RFC 4648, section 10.
TEST(Base64, EncodesTheVectorsOfItsRfc) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(Base64, EncodesTheLastTwoLetters) { EXPECT_EQ(encoded("\xfb\xff\xfe"), "+//+"); }

}  // namespace
}  // namespace reslab::core
