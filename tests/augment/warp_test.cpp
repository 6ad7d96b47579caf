#include "reslab/augment/warp.h"

#include <gtest/gtest.h>

#include "augment/pillow.h"
#include "augment/support.h"
#include "reslab/augment/affine.h"
#include "reslab/augment/rotation.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

constexpr std::array<std::uint8_t, most_channels> fill{10, 200, 90, 250};

// "12x17x1 nearest turn 30" or "12x17x1 bilinear map 1 0.4 0 0 1 0".
struct WarpCase {
  Image image;
  Interpolation interpolation{};
  AffineMap map;

  explicit WarpCase(const std::string& name) {
    std::istringstream words(name);
    std::string shape, by, kind;
    words >> shape >> by >> kind;
    int height = 0, width = 0, channels = 0;
    EXPECT_EQ(std::sscanf(shape.c_str(), "%dx%dx%d", &height, &width, &channels), 3) << name;
    image = pattern(height, width, channels);
    interpolation = interpolation_of(by, "the case's interpolation");
    if (kind == "turn") {
      double degrees = 0;
      words >> degrees;
      map = turn_about_centre({height, width}, degrees);
    } else {
      words >> map.xx >> map.xy >> map.x0 >> map.yx >> map.yy >> map.y0;
    }
    EXPECT_TRUE(static_cast<bool>(words)) << name;
  }
};

TEST(Warp, gives_what_pillow_gives) {
  int compared = 0;
  for (const auto& [name, expected] : pillow_results("warp.txt")) {
    WarpCase given(name);
    warp(given.image, given.map, given.interpolation, fill);
    // Pillow cuts the fraction of a mean off.
    EXPECT_LE(largest_difference(given.image, expected), given.interpolation == Interpolation::nearest ? 0 : 1) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 4 * 2 * 11);
}

TEST(Warp, is_nothing_by_the_map_of_nothing) {
  const Image image = random_image(13, 8, 3, 1);
  for (const Interpolation interpolation : {Interpolation::nearest, Interpolation::bilinear})
    for (const AffineMap& map : {AffineMap{}, turn_about_centre({13, 8}, 360), affine_map({13, 8}, {})}) {
      Image result = image;
      warp(result, map, interpolation, fill);
      EXPECT_TRUE(same(result, image));
    }
}

TEST(Warp, rounds_means_to_the_nearest) {
  Image half{1, 2, 1, {0, 2}}, quarter{1, 2, 1, {0, 1}};
  warp(half, {.x0 = 0.25}, Interpolation::bilinear, fill);
  warp(quarter, {.x0 = 0.25}, Interpolation::bilinear, fill);
  EXPECT_EQ(half.pixels, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(quarter.pixels, (std::vector<std::uint8_t>{0, 1}));
}

TEST(Warp, refuses_names_of_other_interpolations) {
  EXPECT_THROW(interpolation_of("bicubic", "rotation.interpolation"), core::UserError);
}

// torchvision's _get_inverse_affine_matrix: its values for these arguments, torchvision 0.29.1.
TEST(AffineMap, is_torchvisions) {
  const AffineMap map =
      affine_map({30, 40}, {.degrees = 25, .right = 3, .down = -4, .scale = 1.3, .shear_x = 10, .shear_y = -7});
  const double expected[] = {0.6247438554572072,   0.44098076497808725, 0.7801029097252723,
                             -0.41069143493452126, 0.6572436841071303,  17.216222478315554};
  const double values[] = {map.xx, map.xy, map.x0, map.yx, map.yy, map.y0};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(values[i], expected[i], 1e-12) << i;
}

TEST(Rotation, draws_angles_within_its_limit) {
  const Image image = random_image(15, 15, 1, 1);
  int turned = 0;
  for (std::uint32_t sample = 0; sample < 200; ++sample) {
    Image result = image;
    auto random = random_of(sample);
    Rotation({.degrees = 30, .probability = 0.5, .fill = {77}}).apply(result, random);
    turned += same(result, image) ? 0 : 1;
    EXPECT_EQ(pixel(result, 7, 7, 0), pixel(image, 7, 7, 0));
  }
  EXPECT_NEAR(turned, 100, 30);
  Image still = image;
  auto random = random_of(1);
  Rotation({.degrees = 0}).apply(still, random);
  EXPECT_TRUE(same(still, image));
}

// A spot in the middle is found again at the place that the parameters allow.
TEST(Affine, moves_within_its_limits) {
  std::map<int, int> columns;
  for (std::uint32_t sample = 0; sample < 400; ++sample) {
    Image image{20, 40, 1, std::vector<std::uint8_t>(800)};
    image.pixels[image.offset(10, 20)] = 255;
    auto random = random_of(sample);
    Affine({.translation = 0.1, .least_scale = 1, .most_scale = 1, .interpolation = Interpolation::nearest})
        .apply(image, random);
    const auto place = std::ranges::find(image.pixels, 255) - image.pixels.begin();
    ASSERT_LT(place, 800);
    EXPECT_LE(std::abs(place / 40 - 10), 2);
    ++columns[static_cast<int>(place % 40) - 20];
  }
  EXPECT_EQ(columns.begin()->first, -4);
  EXPECT_EQ(columns.rbegin()->first, 4);
}

TEST(Affine, shows_things_larger_by_the_scale) {
  Image image{40, 40, 1, std::vector<std::uint8_t>(1'600)};
  for (int row = 15; row < 25; ++row)
    std::fill_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(image.offset(row, 15)), 10, std::uint8_t{255});
  auto random = random_of(1);
  Affine({.translation = 0, .least_scale = 2, .most_scale = 2, .interpolation = Interpolation::nearest})
      .apply(image, random);
  EXPECT_EQ(std::ranges::count(image.pixels, 255), 400);
}

TEST(Affine, refuses_options_out_of_range) {
  EXPECT_THROW(Rotation({.degrees = 181}), core::UserError);
  EXPECT_THROW(Rotation({.degrees = NAN}), core::UserError);
  EXPECT_THROW(Rotation({.probability = -1}), core::UserError);
  EXPECT_THROW(Rotation({.fill = {300}}), core::UserError);
  EXPECT_THROW(Affine({.degrees = -1}), core::UserError);
  EXPECT_THROW(Affine({.translation = 1.5}), core::UserError);
  EXPECT_THROW(Affine({.least_scale = 0}), core::UserError);
  EXPECT_THROW(Affine({.least_scale = 1, .most_scale = 0.9}), core::UserError);
  EXPECT_THROW(Affine({.shear_x = 90}), core::UserError);
  EXPECT_THROW(Affine({.shear_y = -1}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
