#include "reslab/core/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace reslab::core {
namespace {

std::uint32_t of(const std::string& text) { return crc32c(std::as_bytes(std::span(text))); }

// RFC 3720, appendix B.4, and the catalogue's check value of CRC-32C.
TEST(Crc32c, GivesTheKnownValues) {
  EXPECT_EQ(of("123456789"), 0xE3069283U);
  EXPECT_EQ(of(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(of(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(of(""), 0U);
}

TEST(Crc32c, GoesOnWhereItWasCut) {
  const std::string text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(std::as_bytes(std::span(text).subspan(cut)), of(text.substr(0, cut))), of(text)) << cut;
}

TEST(Crc32c, IsPrintedInEightDigits) {
  EXPECT_EQ(hexadecimal(0), "00000000");
  EXPECT_EQ(hexadecimal(0x0A1B2C3DU), "0a1b2c3d");
}

}  // namespace
}  // namespace reslab::core
