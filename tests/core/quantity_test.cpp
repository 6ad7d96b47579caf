#include "reslab/core/quantity.h"

#include <gtest/gtest.h>

namespace reslab::core {
namespace {

TEST(Quantity, OneIsSingular) {
  EXPECT_EQ(counted(1, "epoch"), "1 epoch");
  EXPECT_EQ(counted(0, "epoch"), "0 epochs");
  EXPECT_EQ(counted(24, "thread"), "24 threads");
  EXPECT_EQ(counted(1, "batch"), "1 batch");
  EXPECT_EQ(counted(2, "batch"), "2 batches");
}

TEST(Quantity, SizesGoInStepsOfAThousand) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 kB");
  EXPECT_EQ(size_text(65536), "65.5 kB");
  EXPECT_EQ(size_text(170'498'071), "170.5 MB");
  EXPECT_EQ(size_text(999'949'999), "999.9 MB");
  EXPECT_EQ(size_text(999'950'000), "1.0 GB");
  EXPECT_EQ(size_text(16'777'216'000), "16.8 GB");
  EXPECT_EQ(size_text(18'446'744'073'709'551'615U), "18446744.1 TB");
}

}  // namespace
}  // namespace reslab::core
