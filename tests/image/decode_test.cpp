#include "reslab/image/decode.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "image/support.h"
#include "reslab/core/random.h"
#include "reslab/image/jpeg.h"
#include "reslab/image/png.h"
#include "reslab/image/refusal.h"
#include "support/message.h"

namespace reslab::image {
namespace {

using augment::Image;
using support::contains;
using support::message_of;

DecodedImage decoded(const std::string& name, const DecodeOptions& options = {}) {
  return decode(sample(name), name, options);
}

// Names of samples that are to be decoded and that this build can decode.
std::vector<std::string> decodable_samples() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(samples)) {
    const std::string name = entry.path().filename();
    if (std::set<std::string>{"animation.webp", "rle.bmp"}.contains(name)) continue;
    if (is_in_build(recognise(sample(name)))) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<Refusal> refusal_of(std::span<const std::byte> bytes, const DecodeOptions& options = {}) {
  try {
    decode(bytes, "some picture", options);
  } catch (const PictureError& error) {
    EXPECT_TRUE(contains(error.what(), "some picture")) << error.what();
    return error.refusal();
  }
  return std::nullopt;
}

std::vector<std::byte> cut(const std::vector<std::byte>& whole, std::size_t size) {
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
}

// Builds without libraries have no use for it.
[[maybe_unused]] std::size_t find(const std::vector<std::byte>& bytes, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(text);
}

TEST(Decode, GivesPillowsPixels) {
  const std::vector<std::string> names = decodable_samples();
  std::map<Format, int> counts;
  for (const std::string& name : names) {
    const DecodedImage picture = decoded(name);
    EXPECT_EQ(largest_difference(picture.image, expected_pixels(name)), 0) << name;
    EXPECT_FALSE(picture.damage) << name << ": " << picture.damage->reason;
    EXPECT_EQ(picture.reduction, 1);
    ++counts[picture.facts.format];
  }
  for (const auto& [format, count] :
       {std::pair{Format::jpeg, 16}, {Format::png, 18}, {Format::webp, 6}, {Format::bmp, 9}, {Format::tiff, 18}})
    EXPECT_EQ(counts[format], is_in_build(format) ? count : 0) << name_of(format);
}

TEST(Decode, GreyAndColourAreMadeOfEachOther) {
  const Image grey = decoded("grey.bmp").image, rgb = decoded("rgb.bmp").image;
  const Image repeated = decoded("grey.bmp", {.channels = 3}).image;
  ASSERT_EQ(repeated.channels, 3);
  for (std::size_t i = 0; i < repeated.pixels.size(); ++i) ASSERT_EQ(repeated.pixels[i], grey.pixels[i / 3]);
  // Pillow made the grey picture of the other one.
  EXPECT_EQ(largest_difference(decoded("rgb.bmp", {.channels = 1}).image, grey), 0);
  EXPECT_EQ(rgb.channels, 3);
}

TEST(Decode, ComposesAlphaOnTheBackground) {
  const Image white = decoded("alpha.bmp").image;
  const Image black = decoded("alpha.bmp", {.background = {0, 0, 0}}).image;
  // Nearly transparent in the first corner, opaque in the last.
  EXPECT_EQ((std::vector<std::uint8_t>{white.pixels[0], white.pixels[1], white.pixels[2]}),
            (std::vector<std::uint8_t>{255, 255, 255}));
  EXPECT_EQ((std::vector<std::uint8_t>{black.pixels[0], black.pixels[1], black.pixels[2]}),
            (std::vector<std::uint8_t>{0, 0, 0}));
  EXPECT_EQ(white.pixels.back(), black.pixels.back());
  const DecodedImage coloured = decoded("alpha.bmp", {.channels = 1, .background = {255, 0, 0}});
  EXPECT_EQ(coloured.image.pixels[0], 76);  // red, as ITU-R BT.601 weighs it
}

TEST(Decode, TellsWhatTheFileIs) {
  const Facts facts = probe(sample("orientation-7.tif"), "");
  EXPECT_EQ(facts.format, Format::tiff);
  EXPECT_EQ(facts.width, 21U);
  EXPECT_EQ(facts.height, 14U);
  EXPECT_EQ(facts.exif.orientation, 7);
  EXPECT_EQ(facts.upright_size(), (augment::Size{.height = 21, .width = 14}));
  EXPECT_EQ(probe(sample("cmyk.jpg"), "").colour, Colour::cmyk);
  EXPECT_EQ(probe(sample("ycck.jpg"), "").colour, Colour::ycck);
  EXPECT_EQ(probe(sample("grey.jpg"), "").colour, Colour::grey);
  EXPECT_EQ(probe(sample("palette-4.png"), "").colour, Colour::palette);
  EXPECT_EQ(probe(sample("palette-4.png"), "").bits, 4);
  EXPECT_TRUE(probe(sample("palette-alpha.png"), "").alpha);
  EXPECT_FALSE(probe(sample("palette.png"), "").alpha);
  EXPECT_EQ(probe(sample("rgba-16.png"), "").bits, 16);
  EXPECT_TRUE(probe(sample("alpha.webp"), "").alpha);
  EXPECT_TRUE(probe(sample("animation.webp"), "").animated);
  EXPECT_TRUE(probe(sample("pages.tif"), "").more_pages);
  EXPECT_FALSE(probe(sample("rgb.tif"), "").more_pages);
  EXPECT_EQ(probe(sample("grey.bmp"), "").colour, Colour::grey);
}

TEST(Decode, ProbeAgreesWithDecode) {
  for (const std::string& name : decodable_samples()) {
    const Facts facts = probe(sample(name), name);
    const Image image = decoded(name).image;
    EXPECT_EQ(facts.upright_size(), (augment::Size{.height = image.height, .width = image.width})) << name;
  }
}

TEST(Decode, KeepsToItsLimits) {
  for (const std::string& name : decodable_samples()) {
    if (name.starts_with("orientation") || name == "tall.webp") continue;  // of other sizes
    EXPECT_EQ(refusal_of(sample(name), {.limits = {.width = 20}}), Refusal::too_large) << name;
    EXPECT_EQ(refusal_of(sample(name), {.limits = {.height = 13}}), Refusal::too_large) << name;
    EXPECT_EQ(refusal_of(sample(name), {.limits = {.pixels = 21 * 14 - 1}}), Refusal::too_large) << name;
  }
  EXPECT_EQ(refusal_of(sample("rgb.bmp"), {.limits = {.width = 21, .height = 14, .pixels = 21 * 14}}), std::nullopt);
}

TEST(Decode, NamesWhatItDoesNotRead) {
  EXPECT_EQ(refusal_of(sample("rle.bmp")), Refusal::unsupported_variant);
  EXPECT_EQ(refusal_of({}), Refusal::unknown_format);
  const std::string text = "no picture, but a line of text";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(refusal_of(bytes), Refusal::unknown_format);
  const std::string gif = "GIF89a and more";
  EXPECT_EQ(refusal_of(std::as_bytes(std::span(gif))), Refusal::unsupported_format);
  const std::string message = message_of<PictureError>([&] { decode(std::as_bytes(std::span(gif)), "a.gif"); });
  EXPECT_TRUE(contains(message, "GIF") && contains(message, "convert 'a.gif[0]' a.png")) << message;
  EXPECT_EQ(refusal_of(sample("animation.webp")),
            is_in_build(Format::webp) ? Refusal::unsupported_variant : Refusal::not_in_build);
}

// Of every sample, whatever is cut off or flipped: pixels of the right size, or a PictureError.
TEST(Decode, BrokenFilesGiveAPictureOrARefusal) {
  const DecodeOptions options{.limits = {.width = 1000, .height = 1000, .pixels = 1 << 18}};
  for (const std::string& name : decodable_samples()) {
    const std::vector<std::byte> whole = sample(name);
    const auto check = [&](const std::vector<std::byte>& bytes) {
      try {
        const DecodedImage picture = decode(bytes, name, options);
        ASSERT_EQ(picture.image.pixels.size(), picture.image.offset(picture.image.height, 0)) << name;
        ASSERT_GT(picture.image.pixels.size(), 0U);
      } catch (const PictureError&) {
        // Refused.
      }
    };
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 150) check(cut(whole, size));
    for (std::size_t place = 0; place < 8 * whole.size(); place += 1 + whole.size() / 30) {
      std::vector<std::byte> flipped = whole;
      flipped[place / 8] ^= std::byte{1} << (place % 8);
      check(flipped);
    }
  }
}

TEST(Decode, ATruncatedPictureIsGradedDamaged) {
  for (const std::string name : {"444.jpg", "progressive.jpg", "tall.webp", "rgb.bmp"}) {
    if (!is_in_build(recognise(sample(name)))) continue;
    const std::vector<std::byte> whole = sample(name);
    const std::size_t size = whole.size() - (name == "rgb.bmp" ? 70 : 40);
    const DecodedImage picture = decode(cut(whole, size), name, {});
    ASSERT_TRUE(picture.damage) << name;
    EXPECT_EQ(picture.damage->byte, size) << name;
    EXPECT_TRUE(contains(picture.damage->reason, "the file ends")) << name << ": " << picture.damage->reason;
  }
}

#ifdef RESLAB_HAS_JPEG

TEST(DecodeJpeg, WhatComesBehindItsEndIsNoDamage) {
  std::vector<std::byte> bytes = sample("420.jpg");
  bytes.resize(bytes.size() + 100, std::byte{0x5A});
  const DecodedImage picture = decode(bytes, "420.jpg");
  EXPECT_FALSE(picture.damage);
  EXPECT_EQ(largest_difference(picture.image, expected_pixels("420.jpg")), 0);
}

TEST(DecodeJpeg, ABrokenExifBlockCountsAsNone) {
  std::vector<std::byte> bytes = sample("orientation-6.jpg");
  const std::size_t place = find(bytes, "Exif");
  bytes[place + 6] = std::byte{'X'};
  const DecodedImage picture = decode(bytes, "some.jpg");
  EXPECT_EQ(picture.facts.exif.state, ExifState::broken);
  EXPECT_EQ(picture.image.width, 21);
  EXPECT_EQ(decoded("orientation-6.jpg").facts.exif.state, ExifState::read);
  EXPECT_EQ(decoded("orientation-6.jpg").image.width, 14);
  EXPECT_EQ(decoded("444.jpg").facts.exif.state, ExifState::absent);
}

TEST(DecodeJpeg, CorruptDataIsDamage) {
  std::vector<std::byte> bytes = sample("restart.jpg");
  // A second restart marker in the place of the first.
  const std::size_t place = find(bytes, "\xFF\xD0");
  ASSERT_LT(place, bytes.size());
  bytes[place + 1] = std::byte{0xD3};
  const DecodedImage picture = decode(bytes, "some.jpg");
  ASSERT_TRUE(picture.damage);
  EXPECT_NEAR(static_cast<double>(*picture.damage->byte), static_cast<double>(place), 50);
}

// Warnings of libjpeg that concern no pixel: each file gives the pixels of the whole sample.
TEST(DecodeJpeg, WhatConcernsNoPixelIsOddAndNoDamage) {
  const auto inserted = [](std::vector<std::byte> bytes, std::size_t place, std::size_t count) {
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), count, std::byte{0x5A});
    return bytes;
  };
  for (const std::string name : {"444.jpg", "restart.jpg", "progressive.jpg"}) {
    const std::vector<std::byte> whole = sample(name);
    const std::size_t tables = find(whole, "\xFF\xDB"), scan = find(whole, "\xFF\xDA");
    std::vector<std::byte> version = whole, zeros = whole;
    version[find(whole, "JFIF") + 5] = std::byte{9};
    const bool sequential = name != std::string("progressive.jpg");
    // Behind the number of components and two bytes for each of three.
    if (sequential) zeros[scan + 5 + 2 * 3 + 1] = std::byte{0};
    const std::vector<std::pair<std::vector<std::byte>, std::string>> files{
        {inserted(whole, tables, 3), " extraneous bytes before marker 0xdb"},
        {inserted(whole, whole.size() - 2, 200), " extraneous bytes before marker 0xd9"},
        {version, "unknown JFIF revision"},
        {sequential ? zeros : version, sequential ? "Invalid SOS parameters" : "unknown JFIF"}};
    for (const auto& [bytes, reason] : files) {
      const DecodedImage picture = decode(bytes, name);
      EXPECT_FALSE(picture.damage) << name << ": " << picture.damage->reason;
      ASSERT_TRUE(picture.oddity) << name << ", " << reason;
      EXPECT_TRUE(contains(picture.oddity->reason, reason)) << name << ": " << picture.oddity->reason;
      EXPECT_LE(*picture.oddity->byte, bytes.size());
      EXPECT_EQ(largest_difference(picture.image, expected_pixels(name)), 0) << name << ", " << reason;
    }
    EXPECT_FALSE(decode(whole, name).oddity) << name;
    if (name == std::string("restart.jpg")) continue;  // all of it is in its last bytes
    // An oddity hides no damage behind it.
    const std::vector<std::byte> odd = inserted(whole, tables, 3);
    const DecodedImage both = decode(cut(odd, odd.size() - 12), name);
    EXPECT_TRUE(both.damage && both.oddity) << name;
  }
}

