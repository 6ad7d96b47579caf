#include "reslab/pictures/picture_facts.h"

#include <gtest/gtest.h>

#include "pictures/drawn.h"

namespace reslab::pictures {
namespace {

PictureFacts facts_of(const std::string& file, const image::Limits& limits = {}) {
  return examine_picture(std::as_bytes(std::span(file)), "picture", limits);
}

TEST(PictureFacts, SayWhatDecodingTells) {
  const PictureFacts jpeg = facts_of(test::jpeg_file(40, 30, 1)), grey = facts_of(test::jpeg_file(40, 30, 1, 1));
  EXPECT_EQ(jpeg.verdict, Verdict::usable);
  EXPECT_EQ(jpeg.format, image::Format::jpeg);
  EXPECT_EQ(jpeg.size, (augment::Size{40, 30}));
  EXPECT_FALSE(jpeg.grey);
  EXPECT_TRUE(grey.grey);
  const PictureFacts turned = facts_of(test::sample_file("orientation-6.jpg"));
  const PictureFacts upright = facts_of(test::sample_file("orientation-1.jpg"));
  EXPECT_EQ(turned.orientation, 6);
  EXPECT_EQ(turned.size, (augment::Size{upright.size.width, upright.size.height}));
  const PictureFacts deep = facts_of(test::sample_file("grey-16.png"));
  EXPECT_EQ(deep.bits, 16);
  ASSERT_TRUE(deep.stored_range);
  EXPECT_LT(deep.stored_range->low, deep.stored_range->high);
  EXPECT_TRUE(facts_of(test::sample_file("rgba.png")).alpha);
}

TEST(PictureFacts, SayWhatIsWrong) {
  const std::string whole = test::jpeg_file(200, 200, 1);
  const PictureFacts cut = facts_of(whole.substr(0, whole.size() / 2));
  EXPECT_EQ(cut.verdict, Verdict::damaged);
  EXPECT_NE(cut.reason, "");
  EXPECT_TRUE(cut.byte);
  EXPECT_EQ(cut.size, (augment::Size{200, 200}));
  const PictureFacts broken = facts_of(whole.substr(0, 30));
  EXPECT_EQ(broken.verdict, Verdict::refused);
  EXPECT_EQ(broken.refusal, image::Refusal::unusable);
  EXPECT_NE(broken.reason, "");
  EXPECT_EQ(facts_of(test::sample_file("animation.webp")).refusal, image::Refusal::unsupported_variant);
  EXPECT_EQ(facts_of(whole, {.pixels = 39'999}).refusal, image::Refusal::too_large);
  EXPECT_NE(facts_about({}), facts_about({.pixels = 39'999})) << "what is remembered depends on the limits";
}

TEST(PictureFacts, AreRememberedWhole) {
  const std::string whole = test::jpeg_file(200, 200, 1);
  for (const std::string& file : {whole, whole.substr(0, 3000), whole.substr(0, 30), test::sample_file("rgba-16.png"),
                                  test::sample_file("cmyk.jpg"), test::sample_file("palette-alpha.png")}) {
    const PictureFacts facts = facts_of(file);
    const std::string value = encode_facts(facts);
    const std::optional<PictureFacts> again = decode_facts(value);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->verdict, facts.verdict);
    EXPECT_EQ(again->reason, facts.reason);
    EXPECT_EQ(again->byte, facts.byte);
    EXPECT_EQ(again->size, facts.size);
    EXPECT_EQ(again->colour, facts.colour);
    EXPECT_EQ(again->grey, facts.grey);
    EXPECT_EQ(again->alpha, facts.alpha);
    EXPECT_EQ(again->bits, facts.bits);
    EXPECT_EQ(again->stored_range.has_value(), facts.stored_range.has_value());
    EXPECT_EQ(*again, facts);
    // A value out of its range is none: format, colour, bits and orientation.
    for (const std::size_t place : {0U, 1U, 2U, 3U, 5U, 6U}) {
      std::string other = value;
      other[place] = '\x7f';
      EXPECT_FALSE(decode_facts(other)) << place;
    }
    EXPECT_FALSE(decode_facts(value.substr(0, 20)));
    EXPECT_FALSE(decode_facts(value + std::string(2000, 'x')));
  }
}

}  // namespace
}  // namespace reslab::pictures
