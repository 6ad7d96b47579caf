#include "reslab/train/batch_values.h"

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace reslab::train {
namespace {

TEST(BatchValues, TravelInOneTensor) {
  const at::Tensor outputs = at::tensor({1.0F, 2.0F, 4.0F, 3.0F, 0.0F, 9.0F}).view({3, 2});
  const at::Tensor labels = at::tensor({1, 1, 1}, at::kLong);
  const BatchValues values = read_values(pack_values(outputs, labels, at::scalar_tensor(6.0F), /*scale=*/3));
  EXPECT_EQ(values.loss, 2);
  EXPECT_EQ(values.correct, 2);
  EXPECT_EQ(values.samples, 3);
}

}  // namespace
}  // namespace reslab::train