TEST(DecodeJpeg, BytesThatAreLeftBeforeARestartAreDamage) {
  std::vector<std::byte> bytes = sample("restart.jpg");
  const std::size_t place = find(bytes, "\xFF\xD0");
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place), 100, std::byte{0x5A});  // libjpeg tells of no few
  const DecodedImage picture = decode(bytes, "restart.jpg");
  ASSERT_TRUE(picture.damage);
  EXPECT_TRUE(contains(picture.damage->reason, "extraneous bytes before marker 0xd0")) << picture.damage->reason;
}

TEST(DecodeJpeg, AHeaderWithoutPixelsIsUnusable) {
  const std::vector<std::byte> whole = sample("444.jpg");
  const std::size_t scan = find(whole, "\xFF\xDA");
  EXPECT_EQ(refusal_of(cut(whole, scan)), Refusal::unusable);
  EXPECT_EQ(refusal_of(cut(whole, scan + 20)), Refusal::unusable);
}

TEST(DecodeJpeg, ReducesWhileTheShorterSideStaysLargeEnough) {
  Image image{.height = 100, .width = 203, .channels = 3, .pixels = {}};
  image.pixels.resize(image.offset(100, 0), 200);
  const std::vector<std::byte> bytes = encode_jpeg(image);
  const auto size_at = [&](int least) {
    const DecodedImage picture = decode(bytes, "", {.least_side = least});
    return std::array{picture.reduction, picture.image.height, picture.image.width};
  };
  EXPECT_EQ(size_at(0), (std::array{1, 100, 203}));
  EXPECT_EQ(size_at(51), (std::array{1, 100, 203}));
  EXPECT_EQ(size_at(50), (std::array{2, 50, 102}));
  EXPECT_EQ(size_at(25), (std::array{4, 25, 51}));
  EXPECT_EQ(size_at(13), (std::array{8, 13, 26}));
  EXPECT_EQ(size_at(1), (std::array{8, 13, 26}));
}

