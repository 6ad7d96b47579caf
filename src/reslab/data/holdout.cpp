#include "reslab/data/holdout.h"

#include <ATen/ops/empty.h>

#include <limits>
#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/random.h"

namespace reslab::data {

Holdout draw_holdout(const HoldoutOptions& options) {
  RESLAB_ASSERT(options.samples >= 0 && options.samples <= std::numeric_limits<std::uint32_t>::max());
  if (options.holdout < 0 || options.holdout >= options.samples)
    throw core::UserError({.attempted = core::concatenate("hold out ", options.holdout, " training samples"),
                           .found = core::concatenate("a training set of ", options.samples),
                           .allowed = core::concatenate("0 to ", options.samples - 1)});
  core::Random random({.seed = options.seed, .stream = core::Stream::split});
  // Selection sampling: a sample is taken with probability (still to take) / (still to see), so the indices come out in
  // ascending order and every subset is equally likely (Knuth, TAOCP 3.4.2, algorithm S).
  Holdout split{at::empty({options.samples - options.holdout}, at::kLong), at::empty({options.holdout}, at::kLong)};
  auto* train = split.train.mutable_data_ptr<std::int64_t>();
  auto* holdout = split.holdout.mutable_data_ptr<std::int64_t>();
  std::int64_t to_take = options.holdout;
  for (std::int64_t index = 0; index < options.samples; ++index) {
    const std::int64_t to_see = options.samples - index;
    if (random.below(static_cast<std::uint32_t>(to_see)) < to_take) {
      *holdout++ = index;
      --to_take;
    } else {
      *train++ = index;
    }
  }
  return split;
}

}  // namespace reslab::data
