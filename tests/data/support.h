// What the tests of batching share.
#pragma once

#include <array>
#include <memory>

#include "reslab/augment/cutout.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/random_crop.h"
#include "reslab/core/random.h"
#include "reslab/data/batch_maker.h"

namespace reslab::data::test {

inline constexpr std::array mean{0.49139968, 0.48215841, 0.44653091};
inline constexpr std::array deviation{0.24703223, 0.24348513, 0.26158784};

/// Random images of 8×8 pixels; the label of sample i is i % 10.
inline Dataset random_dataset(std::int64_t samples) {
  Dataset dataset{.name = "test",
                  .images = at::empty({samples, 8, 8, 3}, at::kByte),
                  .labels = at::arange(samples, at::kLong).remainder(10),
                  .classes = std::vector<std::string>(10, "class")};
  core::Random random({.seed = 7});
  auto* pixels = dataset.images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < dataset.images.numel(); ++i) pixels[i] = static_cast<std::uint8_t>(random.below(256));
  return dataset;
}

inline std::shared_ptr<const augment::Pipeline> pipeline() {
  auto pipeline = std::make_shared<augment::Pipeline>();
  pipeline->add(std::make_unique<augment::Pad>(augment::PadOptions{.height = 12, .width = 12}));
  pipeline->add(std::make_unique<augment::RandomCrop>(augment::RandomCropOptions{.height = 8, .width = 8}));
  pipeline->add(std::make_unique<augment::HorizontalFlip>());
  pipeline->add(std::make_unique<augment::Cutout>(augment::CutoutOptions{.height = 4, .width = 4}));
  return pipeline;
}

inline BatchSource source(std::int64_t samples) {
  return {.dataset = random_dataset(samples), .pipeline = pipeline(), .normalizer = {mean, deviation}};
}

inline bool same(const Batch& a, const Batch& b) {
  return a.epoch == b.epoch && a.index == b.index && at::equal(a.images, b.images) && at::equal(a.labels, b.labels) &&
         at::equal(a.sample_ids, b.sample_ids);
}

}  // namespace reslab::data::test