TEST(DecodeJpeg, WhatIsWrittenCanBeRead) {
  const Image rgb = decoded("444.jpg").image, grey = decoded("grey.jpg").image;
  EXPECT_LE(largest_difference(decode(encode_jpeg(grey, 95), "").image, grey), 12);
  const Image again = decode(encode_jpeg(rgb, 95), "").image;
  ASSERT_EQ(again.pixels.size(), rgb.pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < rgb.pixels.size(); ++i) sum += std::abs(int{again.pixels[i]} - int{rgb.pixels[i]});
  EXPECT_LT(sum / static_cast<double>(rgb.pixels.size()), 4);
  EXPECT_LT(encode_jpeg(rgb, 20).size(), encode_jpeg(rgb, 95).size());
}

#else

TEST(DecodeJpeg, SaysWhatToInstall) {
  EXPECT_EQ(refusal_of(sample("444.jpg")), Refusal::not_in_build);
  EXPECT_TRUE(contains(
      message_of<core::UserError>([] { encode_jpeg({.height = 1, .width = 1, .channels = 1, .pixels = {0}}); }),
      "libjpeg-dev"));
}

#endif

#ifdef RESLAB_HAS_TIFF

TEST(DecodeTiff, KeepsTheStripsBeforeABrokenOne) {
  std::vector<std::byte> bytes = sample("rgb-deflate.tif");
  // The last of four strips, of four rows each, but for its first bytes; the directory comes behind it.
  constexpr std::size_t strip = 764, end = 901;
  std::fill(bytes.begin() + strip + 20, bytes.begin() + end, std::byte{0xFF});
  const DecodedImage picture = decode(bytes, "some.tif");
  ASSERT_TRUE(picture.damage);
  EXPECT_TRUE(contains(picture.damage->reason, "libtiff")) << picture.damage->reason;
  EXPECT_EQ(picture.damage->byte, strip);
  const Image expected = expected_pixels("rgb-deflate.tif");
  const auto same = std::ranges::mismatch(picture.image.pixels, expected.pixels).in1 - picture.image.pixels.begin();
  EXPECT_GE(same, 12 * 21 * 3);
  EXPECT_LT(same, 14 * 21 * 3);
}

