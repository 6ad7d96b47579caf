#include "reslab/explain/overlay.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "reslab/core/error.h"

namespace reslab::explain {
namespace {

using Colour = std::array<std::uint8_t, 3>;

TEST(Jet, RunsFromDarkBlueThroughGreenToDarkRed) {
  EXPECT_EQ(jet(0), (Colour{0, 0, 128}));
  EXPECT_EQ(jet(0.25), (Colour{0, 128, 255}));
  EXPECT_EQ(jet(0.5), (Colour{128, 255, 128}));
  EXPECT_EQ(jet(0.75), (Colour{255, 128, 0}));
  EXPECT_EQ(jet(1), (Colour{128, 0, 0}));
  EXPECT_EQ(jet(-3), jet(0));
  EXPECT_EQ(jet(7), jet(1));
  EXPECT_EQ(jet(std::nan("")), jet(0));
}

TEST(Overlay, IsTheMeanOfColourAndImageByPixel) {
  const augment::Image image{.height = 1, .width = 2, .channels = 3, .pixels = {10, 20, 30, 255, 0, 101}};
  const augment::Image result = overlay(image, at::tensor({0.0F, 1.0F}).view({1, 2}));
  EXPECT_EQ(result.pixels, (std::vector<std::uint8_t>{5, 10, 79, 192, 0, 51}));
  EXPECT_EQ(result.width, 2);
  EXPECT_EQ(result.channels, 3);
}

TEST(Overlay, RepeatsGrey) {
  const augment::Image image{.height = 1, .width = 1, .channels = 1, .pixels = {100}};
  EXPECT_EQ(overlay(image, at::zeros({1, 1})).pixels, (std::vector<std::uint8_t>{50, 50, 114}));
}

TEST(Overlay, AnotherSizeIsADefect) {
  const augment::Image image{.height = 2, .width = 1, .channels = 1, .pixels = {1, 2}};
  EXPECT_THROW(overlay(image, at::zeros({1, 2})), core::InternalError);
}

TEST(Grey, IsBlackAtZeroAndWhiteAtOne) {
  EXPECT_EQ(grey(at::tensor({0.0F, 1.0F, 0.5F}).view({1, 3})).pixels,
            (std::vector<std::uint8_t>{0, 0, 0, 255, 255, 255, 128, 128, 128}));
}

TEST(GradientPicture, HasItsMeanInMidGreyAndDeviationsAroundIt) {
  // Mean 0, deviation 1: 0.5 ± 0.1.
  const augment::Image picture = gradient_picture(at::tensor({1.0F, -1.0F}).view({1, 1, 2}));
  EXPECT_EQ(picture.pixels, (std::vector<std::uint8_t>{153, 153, 153, 102, 102, 102}));
  EXPECT_EQ(gradient_picture(at::zeros({3, 1, 1})).pixels, (std::vector<std::uint8_t>{128, 128, 128}));
}

}  // namespace
}  // namespace reslab::explain
