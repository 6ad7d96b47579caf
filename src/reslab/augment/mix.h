// Batches in which each image is mixed with another one of the batch, and its label with the other's: mixup and cutmix.
//
// mixup:   image ← λ · image + (1 − λ) · partner
// cutmix:  image ← the partner's pixels inside a window, its own outside; λ is the share outside
// label ← λ · own class + (1 − λ) · the partner's class, in one-hot vectors
//
// The partners are a random order of the batch, so that some images can be their own. λ is drawn from Beta(α, α), once
// for a batch; α small keeps most images nearly as they are, 1 draws λ uniformly. Cutmix's window has the sides 2 ⌊h
// √(1 − λ) / 2⌋ and 2 ⌊w √(1 − λ) / 2⌋, a centre that is uniform over the image, and is cut off at the image's edges; λ
// is taken anew from its area.
//
//   augment::Mixer mixer({.mixup_alpha = 0.2, .cutmix_alpha = 1});
//   const augment::Mixing mixing = mixer.draw({128, {224, 224}}, {.seed = 1, .epoch = 0, .batch = 17});
//   batch.images = augment::mix_images(batch.images, mixing);
//   const at::Tensor labels = augment::mix_labels(batch.labels, classes, mixing);
//
// Draws: whether a batch is mixed, which way, λ, the partners, the window.
// Definition: Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018, arXiv 1710.09412, algorithm 1; Yun
// et al., "CutMix: regularization strategy to train strong classifiers with localizable features", ICCV 2019, arXiv
// 1905.04899, algorithm A1.
//
// What is drawn is a function of options, shape and key alone, and mixing is a product, a product and a sum, each
// rounded: the same bits on every processor and GPU. Thread safety: a Mixer is immutable once made.
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/augment/cut.h"
#include "reslab/augment/policy.h"

namespace reslab::augment {

struct MixOptions {
  double mixup_alpha = 0.2;  ///< in [0, 100]; 0: no mixup
  double cutmix_alpha = 0;   ///< in [0, 100]; 0: no cutmix. Where both are above 0, each takes half of the batches
  double probability = 1;    ///< in [0, 1], that a batch is mixed
};

struct BatchShape {
  std::int64_t samples = 0;  ///< ≥ 1
  Size size{};               ///< of the images
};

/// Which batch of which epoch is being mixed.
struct BatchKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::uint32_t batch = 0;  ///< index in its epoch
};

/// How one batch is mixed. Without partners it stays as it is.
struct Mixing {
  std::vector<std::int64_t> partners;  ///< place in the batch of each image's partner
  float weight = 1;                    ///< λ, in [0, 1]: the image's own share
  std::optional<Window> window;        ///< cutmix's; mixup has none
};

class Mixer {
 public:
  /// Throws UserError when an option is out of range.
  explicit Mixer(const MixOptions& options = {});

  Mixing draw(const BatchShape& shape, const BatchKey& key) const;

 private:
  MixOptions options_;
};

/// A number from Beta(alpha, alpha). Source: Devroye, "Random variate generation in one line of code", WSC 1996,
/// section 5: the symmetric beta distribution is a transformed t distribution, which Bailey's polar method draws. alpha
/// > 0.
double symmetric_beta(double alpha, core::Random& random);

/// images: [n, channels, height, width], channels-last, fp32 or bf16, on any device; the result likewise. bf16 is mixed
/// in fp32 and rounded once.
at::Tensor mix_images(const at::Tensor& images, const Mixing& mixing);

/// labels: [n], int64, in [0, classes). The result: [n, classes], fp32, on the labels' device; each row sums to 1, but
/// for rounding.
at::Tensor mix_labels(const at::Tensor& labels, std::int64_t classes, const Mixing& mixing);

}  // namespace reslab::augment
