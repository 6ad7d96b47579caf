#include "reslab/augment/registry.h"

#include <algorithm>
#include <utility>

#include "reslab/augment/affine.h"
#include "reslab/augment/alternating_flip.h"
#include "reslab/augment/brightness.h"
#include "reslab/augment/centre_crop.h"
#include "reslab/augment/color_jitter.h"
#include "reslab/augment/contrast.h"
#include "reslab/augment/cutout.h"
#include "reslab/augment/dihedral.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/pad_to_square.h"
#include "reslab/augment/random_crop.h"
#include "reslab/augment/random_erasing.h"
#include "reslab/augment/random_resized_crop.h"
#include "reslab/augment/resize_to.h"
#include "reslab/augment/rotation.h"
#include "reslab/augment/stretch.h"
#include "reslab/augment/trivial_augment.h"
#include "reslab/augment/vertical_flip.h"
#include "reslab/augment/warp.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using Made = std::unique_ptr<Policy>;

constexpr double largest = 4096;  // pixels of a side

core::Option probability(double initial) {
  return {.name = "probability", .initial = initial, .meaning = "of being applied to an image", .least = 0, .most = 1};
}

core::Option interpolation(const std::string& initial) {
  return {.name = "interpolation", .initial = initial, .meaning = "between pixels", .choices = {"nearest", "bilinear"}};
}

core::Option fill() {
  return {.name = "fill",
          .initial = std::vector<double>{},
          .meaning = "colour of what is added: a value for all channels or one for each; empty: black",
          .least = 0,
          .most = 255};
}

core::Option result_height() {
  return {.name = "height",
          .initial = std::int64_t{0},
          .meaning = "of the result, in pixels; 0: that of pictures.size",
          .least = 0,
          .most = largest};
}

core::Option result_width() {
  return {.name = "width", .initial = std::int64_t{0}, .meaning = "likewise", .least = 0, .most = largest};
}

template <typename Kind>
PolicyKind kind_without_options(const char* name) {
  return {.name = name, .options = {}, .make = [](const core::Settings&, const Normalizer&) -> Made {
            return std::make_unique<Kind>();
          }};
}

template <typename Kind, typename Options>
PolicyKind flip_kind(const char* name) {
  return {.name = name, .options = {probability(0.5)}, .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<Kind>(Options{.probability = s.number("probability")});
          }};
}

// Height and width of the result alone.
template <typename Kind, typename Options>
PolicyKind sized_kind(const char* name) {
  return {.name = name,
          .options = {result_height(), result_width()},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<Kind>(Options{.height = s.whole("height"), .width = s.whole("width")});
          },
          .sized = true};
}

PolicyKind pad_kind() {
  return {
      .name = "pad",
      .options =
          {{.name = "height",
            .initial = std::int64_t{36},
            .meaning = "pixels; lower images are padded, half on each side",
            .least = 1,
            .most = largest},
           {.name = "width", .initial = std::int64_t{36}, .meaning = "pixels; likewise", .least = 1, .most = largest},
           probability(1.0)},
      .make = [](const core::Settings& s, const Normalizer&) -> Made {
        return std::make_unique<Pad>(
            PadOptions{.height = s.whole("height"), .width = s.whole("width"), .probability = s.number("probability")});
      }};
}

PolicyKind random_crop_kind() {
  return {.name = "random_crop",
          .options = {{.name = "height", .initial = std::int64_t{32}, .meaning = "pixels", .least = 1, .most = largest},
                      {.name = "width", .initial = std::int64_t{32}, .meaning = "pixels", .least = 1, .most = largest},
                      probability(1.0)},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<RandomCrop>(RandomCropOptions{
                .height = s.whole("height"), .width = s.whole("width"), .probability = s.number("probability")});
          }};
}

PolicyKind horizontal_flip_kind() { return flip_kind<HorizontalFlip, HorizontalFlipOptions>("horizontal_flip"); }

PolicyKind alternating_flip_kind() { return kind_without_options<AlternatingFlip>("alternating_flip"); }

PolicyKind brightness_kind() {
  return {.name = "brightness",
          .options = {{.name = "strength",
                       .initial = 0.2,
                       .meaning = "the factor is uniform in [1 - this, 1 + this]",
                       .least = 0,
                       .most = 1}},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<Brightness>(BrightnessOptions{.strength = s.number("strength")});
          }};
}

PolicyKind contrast_kind() {
  return {.name = "contrast",
          .options = {{.name = "strength",
                       .initial = 0.2,
                       .meaning = "likewise, about the image's mean grey",
                       .least = 0,
                       .most = 1}},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<Contrast>(ContrastOptions{.strength = s.number("strength")});
          }};
}

