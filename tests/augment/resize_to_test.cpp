#include "reslab/augment/resize_to.h"

#include <gtest/gtest.h>

#include "augment/support.h"
#include "reslab/augment/resize.h"
#include "reslab/augment/stretch.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

TEST(ResizeTo, keeps_the_proportions_by_the_shorter_side) {
  const ResizeTo to({.shorter_side = 256});
  EXPECT_EQ(to.output_size(Size{400, 533}), (Size{256, 341}));  // torchvision: int(256 · 533 / 400)
  EXPECT_EQ(to.output_size(Size{533, 400}), (Size{341, 256}));
  EXPECT_EQ(to.output_size(Size{10, 10}), (Size{256, 256}));
  Image image = random_image(30, 47, 3, 1), expected;
  resize(image, whole_of(image), {10, 15}, expected);
  auto random = random_of(0);
  ResizeTo({.shorter_side = 10}).apply(image, random);
  EXPECT_TRUE(same(image, expected));
}

TEST(ResizeTo, stretches_to_a_height_and_width) {
  const Image image = random_image(30, 47, 3, 1);
  Image by_resize = image, by_stretch = image, expected;
  resize(image, whole_of(image), {20, 12}, expected);
  auto random = random_of(0);
  ResizeTo({.shorter_side = 0, .height = 20, .width = 12}).apply(by_resize, random);
  Stretch({.height = 20, .width = 12}).apply(by_stretch, random);
  EXPECT_TRUE(same(by_resize, expected));
  EXPECT_TRUE(same(by_stretch, expected));
}

TEST(ResizeTo, refuses_what_is_no_size_or_two) {
  EXPECT_THROW(ResizeTo({.shorter_side = 0}), core::UserError);
  EXPECT_THROW(ResizeTo({.shorter_side = 256, .height = 10, .width = 10}), core::UserError);
  EXPECT_THROW(ResizeTo({.shorter_side = 0, .height = 10}), core::UserError);
  EXPECT_THROW(ResizeTo({.shorter_side = -1}), core::UserError);
  EXPECT_THROW(Stretch({.height = 16'385}), core::UserError);
}

TEST(ResizeTo, refuses_images_whose_longer_side_would_get_too_long) {
  EXPECT_THROW(ResizeTo().output_size(Size{1, 65}), core::UserError);
  EXPECT_EQ(ResizeTo().output_size(Size{1, 64}), (Size{256, 16'384}));
  Image image = random_image(100, 1, 1, 1);
  auto random = random_of(0);
  EXPECT_THROW(ResizeTo().apply(image, random), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
