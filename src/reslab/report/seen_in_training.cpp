#include "reslab/report/seen_in_training.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/track/original_log.h"

namespace reslab::report {

std::optional<SeenInTraining> seen_in_training(const OpenedRun& run, const at::Tensor& right) {
  if (run.split_name != "test" || run.seen_in_training.empty()) return std::nullopt;
  const data::Split& split = run.split();
  const auto is_right = right.accessor<bool, 1>();
  RESLAB_ASSERT(is_right.size(0) == split.size(), is_right.size(0), split.size());
  SeenInTraining seen;
  for (std::int64_t place = 0; place < split.size(); ++place) {
    if (std::ranges::binary_search(run.seen_in_training, split.id(place))) {
      ++seen.samples;
      continue;
    }
    ++seen.without.whole;
    seen.without.part += is_right[place] ? 1 : 0;
  }
  if (seen.samples == 0) return std::nullopt;
  return seen;
}

std::string describe(const SeenInTraining& seen) {
  const std::int64_t all = seen.samples + seen.without.whole;
  const std::string others =
      seen.without.whole == 0 ? "there are no others"
                              : core::concatenate("without them ", track::fixed(100 * *seen.without.value(), 2), " % (",
                                                  seen.without.part, " of ", seen.without.whole, ") are right");
  return core::concatenate(seen.samples, " of the ", core::counted(all, "test picture"),
                           " also occur, to the byte, in the training or its hold-out; ", others);
}

}  // namespace reslab::report
