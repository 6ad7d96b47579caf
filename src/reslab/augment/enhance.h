// Brightness, contrast, saturation, sharpness and hue of an image, changed by a given amount.
//
// The first four go from a degenerate image d through the image x, at a factor of 1, and beyond:
//   x ← f · x + (1 − f) · d, rounded to the nearest whole number and held within 0 … 255
// where d is black for brightness, the mean grey (formulas.h) for contrast, the pixel's own grey for saturation, and
// for sharpness the image smoothed by (1 1 1 / 1 5 1 / 1 1 1) / 13, with the outermost rows and columns as they are.
//
// Saturation and hue are of images with three channels, red, green and blue; others stay as they are.
//
// Definition: Pillow's ImageEnhance, but for its rounding: it cuts the fraction off, and rounds the mean grey. Hue is
// that of HSV, whose saturation and value stay; torchvision's adjust_hue does the same but rounds hue and saturation to
// 1/255 on the way. All is in fp32 or whole numbers, the same bits on every processor.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// factor: in [0, 16]. Those of saturation and sharpness are rounded to 1/65,536.
void change_brightness(Image& image, float factor);
void change_contrast(Image& image, float factor);
void change_saturation(Image& image, float factor);
void change_sharpness(Image& image, float factor);

/// turns: of the colour wheel, in [−1, 1]; 1/3 makes red green.
void shift_hue(Image& image, float turns);

}  // namespace reslab::augment
