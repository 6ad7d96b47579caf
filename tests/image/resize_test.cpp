#include "reslab/image/resize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>

#include "image/support.h"
#include "reslab/core/random.h"
#include "reslab/image/resize_rows.h"

namespace reslab::image {
namespace {

using augment::Image;

TEST(Resize, GivesPillowsPixels) {
  std::ifstream list(samples / "resized.txt");
  std::string name, method;
  augment::Size size;
  Box box;
  int cases = 0;
  while (list >> name >> method >> size.height >> size.width >> box.left >> box.top >> box.right >> box.bottom) {
    ++cases;
    const Image from = read_netpbm(samples / (name.ends_with(".pgm") ? "noise.pgm" : "noise.ppm"));
    const Interpolation interpolation = method == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear;
    const Image resized = resize(from, size, {.interpolation = interpolation, .box = box});
    EXPECT_EQ(largest_difference(resized, read_netpbm(samples / name)), 0) << name << ", " << method;
  }
  EXPECT_EQ(cases, 22);
}

TEST(Resize, FitsAsPillowsImageOps) {
  const Image from = read_netpbm(samples / "noise.ppm");
  const augment::Size size{.height = 16, .width = 20};
  EXPECT_EQ(largest_difference(fit(from, size, Fit::crop), read_netpbm(samples / "fit-crop.ppm")), 0);
  EXPECT_EQ(
      largest_difference(fit(from, size, Fit::pad, {.colour = {10, 20, 30}}), read_netpbm(samples / "fit-pad.ppm")), 0);
  EXPECT_EQ(largest_difference(fit(from, size, Fit::stretch), resize(from, size)), 0);
}

TEST(Resize, TheCentreKeepsTheRatioAndTheShare) {
  const Box box = centre_box({.height = 100, .width = 200}, {.height = 50, .width = 50}, 0.5);
  EXPECT_FLOAT_EQ(box.left, 75);
  EXPECT_FLOAT_EQ(box.top, 25);
  EXPECT_FLOAT_EQ(box.right, 125);
  EXPECT_FLOAT_EQ(box.bottom, 75);
  EXPECT_EQ(contained({.height = 1, .width = 1000}, {.height = 10, .width = 10}),
            (augment::Size{.height = 1, .width = 10}));
}

TEST(Resize, LooksAtNothingOutsideOfItsBox) {
  const Image from = read_netpbm(samples / "noise.ppm");
  // Whole pixels, at the size that they have: what was cut out.
  const Image cut =
      resize(from, {.height = 5, .width = 4}, {.box = Box{.left = 7, .top = 9, .right = 11, .bottom = 14}});
  for (int row = 0; row < 5; ++row)
    for (int i = 0; i < 12; ++i)
      ASSERT_EQ(cut.pixels[cut.offset(row, 0) + static_cast<std::size_t>(i)],
                from.pixels[from.offset(9 + row, 7) + static_cast<std::size_t>(i)]);
}

TEST(Resize, AnyWidthIsWhatThePlainLoopsGive) {
  EXPECT_TRUE(rc::check("vectors equal the plain loops", [] {
    const int pixels = *rc::gen::inRange(1, 70), most = *rc::gen::inRange(1, std::min(pixels, 9) + 1);
    core::Random random({.seed = *rc::gen::arbitrary<std::uint64_t>()});
    std::vector<std::uint8_t> row(static_cast<std::size_t>(3 * pixels * most));
    for (auto& value : row) value = static_cast<std::uint8_t>(random.below(256));
    Taps taps{.weights = {}, .most = most};
    taps.weights.resize(static_cast<std::size_t>(40 * most));
    // As a bicubic filter's: some below 0, together about 1.
    for (auto& weight : taps.weights)
      weight = static_cast<std::int32_t>(random.below(2U << weight_bits)) / most - (1 << (weight_bits - 3)) / most;
    for (int i = 0; i < 40; ++i)
      taps.taps.push_back({.first = static_cast<int>(random.below(static_cast<std::uint32_t>(pixels - most + 1))),
                           .count = most,
                           .weights = taps.weights.data() + i * most});
    std::vector<std::uint8_t> fast(120), plain(120);
    resize_across({.from = row.data(), .end = row.data() + 3 * pixels, .rows = 1}, taps, fast.data());
    resize_across_plainly<3>(row.data(), taps.taps, plain.data());
    RC_ASSERT(fast == plain);
    const auto values = static_cast<std::size_t>(3 * pixels);
    fast.assign(values, 0), plain.assign(values, 0);
    resize_down(row.data(), values, taps.taps[0], values, fast.data());
    resize_down_plainly(row.data(), values, taps.taps[0], 0, values, plain.data());
    RC_ASSERT(fast == plain);
  }));
}

}  // namespace
}  // namespace reslab::image
