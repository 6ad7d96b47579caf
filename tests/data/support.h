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
#include "reslab/data/tensor_source.h"

namespace reslab::data::test {

inline constexpr std::array mean{0.49139968, 0.48215841, 0.44653091};
inline constexpr std::array deviation{0.24703223, 0.24348513, 0.26158784};

/// Random images of 8×8 pixels; the label of sample i is i % 10.
inline Split random_split(std::int64_t samples) {
  const at::Tensor images = at::empty({samples, 8, 8, 3}, at::kByte);
  core::Random random({.seed = 7});
  auto* pixels = images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < images.numel(); ++i) pixels[i] = static_cast<std::uint8_t>(random.below(256));
  return in_memory("test", images, at::arange(samples, at::kLong).remainder(10), std::vector<std::string>(10, "class"));
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
  return {.samples = random_split(samples), .pipeline = pipeline(), .transform = {.normalizer = {mean, deviation}}};
}

inline bool same(const Batch& a, const Batch& b) {
  return a.epoch == b.epoch && a.index == b.index && at::equal(a.images, b.images) && at::equal(a.labels, b.labels) &&
         at::equal(a.sample_ids, b.sample_ids);
}

}  // namespace reslab::data::test
