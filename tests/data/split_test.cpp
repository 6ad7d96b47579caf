#include "reslab/data/split.h"

#include <gtest/gtest.h>

#include "data/support.h"
#include "data/unlike_sizes.h"
#include "reslab/core/error.h"

namespace reslab::data {
namespace {

TEST(Split, SelectsSamplesInTheOrderAsked) {
  const Split split = test::random_split(9);
  const Split chosen = select(split, at::tensor(std::vector<std::int64_t>{7, 0, 7}, at::kLong));
  ASSERT_EQ(chosen.size(), 3);
  EXPECT_TRUE(at::equal(chosen.tensor()[0], split.tensor()[7]));
  EXPECT_TRUE(at::equal(chosen.tensor()[1], split.tensor()[0]));
  EXPECT_EQ(chosen.label(2), split.label(7));
  EXPECT_EQ(chosen.classes(), split.classes());
  EXPECT_EQ(chosen.name, split.name);
}

TEST(Split, SelectsPlacesOfASelection) {
  const Split every_second = select(test::random_split(20), std::vector<std::int64_t>{1, 3, 5, 7});
  const Split last = select(every_second, std::vector<std::int64_t>{3});
  EXPECT_EQ(last.id(0), 7);
  EXPECT_EQ(last.label(0), 7);
  EXPECT_THROW(select(every_second, std::vector<std::int64_t>{4}), core::InternalError);
  EXPECT_EQ(first(every_second, 2).size(), 2);
  EXPECT_EQ(first(every_second, 99).size(), 4);
}

TEST(Split, HasItsImagesUncopiedWhereTheyFollowEachOther) {
  const Split all = test::random_split(6);
  const Split middle = range_of("middle", all.source, 2, 5);
  EXPECT_EQ(middle.tensor().const_data_ptr(), all.tensor()[2].const_data_ptr());
  EXPECT_TRUE(at::equal(middle.labels(), at::arange(2, 5, at::kLong)));
  EXPECT_FALSE(test::unlike_sizes().tensor().defined());
}

TEST(Split, ReadsAnImageAsItIsStored) {
  const Split all = test::random_split(6);
  const augment::Image image = image_at(range_of("end", all.source, 4, 6), 1);
  const at::Tensor stored = all.tensor()[5];
  EXPECT_TRUE(std::equal(image.pixels.begin(), image.pixels.end(), stored.const_data_ptr<std::uint8_t>()));
  const Split unlike = test::unlike_sizes();
  EXPECT_EQ(image_at(unlike, 2).width, 9);
  EXPECT_EQ(unlike.source->size(unlike.id(2)), (augment::Size{4, 9}));
}

}  // namespace
}  // namespace reslab::data
