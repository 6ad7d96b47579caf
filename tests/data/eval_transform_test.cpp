#include "reslab/data/eval_transform.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "data/unlike_sizes.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"
#include "reslab/data/batch_maker.h"

namespace reslab::data {
namespace {

augment::Image filled(int height, int width, int channels, std::uint8_t value) {
  augment::Image image{.height = height, .width = width, .channels = channels};
  image.pixels.assign(image.offset(height, 0), value);
  return image;
}

RC_GTEST_PROP(FitImage, gives_the_size_that_it_says, ()) {
  const augment::Size output{*rc::gen::inRange(1, 40), *rc::gen::inRange(1, 40)};
  const ImageFit fit{.kind = *rc::gen::element(FitKind::crop, FitKind::pad, FitKind::stretch),
                     .output = output,
                     .resize = std::max(output.height, output.width) + *rc::gen::inRange(0, 9)};
  augment::Image image = filled(*rc::gen::inRange(1, 60), *rc::gen::inRange(1, 60), *rc::gen::element(1, 3), 80);
  RC_ASSERT(output_size(fit, std::nullopt) == output);
  fit_image(fit, image);
  RC_ASSERT((augment::Size{image.height, image.width} == output));
  RC_ASSERT(image.pixels.size() == image.offset(output.height, 0));
  if (fit.kind != FitKind::pad) RC_ASSERT(std::ranges::all_of(image.pixels, [](std::uint8_t x) { return x == 80; }));
}

TEST(FitImage, PadsAroundTheWholeImage) {
  augment::Image wide = filled(2, 8, 3, 200);
  const ImageFit fit{.kind = FitKind::pad, .output = {4, 4}, .background = {10, 20, 30}};
  fit_image(fit, wide);  // 1 row of 4 pixels
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 4; ++column)
      for (int c = 0; c < 3; ++c)
        EXPECT_EQ(wide.pixels[wide.offset(row, column) + static_cast<std::size_t>(c)], row == 1 ? 200 : 10 * (c + 1));
  augment::Image tall = filled(300, 200, 1, 9);
  fit_image({.kind = FitKind::pad, .output = {30, 20}}, tall);
  EXPECT_TRUE(std::ranges::all_of(tall.pixels, [](std::uint8_t x) { return x == 9; })) << "the same ratio: no ground";
}

TEST(FitImage, IsWhatReadersGiveForEvaluation) {
  const Split split = test::unlike_sizes();
  const ImageFit fit{.kind = FitKind::crop, .output = {3, 4}, .resize = 5};
  augment::Image expected = image_at(split, 2), found;
  fit_image(fit, expected);
  split.source->reader()->read_fitted(2, fit, found);
  EXPECT_EQ(found.pixels, expected.pixels);
  EXPECT_EQ(found.height, 3);
}

TEST(FitImage, CutsTheMiddleOut) {
  augment::Image image = filled(10, 20, 1, 0);
  for (int row = 0; row < 10; ++row)
    for (int column = 5; column < 15; ++column) image.pixels[image.offset(row, column)] = 100;
  fit_image({.kind = FitKind::crop, .output = {10, 10}, .resize = 10}, image);
  EXPECT_TRUE(std::ranges::all_of(image.pixels, [](std::uint8_t x) { return x == 100; }));
}

TEST(FitImage, TakesImagesOfExtremeRatios) {
  augment::Image image = filled(3000, 2, 1, 9);
  fit_image({.kind = FitKind::crop, .output = {32, 32}, .resize = 37}, image);
  EXPECT_EQ(image.pixels, std::vector<std::uint8_t>(32 * 32, 9));
}

TEST(FitImage, LeavesAnImageAsItIs) {
  augment::Image image = filled(3, 5, 3, 7);
  fit_image({}, image);
  EXPECT_EQ(image.width, 5);
  EXPECT_EQ(output_size({}, std::nullopt), std::nullopt);
}

// Images of unlike sizes come into one batch, each as fit_image makes it.
TEST(BatchMaker, FitsImagesOfUnlikeSizes) {
  const Split samples = test::unlike_sizes();
  const ImageFit fit{.kind = FitKind::stretch, .output = {6, 3}};
  const BatchSource source{.samples = samples,
                           .transform = {.fit = fit, .normalizer = {std::vector{0.0}, std::vector{1.0}}}};
  const BatchMaker maker(source, {.batch_size = 3, .shuffle = false});
  const Batch batch = maker.make(maker.order(0), 0, 0);
  ASSERT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{3, 1, 6, 3}));
  for (std::int64_t place = 0; place < 3; ++place) {
    augment::Image image = image_at(samples, place);
    augment::resize(image, {6, 3});
    for (int i = 0; i < 18; ++i)
      EXPECT_NEAR(batch.images[place].flatten()[i].item<float>(), image.pixels[static_cast<std::size_t>(i)] / 255.0F,
                  1e-6);
  }
}

TEST(BatchMaker, RefusesImagesOfUnlikeSizesThatNothingFits) {
  const BatchSource source{.samples = test::unlike_sizes(),
                           .transform = {.normalizer = {std::vector{0.0}, std::vector{1.0}}}};
  EXPECT_THROW(BatchMaker(source, {.batch_size = 3}), core::UserError);
}

}  // namespace
}  // namespace reslab::data
