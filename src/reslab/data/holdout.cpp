#include "reslab/data/holdout.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/random.h"

namespace reslab::data {
namespace {

// The first sample of a class that is held out, or that isn't; there must be one.
std::size_t first_of(std::int64_t label, bool is_held, std::span<const std::int64_t> labels,
                     const std::vector<bool>& held) {
  std::size_t place = 0;
  while (labels[place] != label || held[place] != is_held) ++place;
  return place;
}

void keep_classes(std::span<const std::int64_t> labels, std::vector<bool>& held) {
  RESLAB_ASSERT(labels.size() == held.size(), labels.size());
  std::vector<std::int64_t> all(static_cast<std::size_t>(std::ranges::max(labels)) + 1), trained(all.size());
  for (std::size_t place = 0; place < labels.size(); ++place) {
    ++all[static_cast<std::size_t>(labels[place])];
    if (!held[place]) ++trained[static_cast<std::size_t>(labels[place])];
  }
  for (std::size_t lost = 0; lost < all.size(); ++lost) {
    if (all[lost] == 0 || trained[lost] > 0) continue;
    const auto largest = std::ranges::max_element(trained);
    if (*largest < 2) return;  // fewer training samples than classes
    held[first_of(static_cast<std::int64_t>(lost), /*is_held=*/true, labels, held)] = false;
    held[first_of(largest - trained.begin(), /*is_held=*/false, labels, held)] = true;
    ++trained[lost];
    --*largest;
  }
}

}  // namespace

Holdout draw_holdout(const HoldoutOptions& options) {
  RESLAB_ASSERT(options.samples >= 0 && options.samples <= std::numeric_limits<std::uint32_t>::max());
  if (options.holdout < 0 || options.holdout >= options.samples)
    throw core::UserError({.attempted = core::concatenate("hold out ", options.holdout, " training samples"),
                           .found = core::concatenate("a training set of ", options.samples),
                           .allowed = core::concatenate("0 to ", options.samples - 1)});
  core::Random random({.seed = options.seed, .stream = core::Stream::split});
  // Selection sampling: a sample is taken with probability (still to take) / (still to see), so the indices come out in
  // ascending order and every subset is equally likely (Knuth, TAOCP 3.4.2, algorithm S).
  std::vector<bool> held(static_cast<std::size_t>(options.samples));
  std::int64_t to_take = options.holdout;
  for (std::int64_t index = 0; index < options.samples; ++index) {
    const std::int64_t to_see = options.samples - index;
    if (random.below(static_cast<std::uint32_t>(to_see)) < to_take) {
      held[static_cast<std::size_t>(index)] = true;
      --to_take;
    }
  }
  if (!options.labels.empty()) keep_classes(options.labels, held);
  Holdout split{at::empty({options.samples - options.holdout}, at::kLong), at::empty({options.holdout}, at::kLong)};
  auto* train = split.train.mutable_data_ptr<std::int64_t>();
  auto* holdout = split.holdout.mutable_data_ptr<std::int64_t>();
  for (std::int64_t index = 0; index < options.samples; ++index)
    *(held[static_cast<std::size_t>(index)] ? holdout++ : train++) = index;
  return split;
}

Holdout draw_holdout(const Split& train, std::int64_t holdout, std::uint64_t seed) {
  const at::Tensor labels = train.labels();
  return draw_holdout({.samples = train.size(),
                       .holdout = holdout,
                       .seed = seed,
                       .labels = {labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel())}});
}

}  // namespace reslab::data
