#include "reslab/pictures/form.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pictures/drawn.h"
#include "reslab/augment/resize.h"

namespace reslab::pictures {
namespace {

augment::Image rendered(const std::string& file, const Form& form) {
  augment::Image image;
  render(std::as_bytes(std::span(file)), "picture", {.channels = 3}, form, image);
  return image;
}

TEST(Form, OfALeastSideIsTheReducedPictureResized) {
  const std::string file = test::jpeg_file(101, 150, 4);
  // 101 / 2 rounded up is 51, 101 / 4 is 26.
  for (const auto& [side, height, width] :
       {std::tuple{30, 30, 44}, {51, 51, 75}, {52, 52, 77}, {26, 26, 38}, {101, 101, 150}, {400, 101, 150}}) {
    const augment::Image image = rendered(file, least_side_form(side));
    EXPECT_EQ(image.height, height) << side;
    EXPECT_EQ(image.width, width) << side;
    EXPECT_EQ(rendered_size(least_side_form(side), {101, 150}, image::Format::jpeg), (augment::Size{height, width}));
  }
  augment::Image expected =
      image::decode(std::as_bytes(std::span(file)), "picture", {.channels = 3, .least_side = 30}).image;
  EXPECT_EQ(expected.height, 51);
  augment::resize(expected, {30, 44});
  EXPECT_EQ(rendered(file, least_side_form(30)).pixels, expected.pixels);
  EXPECT_EQ(rendered(file, least_side_form(0)).height, 101);
}

RC_GTEST_PROP(Form, size_is_known_before, ()) {
  const int height = *rc::gen::inRange(1, 130), width = *rc::gen::inRange(1, 130), side = *rc::gen::inRange(0, 140);
  const bool jpeg = *rc::gen::arbitrary<bool>();
  const std::string file = jpeg ? test::jpeg_file(height, width, 1) : test::png_file(height, width, 1);
  const Form form = *rc::gen::element(least_side_form(side), fitted_form(test::small_fit));
  const augment::Image image = rendered(file, form);
  RC_ASSERT((augment::Size{image.height, image.width} ==
             rendered_size(form, {height, width}, jpeg ? image::Format::jpeg : image::Format::png)));
}

TEST(Form, IsToldApartByEverythingThatChangesPixels) {
  const auto differ = [](const Form& a, const Form& b) { return description_of(a) != description_of(b) && a != b; };
  const data::ImageFit crop = test::small_fit;
  data::ImageFit other = crop;
  other.resize = 21;
  EXPECT_TRUE(differ(fitted_form(crop), fitted_form(other)));
  other = crop;
  other.output.width = 15;
  EXPECT_TRUE(differ(fitted_form(crop), fitted_form(other)));
  data::ImageFit pad{.kind = data::FitKind::pad, .output = {16, 16}}, white = pad;
  white.background[1] = 255;
  EXPECT_TRUE(differ(fitted_form(pad), fitted_form(white)));
  EXPECT_TRUE(differ(fitted_form(pad), fitted_form({.kind = data::FitKind::stretch, .output = {16, 16}})));
  EXPECT_TRUE(differ(least_side_form(3), least_side_form(4)));
  const image::DecodeOptions decode{.channels = 3};
  EXPECT_NE(description_of(decode), description_of(image::DecodeOptions{.channels = 1}));
  EXPECT_NE(description_of(decode), description_of(image::DecodeOptions{.channels = 3, .background = {0, 255, 255}}));
  EXPECT_NE(description_of(decode), description_of(image::DecodeOptions{.channels = 3, .range16 = {0, 4095}}));
}

}  // namespace
}  // namespace reslab::pictures
