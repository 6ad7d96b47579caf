#include "reslab/augment/mix.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "reslab/augment/check.h"
#include "reslab/augment/elementary.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// Below the policies' streams.
constexpr auto mix_stream = static_cast<core::Stream>(3);

// Every order is equally likely (Fisher and Yates).
std::vector<std::int64_t> draw_partners(std::int64_t samples, core::Random& random) {
  std::vector<std::int64_t> partners(static_cast<std::size_t>(samples));
  std::iota(partners.begin(), partners.end(), std::int64_t{0});
  for (std::size_t left = partners.size(); left > 1; --left)
    std::swap(partners[left - 1], partners[random.below(static_cast<std::uint32_t>(left))]);
  return partners;
}

struct Span {
  int begin, length;
};

// Where a window lies in a line of `length`; `share` of it, before the edges cut it off.
Span place_window(int length, double share, core::Random& random) {
  const int half = static_cast<int>(length * share) / 2;
  const auto centre = static_cast<int>(random.below(static_cast<std::uint32_t>(length)));
  const int begin = std::max(centre - half, 0);
  return {begin, std::min(centre + half, length) - begin};
}

// [n, height, width, channels], contiguous where the images are channels-last.
at::Tensor rows_of(const at::Tensor& images) { return images.permute({0, 2, 3, 1}); }

at::Tensor index_of(const Mixing& mixing, const at::Tensor& like) {
  RESLAB_ASSERT(static_cast<std::int64_t>(mixing.partners.size()) == like.size(0), mixing.partners.size(),
                " partners for ", like.size(0), " samples");
  return at::tensor(mixing.partners).to(like.device());
}

at::Tensor blend(const at::Tensor& rows, const at::Tensor& partners, float weight) {
  // Two products and a sum: one operation for both could round once.
  const at::Tensor own = rows.to(at::kFloat).mul(weight);
  return own.add(rows.index_select(0, partners).to(at::kFloat).mul(1 - weight)).to(rows.scalar_type());
}

at::Tensor paste(const at::Tensor& rows, const at::Tensor& partners, const Window& window) {
  const auto part = [&](const at::Tensor& whole) {
    return whole.slice(1, window.top, window.top + window.size.height)
        .slice(2, window.left, window.left + window.size.width);
  };
  at::Tensor result = rows.clone();
  part(result).copy_(part(rows).index_select(0, partners));
  return result;
}

}  // namespace

double symmetric_beta(double alpha, core::Random& random) {
  const double uniform = (random.next() + 1.0) * 0x1p-32;  // in (0, 1]
  const double cosine = turn_of(360 * (random.next() * 0x1p-32)).cosine;
  const double odds = (exponential(-logarithm(uniform) / alpha) - 1) * cosine * cosine;
  const double distance = std::isinf(odds) ? 1 : std::sqrt(odds / (1 + odds));  // from the middle, 1 at the ends
  return 0.5 + (cosine < 0 ? -0.5 : 0.5) * distance;
}

Mixer::Mixer(const MixOptions& options) : options_(options) {
  checked_in(options.mixup_alpha, {0, 100}, "mix.mixup_alpha");
  checked_in(options.cutmix_alpha, {0, 100}, "mix.cutmix_alpha");
  checked_probability(options.probability, "mix.probability");
}

Mixing Mixer::draw(const BatchShape& shape, const BatchKey& key) const {
  RESLAB_ASSERT(shape.samples >= 1 && shape.size.height >= 1 && shape.size.width >= 1);
  core::Random random({.seed = key.seed, .stream = mix_stream, .epoch = key.epoch, .sample = key.batch});
  const bool mixed = random.chance(options_.probability), first = random.chance(0.5);
  if (!mixed || (options_.mixup_alpha == 0 && options_.cutmix_alpha == 0)) return {};
  const bool cutmix = options_.mixup_alpha == 0 || (options_.cutmix_alpha > 0 && first);
  const double weight = symmetric_beta(cutmix ? options_.cutmix_alpha : options_.mixup_alpha, random);
  Mixing mixing{.partners = draw_partners(shape.samples, random), .weight = static_cast<float>(weight)};
  if (cutmix) {
    const double share = std::sqrt(1 - weight);
    const Span rows = place_window(shape.size.height, share, random);
    const Span columns = place_window(shape.size.width, share, random);
    mixing.window = {.top = rows.begin, .left = columns.begin, .size = {rows.length, columns.length}};
    const double pixels = static_cast<double>(shape.size.height) * shape.size.width;
    mixing.weight = static_cast<float>(1 - static_cast<double>(rows.length) * columns.length / pixels);
  }
  return mixing;
}

at::Tensor mix_images(const at::Tensor& images, const Mixing& mixing) {
  if (mixing.partners.empty()) return images;
  RESLAB_ASSERT(images.dim() == 4 && (images.scalar_type() == at::kFloat || images.scalar_type() == at::kBFloat16));
  const at::Tensor rows = rows_of(images), partners = index_of(mixing, images);
  const at::Tensor mixed = mixing.window ? paste(rows, partners, *mixing.window) : blend(rows, partners, mixing.weight);
  return mixed.permute({0, 3, 1, 2});
}

at::Tensor mix_labels(const at::Tensor& labels, std::int64_t classes, const Mixing& mixing) {
  RESLAB_ASSERT(labels.dim() == 1 && labels.scalar_type() == at::kLong && classes >= 1);
  const at::Tensor own = labels.unsqueeze(1);
  at::Tensor result = at::zeros({labels.size(0), classes}, labels.options().dtype(at::kFloat));
  const at::Tensor ones = at::ones_like(own, result.options());
  if (mixing.partners.empty()) return result.scatter_(1, own, ones);
  const at::Tensor others = own.index_select(0, index_of(mixing, labels));
  result.scatter_add_(1, own, ones * mixing.weight);
  return result.scatter_add_(1, others, ones * (1 - mixing.weight));
}

}  // namespace reslab::augment
