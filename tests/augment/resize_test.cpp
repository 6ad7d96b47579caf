#include "reslab/augment/resize.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/pillow.h"
#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// "23x31x3 2.5 1.25 28.75 20.5 to 17x10", or without a part of the image.
struct ResizeCase {
  Image image;
  Box box;
  Size size;

  explicit ResizeCase(const std::string& name) {
    int height = 0, width = 0, channels = 0;
    EXPECT_EQ(std::sscanf(name.c_str(), "%dx%dx%d", &height, &width, &channels), 3) << name;
    image = pattern(height, width, channels);
    const std::size_t to = name.find("to ");
    EXPECT_EQ(std::sscanf(name.c_str() + to, "to %dx%d", &size.height, &size.width), 2) << name;
    if (std::sscanf(name.c_str() + name.find(' '), "%f %f %f %f", &box.left, &box.top, &box.right, &box.bottom) != 4)
      box = whole_of(image);
  }
};

TEST(ResizeImage, gives_what_pillow_gives) {
  int compared = 0;
  for (const auto& [name, expected] : pillow_results("resize.txt")) {
    const ResizeCase given(name);
    Image result;
    resize(given.image, given.box, given.size, result);
    EXPECT_EQ(largest_difference(result, expected), 0) << name;
    ++compared;
  }
  EXPECT_GE(compared, 40);
}

// The definition in the header, in double, without rounding the rows' results: so it can differ by a level.
double weighed(const Image& image, const Box& box, Size size, int row, int column, int channel) {
  const auto weight = [](int pixel, double begin, double end, int results, int result) {
    const double step = (end - begin) / results;
    const double centre = begin + (result + 0.5) * step;
    return std::max(0.0, 1 - std::abs(pixel + 0.5 - centre) / std::max(1.0, step));
  };
  double sum = 0, weights = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const double w =
          weight(y, box.top, box.bottom, size.height, row) * weight(x, box.left, box.right, size.width, column);
      weights += w;
      sum += w * pixel(image, y, x, channel);
    }
  return sum / weights;
}

RC_GTEST_PROP(ResizeImage, weighs_as_its_definition_says, ()) {
  const int height = *rc::gen::inRange(1, 20), width = *rc::gen::inRange(1, 20);
  const int channels = *rc::gen::inRange(1, most_channels + 1);
  const Size size{*rc::gen::inRange(1, 30), *rc::gen::inRange(1, 30)};
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  // In eighths of a pixel.
  const int left = *rc::gen::inRange(0, 8 * width), right = *rc::gen::inRange(left + 1, 8 * width + 1);
  const int top = *rc::gen::inRange(0, 8 * height), bottom = *rc::gen::inRange(top + 1, 8 * height + 1);
  const Box box{.left = static_cast<float>(left) / 8,
                .top = static_cast<float>(top) / 8,
                .right = static_cast<float>(right) / 8,
                .bottom = static_cast<float>(bottom) / 8};
  Image result;
  resize(image, box, size, result);
  RC_ASSERT((Size{result.height, result.width} == size));
  RC_ASSERT(result.channels == channels);
  RC_ASSERT(result.pixels.size() == result.offset(size.height, 0));
  for (int row = 0; row < size.height; ++row)
    for (int column = 0; column < size.width; ++column)
      for (int channel = 0; channel < channels; ++channel)
        RC_ASSERT(std::abs(pixel(result, row, column, channel) - weighed(image, box, size, row, column, channel)) <=
                  1.0001);
}

TEST(ResizeImage, leaves_an_image_of_the_size_alone) {
  const Image image = random_image(9, 7, 3, 1);
  Image same_size = image, copy;
  resize(same_size, {9, 7});
  EXPECT_TRUE(same(same_size, image));
  resize(image, whole_of(image), {9, 7}, copy);
  EXPECT_TRUE(same(copy, image));
}

TEST(ResizeImage, cuts_out_a_part_of_whole_pixels) {
  const Image image = random_image(9, 7, 3, 1);
  Image part;
  resize(image, {.left = 2, .top = 3, .right = 6, .bottom = 8}, {5, 4}, part);
  for (int row = 0; row < 5; ++row)
    for (int column = 0; column < 4; ++column)
      for (int c = 0; c < 3; ++c) EXPECT_EQ(pixel(part, row, column, c), pixel(image, row + 3, column + 2, c));
}

TEST(ResizeImage, keeps_a_single_colour_whatever_the_sizes) {
  for (const int side : {1, 2, 100, 3'000}) {
    Image image{side, 2, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(2 * side), 255)};
    for (const int to : {1, 7, 1'000}) {
      Image result;
      resize(image, whole_of(image), {to, 3}, result);
      EXPECT_EQ(std::ranges::count(result.pixels, 255), 3 * to) << side << " to " << to;
    }
  }
}

}  // namespace
}  // namespace reslab::augment
