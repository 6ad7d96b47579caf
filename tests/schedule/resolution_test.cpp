#include "reslab/schedule/resolution.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"

namespace reslab::schedule {
namespace {

using Sides = std::vector<std::int64_t>;

TEST(Resolution, HoldsFromItsEpochOn) {
  EXPECT_EQ(resolution_by_epoch({.epochs = {0, 3, 6}, .sides = {24, 28, 32}}, 8),
            (Sides{24, 24, 24, 28, 28, 28, 32, 32}));
  EXPECT_EQ(resolution_by_epoch({.epochs = {0, 1, 9}, .sides = {8, 16, 32}}, 3), (Sides{8, 16, 16}));
  EXPECT_TRUE(resolution_by_epoch({}, 5).empty());
}

TEST(Resolution, RefusesWhatDoesntFitTogether) {
  for (const ResolutionOptions& wrong : {ResolutionOptions{{0, 1}, {32}}, ResolutionOptions{{1}, {32}},
                                         ResolutionOptions{{0, 2, 2}, {1, 2, 3}}, ResolutionOptions{{0}, {0}}})
    EXPECT_THROW(resolution_by_epoch(wrong, 4), core::UserError);
}

}  // namespace
}  // namespace reslab::schedule
