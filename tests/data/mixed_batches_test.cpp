#include <gtest/gtest.h>

#include "data/support.h"
#include "reslab/data/device_maker.h"
#include "reslab/data/loader.h"

namespace reslab::data {
namespace {

using namespace test;

LoaderOptions mixed(int threads) {
  return {.batch = {.batch_size = 16, .seed = 3},
          .epochs = 2,
          .threads = threads,
          .mix = augment::MixOptions{.mixup_alpha = 1, .cutmix_alpha = 1, .probability = 0.7}};
}

std::vector<Batch> all_of(const BatchSource& from, const LoaderOptions& options) {
  Loader loader(from, options);
  std::vector<Batch> batches;
  for (std::int64_t epoch = options.first_epoch; epoch < options.epochs; ++epoch)
    while (auto batch = loader.next()) batches.push_back(*std::move(batch));
  return batches;
}

void expect_equal(const Batch& found, const Batch& expected) {
  EXPECT_TRUE(same(found, expected)) << expected.epoch << ' ' << expected.index;
  ASSERT_EQ(found.soft_labels.defined(), expected.soft_labels.defined());
  if (found.soft_labels.defined()) {
    EXPECT_TRUE(at::equal(found.soft_labels, expected.soft_labels));
  }
}

TEST(MixedBatches, AreWhatTheMixerDraws) {
  const BatchSource from = source(50);
  LoaderOptions plain = mixed(1);
  plain.mix.reset();
  const std::vector<Batch> before = all_of(from, plain), after = all_of(from, mixed(1));
  const augment::Mixer mixer(*mixed(1).mix);
  int changed = 0;
  ASSERT_EQ(after.size(), 8U);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Batch& batch = before[i];
    const augment::Mixing mixing =
        mixer.draw({batch.size(), {8, 8}}, {.seed = 3,
                                            .epoch = static_cast<std::uint32_t>(batch.epoch),
                                            .batch = static_cast<std::uint32_t>(batch.index)});
    EXPECT_TRUE(at::equal(after[i].images, augment::mix_images(batch.images, mixing))) << i;
    EXPECT_TRUE(at::equal(after[i].labels, batch.labels)) << "the samples' own stay";
    EXPECT_EQ(after[i].soft_labels.defined(), !mixing.partners.empty()) << i;
    if (mixing.partners.empty()) continue;
    ++changed;
    // Of two samples each may be its own partner.
    EXPECT_TRUE(batch.size() == 2 || !at::equal(after[i].images, batch.images)) << i;
    EXPECT_TRUE(at::equal(after[i].soft_labels, augment::mix_labels(batch.labels, 10, mixing))) << i;
    EXPECT_TRUE(after[i].targets().is_same(after[i].soft_labels));
  }
  EXPECT_GT(changed, 2);
  EXPECT_LT(changed, 8) << "some of the batches aren't mixed";
}

TEST(MixedBatches, AreTheSameForAnyThreadsAndFromAnyBatchOn) {
  const BatchSource from = source(50);
  const std::vector<Batch> expected = all_of(from, mixed(1));
  const std::vector<Batch> by_three = all_of(from, mixed(3));
  ASSERT_EQ(by_three.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) expect_equal(by_three[i], expected[i]);
  LoaderOptions later = mixed(2);
  later.first_epoch = 1, later.first_batch = 2;
  const std::vector<Batch> rest = all_of(from, later);
  ASSERT_EQ(rest.size(), 2U);
  for (std::size_t i = 0; i < rest.size(); ++i) expect_equal(rest[i], expected[6 + i]);
}

TEST(MixedBatches, AreTheSameWhereADeviceMakesThem) {
  BatchSource from = source(50);
  const std::vector<Batch> expected = all_of(from, mixed(1));
  from.resident = copy_to(from.samples.source, at::kCPU);
  const std::vector<Batch> found = all_of(from, mixed(1));
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) expect_equal(found[i], expected[i]);
}

}  // namespace
}  // namespace reslab::data