TEST(DecodeTiff, SaysNothingOnTheConsole) {
  std::vector<std::byte> bytes = sample("rgb-lzw.tif");
  std::fill(bytes.begin() + 8, bytes.begin() + 60, std::byte{0xFF});
  testing::internal::CaptureStderr();
  EXPECT_TRUE(refusal_of(bytes) == Refusal::unusable || decode(bytes, "some.tif").damage);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

#endif

#ifdef RESLAB_HAS_PNG

TEST(DecodePng, KeepsTheRowsBeforeItsEnd) {
  Image image{.height = 100, .width = 200, .channels = 3, .pixels = {}};
  core::Random random({.seed = 1});
  image.pixels.resize(image.offset(100, 0));
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.below(256));
  const std::vector<std::byte> whole = encode_png(image);
  const DecodedImage picture = decode(cut(whole, 40'000), "some.png");
  ASSERT_TRUE(picture.damage);
  EXPECT_EQ(picture.damage->byte, 40'000U);
  EXPECT_TRUE(contains(picture.damage->reason, "the file ends")) << picture.damage->reason;
  const auto same = std::ranges::mismatch(picture.image.pixels, image.pixels).in1 - picture.image.pixels.begin();
  EXPECT_GE(same, 600 * 50);  // libspng takes 8,192 bytes at a time
  EXPECT_EQ(picture.image.pixels.back(), 0);
  EXPECT_EQ(refusal_of(cut(whole, 4'000)), Refusal::unusable);
  // All of the pixels, but no end of the file.
  const DecodedImage endless = decode(cut(whole, whole.size() - 12), "some.png");
  EXPECT_TRUE(endless.damage);
  EXPECT_EQ(largest_difference(endless.image, image), 0);
}

TEST(DecodePng, ABrokenExifChunkCountsAsNone) {
  std::vector<std::byte> bytes = sample("orientation-6.png");
  EXPECT_EQ(decode(bytes, "some.png").facts.exif.state, ExifState::read);
  const std::size_t chunk = find(bytes, "eXIf");
  ASSERT_LT(chunk, bytes.size());
  bytes[chunk + 4 + 19] ^= std::byte{1};  // 7 for 6, which only the chunk's sum tells
  EXPECT_EQ(decode(bytes, "some.png").facts.exif.state, ExifState::broken);
  EXPECT_EQ(decode(bytes, "some.png").image.width, 21);
}

TEST(DecodePng, ScalesSixteenBitsByTheRangeThatIsGiven) {
  const DecodedImage full = decoded("grey-16.png");
  ASSERT_TRUE(full.stored_range);
  const SampleRange range = *full.stored_range;
  EXPECT_LT(*std::ranges::max_element(full.image.pixels), 20) << "12 bits in the lower part of 16";
  const DecodedImage stretched = decoded("grey-16.png", {.range16 = range});
  EXPECT_EQ(*std::ranges::min_element(stretched.image.pixels), 0);
  EXPECT_EQ(*std::ranges::max_element(stretched.image.pixels), 255);
  // What the file itself says goes first.
  const DecodedImage told = decoded("grey-16-sbit-12.png", {.range16 = {.low = 0, .high = 10}});
  EXPECT_EQ(largest_difference(told.image, expected_pixels("grey-16-sbit-12.png")), 0);
  EXPECT_FALSE(told.stored_range);
}

#endif

}  // namespace
}  // namespace reslab::image
