#include "reslab/data/device_maker.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "data/support.h"
#include "reslab/augment/alternating_flip.h"
#include "reslab/augment/brightness.h"
#include "reslab/augment/contrast.h"
#include "reslab/data/holdout.h"
#include "reslab/data/loader.h"

namespace reslab::data {
namespace {

using namespace test;

// Every kind of policy.
std::shared_ptr<const augment::Pipeline> all_policies() {
  auto pipeline = std::make_shared<augment::Pipeline>();
  pipeline->add(std::make_unique<augment::AlternatingFlip>());
  pipeline->add(std::make_unique<augment::HorizontalFlip>());
  pipeline->add(std::make_unique<augment::Pad>(augment::PadOptions{.height = 12, .width = 13}));
  pipeline->add(std::make_unique<augment::RandomCrop>(augment::RandomCropOptions{.height = 9, .width = 8}));
  pipeline->add(std::make_unique<augment::Brightness>(augment::BrightnessOptions{.strength = 0.3}));
  pipeline->add(std::make_unique<augment::Contrast>(augment::ContrastOptions{.strength = 0.4}));
  pipeline->add(std::make_unique<augment::Cutout>(augment::CutoutOptions{.height = 4, .width = 4, .fill = {9, 8, 7}}));
  return pipeline;
}

Batch on_cpu(Batch batch) {
  for (at::Tensor* tensor : {&batch.images, &batch.labels, &batch.sample_ids}) *tensor = tensor->to(at::kCPU);
  return batch;
}

// All batches of some epochs are BatchMaker's.
void expect_same(const c10::Device& device, const BatchSource& from, const BatchOptions& options) {
  BatchSource resident = from;
  resident.resident = copy_to(from.samples.source, device);
  ASSERT_TRUE(DeviceMaker::suits(resident));
  BatchMaker expected(from, options);
  DeviceMaker made(resident, options);
  ASSERT_EQ(made.batches(), expected.batches());
  for (const std::int64_t epoch : {0, 3, 4}) {
    const auto order = expected.order(epoch);
    for (std::int64_t index = 0; index < made.batches(); ++index) {
      const Batch batch = made.make(epoch, index);
      EXPECT_EQ(batch.images.device(), device);
      EXPECT_TRUE(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_TRUE(same(on_cpu(batch), expected.make(order, epoch, index))) << "epoch " << epoch << ", batch " << index;
    }
  }
}

void expect_same_in_all_ways(const c10::Device& device) {
  BatchSource from = source(50);
  expect_same(device, from, {.batch_size = 16, .seed = 3});
  from.pipeline = all_policies();
  for (const BatchType type : {BatchType::fp32, BatchType::bf16})
    expect_same(device, from, {.batch_size = 16, .type = type, .seed = (std::uint64_t{5} << 32) + 3});
  expect_same(device, from, {.batch_size = 7, .drop_last = true, .seed = 4, .sides = {3, 5, 8}});
  from.samples = select(from.samples, draw_holdout({.samples = 50, .holdout = 15, .seed = 1}).holdout);
  expect_same(device, from, {.batch_size = 4, .limit_batches = 3, .type = BatchType::bf16, .seed = 4});
  from.pipeline = nullptr;
  expect_same(device, from, {.batch_size = 4, .shuffle = false});
}

TEST(DeviceMaker, makes_what_the_batch_maker_makes) { expect_same_in_all_ways(at::kCPU); }

TEST(DeviceMaker, makes_what_the_batch_maker_makes_on_cuda) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this libtorch sees no CUDA device: the kernel itself is NOT tested here";
  expect_same_in_all_ways({at::kCUDA, 0});
}

TEST(DeviceMaker, leaves_to_the_processor_what_it_has_no_room_for) {
  BatchSource from = source(10);
  EXPECT_TRUE(DeviceMaker::suits(from));
  auto large = std::make_shared<augment::Pipeline>();
  large->add(std::make_unique<augment::Pad>(augment::PadOptions{.height = 100, .width = 100}));
  from.pipeline = large;
  EXPECT_FALSE(DeviceMaker::suits(from));
}

TEST(Loader, gives_the_same_batches_of_a_resident_data_set) {
  const BatchSource from = source(50);
  BatchSource resident = from;
  resident.resident = copy_to(from.samples.source, at::kCPU);
  for (const bool repeat : {false, true}) {
    const LoaderOptions options{.batch = {.batch_size = 16, .seed = 2},
                                .first_epoch = 1,
                                .first_batch = 2,
                                .epochs = 4,
                                .repeat_first = repeat};
    Loader on_processor(from, options), on_device(resident, options);
    EXPECT_EQ(on_device.batches(), on_processor.batches());
    for (int i = 0; i < 15; ++i) {
      const auto expected = on_processor.next(), found = on_device.next();
      ASSERT_EQ(found.has_value(), expected.has_value()) << i;
      if (expected) {
        EXPECT_TRUE(same(*found, *expected)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace reslab::data
