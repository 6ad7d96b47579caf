#include "reslab/image/png.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#ifdef RESLAB_HAS_PNG
#include <spng.h>
#endif

#include "reslab/core/error.h"
#include "reslab/core/random.h"
#include "support/message.h"

namespace reslab::image {
namespace {

using augment::Image;
using core::UserError;
using support::contains;
using support::message_of;

Image random_image(int height, int width, std::uint64_t seed) {
  Image image{.height = height, .width = width, .channels = 3, .pixels = {}};
  core::Random random({.seed = seed});
  image.pixels.resize(image.offset(height, 0));
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.below(256));
  return image;
}

std::string refusal(const std::vector<std::byte>& bytes, const PngLimits& limits = {}) {
  return message_of<UserError>([&] { decode_png(bytes, "some.png", limits); });
}

#ifdef RESLAB_HAS_PNG

// CRC-32 as PNG defines it (its annex D).
std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

void write_number(std::vector<std::byte>& bytes, std::size_t place, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) bytes[place + i] = static_cast<std::byte>(number >> (24 - 8 * i));
}

// A file that claims another size than it has: signature (8), length (4), "IHDR" (4), width, height, …, CRC at 29.
std::vector<std::byte> claiming(std::uint32_t width, std::uint32_t height) {
  std::vector<std::byte> bytes = encode_png(random_image(1, 1, 0));
  write_number(bytes, 16, width);
  write_number(bytes, 20, height);
  write_number(bytes, 29, crc32(std::span(bytes).subspan(12, 17)));
  return bytes;
}

// Encodes pixels of another kind than the project writes.
std::vector<std::byte> encode_kind(std::uint8_t color_type, std::uint8_t depth,
                                   const std::vector<std::uint8_t>& pixels) {
  spng_ctx* context = spng_ctx_new(SPNG_CTX_ENCODER);
  spng_ihdr header{.width = 2,
                   .height = 1,
                   .bit_depth = depth,
                   .color_type = color_type,
                   .compression_method = 0,
                   .filter_method = 0,
                   .interlace_method = 0};
  spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_ihdr(context, &header);
  EXPECT_EQ(spng_encode_image(context, pixels.data(), pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
  std::size_t size = 0;
  int code = 0;
  void* buffer = spng_get_png_buffer(context, &size, &code);
  const auto* begin = static_cast<const std::byte*>(buffer);
  std::vector<std::byte> bytes(begin, begin + size);
  std::free(buffer);
  spng_ctx_free(context);
  return bytes;
}

TEST(Png, KeepsEveryPixel) {
  EXPECT_TRUE(rc::check("decode(encode(image)) is the image", [] {
    const Image image =
        random_image(*rc::gen::inRange(1, 40), *rc::gen::inRange(1, 40), *rc::gen::arbitrary<std::uint64_t>());
    const Image read = decode_png(encode_png(image), "some.png");
    RC_ASSERT(read.height == image.height && read.width == image.width && read.channels == 3);
    RC_ASSERT(read.pixels == image.pixels);
  }));
}

TEST(Png, MakesRgbOfOtherKinds) {
  EXPECT_EQ(decode_png(encode_kind(SPNG_COLOR_TYPE_GRAYSCALE, 8, {7, 200}), "").pixels,
            (std::vector<std::uint8_t>{7, 7, 7, 200, 200, 200}));
  EXPECT_EQ(decode_png(encode_kind(SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8, {1, 2, 3, 0, 4, 5, 6, 255}), "").pixels,
            (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Png, RefusesEveryTruncation) {
  const std::vector<std::byte> whole = encode_png(random_image(5, 7, 1));
  constexpr std::size_t end_checksum = 4;  // of the end chunk, which is empty: libspng accepts a file without it
  for (std::size_t size = 0; size < whole.size() - end_checksum; ++size) {
    const std::string message = refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_TRUE(contains(message, "some.png")) << size << " of " << whole.size() << ": " << message;
  }
}

TEST(Png, RefusesEveryFlippedBit) {
  const std::vector<std::byte> whole = encode_png(random_image(3, 4, 2));
  for (std::size_t place = 0; place < 8 * whole.size(); ++place) {
    std::vector<std::byte> bytes = whole;
    bytes[place / 8] ^= std::byte{1} << (place % 8);
    ASSERT_NE(refusal(bytes), "") << "bit " << place;
  }
}

TEST(Png, ReadsTheSizeBeforeItMakesRoom) {
  EXPECT_TRUE(contains(refusal(claiming(1'000'000, 1'000'000)), "1000000 × 1000000 pixels"));
  EXPECT_NE(refusal(claiming(2'000'000'000, 2'000'000'000)), "") << "beyond what libspng itself accepts";
  EXPECT_TRUE(contains(refusal(claiming(16'385, 1)), "16385 × 1 pixels"));
  EXPECT_TRUE(contains(refusal(claiming(16'384, 4'097)), "at most")) << "more pixels than allowed in all";
  EXPECT_FALSE(contains(refusal(claiming(16'384, 4'096)), "at most")) << "refused, but for its missing pixels";
  EXPECT_TRUE(contains(refusal(encode_png(random_image(2, 3, 0)), {.width = 2}), "3 × 2 pixels"));
  EXPECT_EQ(refusal(encode_png(random_image(2, 3, 0)), {.width = 3, .height = 2, .pixels = 6}), "");
}

#else

TEST(Png, SaysWhatToInstall) {
  EXPECT_TRUE(contains(refusal({}), "libspng"));
  EXPECT_TRUE(contains(message_of<UserError>([] { encode_png(random_image(1, 1, 0)); }), "libspng"));
}

#endif

}  // namespace
}  // namespace reslab::image