PolicyKind cutout_kind() {
  return {.name = "cutout",
          .options = {{.name = "holes", .initial = std::int64_t{1}, .meaning = "in an image", .least = 1, .most = 1000},
                      {.name = "height",
                       .initial = std::int64_t{8},
                       .meaning = "of a hole, in pixels",
                       .least = 1,
                       .most = largest},
                      {.name = "width",
                       .initial = std::int64_t{8},
                       .meaning = "of a hole, in pixels",
                       .least = 1,
                       .most = largest},
                      probability(0.5)},
          .make = [](const core::Settings& s, const Normalizer& normalizer) -> Made {
            return std::make_unique<Cutout>(CutoutOptions{.holes = s.whole("holes"),
                                                          .height = s.whole("height"),
                                                          .width = s.whole("width"),
                                                          .probability = s.number("probability"),
                                                          .fill = fill_of_mean(normalizer.mean())});
          }};
}

PolicyKind random_resized_crop_kind() {
  return {.name = "random_resized_crop",
          .options = {result_height(),
                      result_width(),
                      {.name = "least_area",
                       .initial = 0.08,
                       .meaning = "least share of the picture that a window has",
                       .least = 0.0001,
                       .most = 1},
                      {.name = "most_area", .initial = 1.0, .meaning = "largest share", .least = 0.0001, .most = 1},
                      {.name = "least_ratio",
                       .initial = 0.75,
                       .meaning = "of width to height, the least",
                       .least = 0.01,
                       .most = 100},
                      {.name = "most_ratio", .initial = 4.0 / 3, .meaning = "the largest", .least = 0.01, .most = 100}},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<RandomResizedCrop>(RandomResizedCropOptions{.height = s.whole("height"),
                                                                                .width = s.whole("width"),
                                                                                .least_area = s.number("least_area"),
                                                                                .most_area = s.number("most_area"),
                                                                                .least_ratio = s.number("least_ratio"),
                                                                                .most_ratio = s.number("most_ratio")});
          },
          .sized = true};
}

PolicyKind resize_kind() {
  return {
      .name = "resize",
      .options = {{.name = "shorter_side",
                   .initial = std::int64_t{256},
                   .meaning = "pixels; the longer side keeps its proportion; 0: height and width",
                   .least = 0,
                   .most = largest},
                  {.name = "height",
                   .initial = std::int64_t{0},
                   .meaning = "pixels, with shorter_side 0",
                   .least = 0,
                   .most = largest},
                  {.name = "width", .initial = std::int64_t{0}, .meaning = "likewise", .least = 0, .most = largest}},
      .make = [](const core::Settings& s, const Normalizer&) -> Made {
        return std::make_unique<ResizeTo>(ResizeToOptions{
            .shorter_side = s.whole("shorter_side"), .height = s.whole("height"), .width = s.whole("width")});
      }};
}

PolicyKind stretch_kind() { return sized_kind<Stretch, StretchOptions>("stretch"); }

PolicyKind centre_crop_kind() { return sized_kind<CentreCrop, CentreCropOptions>("centre_crop"); }

PolicyKind pad_to_square_kind() {
  return {.name = "pad_to_square", .options = {fill()}, .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<PadToSquare>(PadToSquareOptions{.fill = s.wholes("fill")});
          }};
}

PolicyKind vertical_flip_kind() { return flip_kind<VerticalFlip, VerticalFlipOptions>("vertical_flip"); }

PolicyKind dihedral_kind() { return kind_without_options<Dihedral>("dihedral"); }

PolicyKind rotation_kind() {
  return {.name = "rotation",
          .options = {{.name = "degrees", .initial = 15.0, .meaning = "to either side", .least = 0, .most = 180},
                      probability(1.0),
                      interpolation("bilinear"),
                      fill()},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<Rotation>(
                RotationOptions{.degrees = s.number("degrees"),
                                .probability = s.number("probability"),
                                .interpolation = interpolation_of(s.text("interpolation"), "rotation.interpolation"),
                                .fill = s.wholes("fill")});
          }};
}

