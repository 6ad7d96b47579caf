#include "reslab/augment/centre_crop.h"

#include <gtest/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// torchvision's CenterCrop cuts with `int(round((height - crop_height) / 2))`; Python rounds halves to the even number.
TEST(CentreCrop, rounds_offsets_as_torchvision_does) {
  const std::vector<int> offsets{0, 0, 1, 2, 2, 2, 3, 4, 4};  // [round(d / 2) for d in range(9)]
  for (int more = 0; more < 9; ++more) {
    Image image = random_image(4 + more, 5 + more, 3, 1);
    const Image whole = image;
    auto random = random_of(0);
    CentreCrop({.height = 4, .width = 5}).apply(image, random);
    const int offset = offsets[static_cast<std::size_t>(more)];
    for (int row = 0; row < 4; ++row)
      for (int column = 0; column < 5; ++column)
        for (int c = 0; c < 3; ++c)
          ASSERT_EQ(pixel(image, row, column, c), pixel(whole, row + offset, column + offset, c)) << more;
  }
}

TEST(CentreCrop, refuses_images_smaller_than_the_window) {
  EXPECT_EQ(CentreCrop().output_size(Size{224, 500}), (Size{224, 224}));
  EXPECT_THROW(CentreCrop().output_size(Size{223, 500}), core::UserError);
  Image image = random_image(300, 223, 1, 1);
  auto random = random_of(0);
  EXPECT_THROW(CentreCrop().apply(image, random), core::UserError);
  EXPECT_THROW(CentreCrop({.height = 0}), core::UserError);
  EXPECT_THROW(CentreCrop({.width = 16'385}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
