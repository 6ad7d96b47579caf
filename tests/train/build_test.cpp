#include "reslab/train/build.h"

#include <gtest/gtest.h>

#include "recipe/support.h"

namespace reslab::train {
namespace {

std::optional<int> side_for(const std::string& least_area, const recipe::Overrides& more = {}) {
  recipe::Overrides overrides{{"pictures.size", "[64]"}, {"augment.random_resized_crop.least_area", least_area}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return least_side(recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/photos.toml", overrides));
}

// A random part of a picture must not be made of fewer pixels than it ends with.
TEST(LeastSide, LeavesEnoughPixelsForTheSmallestPart) {
  EXPECT_EQ(side_for("1.0"), 73);    // evaluation's 64 / 0.875
  EXPECT_EQ(side_for("0.35"), 109);  // 64 / √0.35 = 108.2
  EXPECT_EQ(side_for("0.01"), 128);  // twice at most, for the cache's sake
  EXPECT_EQ(side_for("0.35", {{"augment.policies", "[\"horizontal_flip\"]"}}), std::nullopt);
}

}  // namespace
}  // namespace reslab::train