PolicyKind affine_kind() {
  return {
      .name = "affine",
      .options =
          {{.name = "degrees", .initial = 0.0, .meaning = "of turning, to either side", .least = 0, .most = 180},
           {.name = "translation", .initial = 0.1, .meaning = "share of a side", .least = 0, .most = 1},
           {.name = "least_scale", .initial = 0.9, .meaning = "of size, the least factor", .least = 0.1, .most = 10},
           {.name = "most_scale", .initial = 1.1, .meaning = "the largest", .least = 0.1, .most = 10},
           {.name = "shear_x", .initial = 0.0, .meaning = "degrees", .least = 0, .most = 80},
           {.name = "shear_y", .initial = 0.0, .meaning = "degrees", .least = 0, .most = 80},
           probability(1.0),
           interpolation("bilinear"),
           fill()},
      .make = [](const core::Settings& s, const Normalizer&) -> Made {
        return std::make_unique<Affine>(
            AffineOptions{.degrees = s.number("degrees"),
                          .translation = s.number("translation"),
                          .least_scale = s.number("least_scale"),
                          .most_scale = s.number("most_scale"),
                          .shear_x = s.number("shear_x"),
                          .shear_y = s.number("shear_y"),
                          .probability = s.number("probability"),
                          .interpolation = interpolation_of(s.text("interpolation"), "affine.interpolation"),
                          .fill = s.wholes("fill")});
      }};
}

PolicyKind color_jitter_kind() {
  return {.name = "color_jitter",
          .options = {{.name = "brightness",
                       .initial = 0.2,
                       .meaning = "strength, as of the policy brightness",
                       .least = 0,
                       .most = 1},
                      {.name = "contrast", .initial = 0.2, .meaning = "likewise", .least = 0, .most = 1},
                      {.name = "saturation", .initial = 0.2, .meaning = "likewise", .least = 0, .most = 1},
                      {.name = "hue",
                       .initial = 0.05,
                       .meaning = "turns of the colour wheel, to either side",
                       .least = 0,
                       .most = 0.5}},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<ColorJitter>(ColorJitterOptions{.brightness = s.number("brightness"),
                                                                    .contrast = s.number("contrast"),
                                                                    .saturation = s.number("saturation"),
                                                                    .hue = s.number("hue")});
          }};
}

PolicyKind trivial_augment_kind() {
  return {.name = "trivial_augment",
          .options = {interpolation("nearest"), fill()},
          .make = [](const core::Settings& s, const Normalizer&) -> Made {
            return std::make_unique<TrivialAugment>(TrivialAugmentOptions{
                .interpolation = interpolation_of(s.text("interpolation"), "trivial_augment.interpolation"),
                .fill = s.wholes("fill")});
          }};
}

PolicyKind random_erasing_kind() {
  return {
      .name = "random_erasing",
      .options =
          {{.name = "probability",
            .initial = 0.5,
            .meaning = "that an image gets its rectangle",
            .least = 0,
            .most = 1},
           {.name = "least_area", .initial = 0.02, .meaning = "of the image, the least", .least = 0.0001, .most = 1},
           {.name = "most_area", .initial = 0.4, .meaning = "the largest", .least = 0.0001, .most = 1},
           {.name = "least_ratio",
            .initial = 0.3,
            .meaning = "of height to width, the least",
            .least = 0.01,
            .most = 100},
           {.name = "most_ratio", .initial = 10.0 / 3, .meaning = "the largest", .least = 0.01, .most = 100},
           {.name = "noise", .initial = false, .meaning = "noise in place of the colour"},
           fill()},
      .make = [](const core::Settings& s, const Normalizer&) -> Made {
        return std::make_unique<RandomErasing>(RandomErasingOptions{.probability = s.number("probability"),
                                                                    .least_area = s.number("least_area"),
                                                                    .most_area = s.number("most_area"),
                                                                    .least_ratio = s.number("least_ratio"),
                                                                    .most_ratio = s.number("most_ratio"),
                                                                    .noise = s.flag("noise"),
                                                                    .fill = s.wholes("fill")});
      }};
}

std::deque<PolicyKind>& all_kinds() {
  static std::deque<PolicyKind> all{
      pad_kind(),         random_crop_kind(),   horizontal_flip_kind(),     alternating_flip_kind(), brightness_kind(),
      contrast_kind(),    cutout_kind(),        random_resized_crop_kind(), resize_kind(),           stretch_kind(),
      centre_crop_kind(), pad_to_square_kind(), vertical_flip_kind(),       dihedral_kind(),         rotation_kind(),
      affine_kind(),      color_jitter_kind(),  trivial_augment_kind(),     random_erasing_kind()};
  return all;
}

}  // namespace

const std::deque<PolicyKind>& kinds() { return all_kinds(); }

void add(PolicyKind kind) {
  RESLAB_ASSERT(find_kind(kind.name) == nullptr, kind.name, " is there already");
  all_kinds().push_back(std::move(kind));
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const PolicyKind& kind : kinds()) all.push_back(kind.name);
  return all;
}

const PolicyKind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kinds(), name, &PolicyKind::name);
  return found == kinds().end() ? nullptr : &*found;
}

}  // namespace reslab::augment
