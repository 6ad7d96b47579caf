// Resizes a part of an image, with antialiasing.
//
// A line of n pixels is made from the part [begin, end) of a line of pixels, where pixel j of the source covers
// [j, j + 1). With the step s = (end − begin) / n and the filter's half width r = max(1, s), pixel i of the result is
//   Σ w(j) · x(j) / Σ w(j),    w(j) = max(0, 1 − |j + ½ − c| / r),    c = begin + (i + ½) · s
// over the source's pixels j; the image's edges cut the sum off, the part's edges don't. Every row is resized so and
// rounded to whole numbers, then every column. Weights have 22 bits after the point and all else is integer
// arithmetic, so the results are the same bits on every processor.
//
//   augment::Image small;
//   augment::resize(photograph, {.left = 10.5, .top = 0, .right = 310.5, .bottom = 300}, {224, 224}, small);
//
// Definition: Pillow's Image.resize(size, BILINEAR, box), which torchvision's resize with antialias=True also follows.
// Results equal those of Pillow 12; version 13 resizes the columns first where the height shrinks by far more pixels
// than the width, which changes some values by 1. Four channels are four independent ones, as in Pillow's mode CMYK;
// Pillow weighs RGBA's colours by the alpha value.
//
// Thread safety: pure functions, on the calling thread alone.
#pragma once

#include "reslab/augment/cut.h"
#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Part of an image in pixels from its top left corner. Edges may lie inside pixels.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
};

/// All of an image.
Box whole_of(const Image& image);

/// What a window covers.
Box box_of(const Window& window);

/// Writes what lies in `box` to `to`, at `size`. `to` is another image than `from`; its memory is used again. Requires:
/// 0 ≤ left < right ≤ width, 0 ≤ top < bottom ≤ height, 1 ≤ channels ≤ most_channels, and `size` at least 1 × 1.
void resize(const Image& from, const Box& box, Size size, Image& to);

/// Resizes the whole image in place. Nothing happens when it has that size.
void resize(Image& image, Size size);

}  // namespace reslab::augment
