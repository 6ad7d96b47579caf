#include "reslab/data/batch_maker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "data/support.h"
#include "reslab/augment/resize_to.h"
#include "reslab/core/error.h"
#include "reslab/data/holdout.h"

namespace reslab::data {
namespace {

using namespace test;

// One sample the plain way: out of the data set, through the pipeline, normalised by tensor operations.
at::Tensor expected_image(const BatchSource& from, std::int64_t id, std::uint64_t seed, std::int64_t epoch) {
  const at::Tensor pixels = from.samples.source->tensor()[id];
  const auto* begin = pixels.const_data_ptr<std::uint8_t>();
  augment::Image image{8, 8, 3, {begin, begin + pixels.numel()}};
  if (from.pipeline)
    from.pipeline->apply(
        image, {.seed = seed, .epoch = static_cast<std::uint32_t>(epoch), .sample = static_cast<std::uint32_t>(id)});
  const at::Tensor augmented = at::tensor(std::vector<double>(image.pixels.begin(), image.pixels.end()), at::kDouble);
  const at::Tensor normalized =
      (augmented.view({image.height, image.width, 3}) / 255 - at::tensor(mean)) / at::tensor(deviation);
  return normalized.permute({2, 0, 1}).to(at::kFloat);
}

TEST(BatchMaker, makes_what_the_plain_way_makes) {
  const BatchSource from = source(50);
  for (const BatchType type : {BatchType::fp32, BatchType::bf16}) {
    BatchMaker maker(from, {.batch_size = 16, .type = type, .seed = 3});
    const auto order = maker.order(2);
    for (std::int64_t index = 0; index < maker.batches(); ++index) {
      const Batch batch = maker.make(order, 2, index);
      ASSERT_EQ(batch.size(), index == 3 ? 2 : 16);
      EXPECT_EQ(batch.images.scalar_type(), type == BatchType::fp32 ? at::kFloat : at::kBFloat16);
      EXPECT_TRUE(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
      for (std::int64_t i = 0; i < batch.size(); ++i) {
        const std::int64_t id = batch.sample_ids[i].item<std::int64_t>();
        EXPECT_EQ(id, order.places[static_cast<std::size_t>(16 * index + i)]);
        EXPECT_EQ(batch.labels[i].item<std::int64_t>(), id % 10);
        EXPECT_TRUE(at::equal(batch.images[i], expected_image(from, id, 3, 2).to(batch.images.scalar_type())));
      }
    }
  }
}

TEST(BatchMaker, makes_images_smaller_by_epoch) {
  const BatchSource from = source(10);
  BatchMaker whole(from, {.batch_size = 4, .seed = 1}), smaller(from, {.batch_size = 4, .seed = 1, .sides = {2, 4}});
  const auto side = [&](std::int64_t epoch) { return smaller.make(smaller.order(epoch), epoch, 0).images.size(2); };
  EXPECT_EQ(side(0), 2);
  EXPECT_EQ(side(1), 4);
  EXPECT_EQ(side(7), 4) << "the last one's for all later ones";
  const Batch large = whole.make(whole.order(1), 1, 0), small = smaller.make(smaller.order(1), 1, 0);
  EXPECT_TRUE(at::equal(large.sample_ids, small.sample_ids));
  // Normalising is linear, so that it may come before the averaging, but for the rounding to whole numbers between.
  const at::Tensor averaged = at::adaptive_avg_pool2d(large.images, {4, 4});
  EXPECT_LT((averaged - small.images).abs().max().item<float>(), 0.51 / 255 / 0.2);
  EXPECT_THROW(BatchMaker(from, {.batch_size = 4, .sides = {99}}), core::UserError);
}

TEST(BatchMaker, gives_the_plain_images_without_a_pipeline) {
  BatchSource from = source(10);
  from.pipeline = nullptr;
  BatchMaker maker(from, {.batch_size = 4, .shuffle = false});
  const Batch batch = maker.make(maker.order(0), 0, 1);
  EXPECT_TRUE(at::equal(batch.sample_ids, at::arange(4, 8)));
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_TRUE(at::equal(batch.images[i], expected_image(from, 4 + i, 0, 0)));
}

TEST(BatchMaker, augments_a_sample_alike_in_any_split_and_batch) {
  BatchSource whole = source(40), part = source(40);
  part.samples = select(part.samples, draw_holdout({.samples = 40, .holdout = 15, .seed = 1}).holdout);
  BatchMaker of_whole(whole, {.batch_size = 40, .shuffle = false, .seed = 5});
  BatchMaker of_part(part, {.batch_size = 4, .seed = 5});
  const Batch all = of_whole.make(of_whole.order(1), 1, 0);
  std::vector<std::int64_t> seen;
  for (std::int64_t index = 0; index < of_part.batches(); ++index) {
    const Batch batch = of_part.make(of_part.order(1), 1, index);
    EXPECT_TRUE(at::equal(batch.images, all.images.index_select(0, batch.sample_ids)));
    EXPECT_TRUE(at::equal(batch.labels, all.labels.index_select(0, batch.sample_ids)));
    for (std::int64_t i = 0; i < batch.size(); ++i) seen.push_back(batch.sample_ids[i].item<std::int64_t>());
  }
  std::ranges::sort(seen);
  EXPECT_TRUE(at::equal(at::tensor(seen), part.samples.ids));
}

TEST(BatchMaker, takes_images_that_the_pipeline_resizes) {
  BatchSource from = source(4);
  auto larger = std::make_shared<augment::Pipeline>();
  larger->add(std::make_unique<augment::Pad>(augment::PadOptions{.height = 12, .width = 10}));
  from.pipeline = larger;
  BatchMaker maker(from, {.batch_size = 4});
  EXPECT_EQ(maker.make(maker.order(0), 0, 0).images.sizes(), (std::vector<std::int64_t>{4, 3, 12, 10}));
}

// Says what it was asked for, in pixels of one grey image.
class AskedSource final : public ImageSource {
 public:
  const DatasetInfo& info() const override { return info_; }
  std::int64_t samples() const override { return 2; }
  std::int64_t label(std::int64_t /*id*/) const override { return 0; }
  augment::Size size(std::int64_t /*id*/) const override { return {4, 4}; }
  std::string fingerprint() const override { return std::string(64, 'a'); }
  std::unique_ptr<ImageReader> reader() const override { return std::make_unique<Reader>(); }

 private:
  struct Reader final : ImageReader {
    void read(std::int64_t /*id*/, const ReadOptions& options, augment::Image& image) override {
      image = {2, 2, 1, std::vector<std::uint8_t>(4, static_cast<std::uint8_t>(options.least_side))};
    }
    void read_fitted(std::int64_t id, const ImageFit& fit, augment::Image& image) override {
      ImageReader::read_fitted(id, fit, image);
      image.pixels.assign(image.pixels.size(), 99);
    }
  };
  DatasetInfo info_{.name = "asked", .classes = {"a", "b"}, .channels = 1};
};

TEST(BatchMaker, asks_for_no_more_of_an_image_than_is_used) {
  auto resize = std::make_shared<augment::Pipeline>();
  resize->add(
      std::make_unique<augment::ResizeTo>(augment::ResizeToOptions{.shorter_side = 0, .height = 2, .width = 2}));
  BatchSource from{.samples = range_of("asked", std::make_shared<AskedSource>(), 0, 2),
                   .pipeline = resize,
                   .transform = {.fit = {.kind = FitKind::stretch, .output = {3, 3}},
                                 .normalizer = augment::Normalizer(std::array{0.0}, std::array{1.0 / 255})},
                   .least_side = 17};
  const auto pixels = [&] {
    const BatchMaker maker(from, {.batch_size = 2, .shuffle = false});
    return maker.make(maker.order(0), 0, 0).images;
  };
  EXPECT_TRUE(at::allclose(pixels(), at::full({2, 1, 2, 2}, 17.0))) << "augmented images: the least side";
  from.pipeline = nullptr;
  EXPECT_TRUE(at::allclose(pixels(), at::full({2, 1, 3, 3}, 99.0))) << "others: fitted, by the source itself";
}

TEST(BatchMaker, refuses_what_does_not_fit_together) {
  BatchSource from = source(4);
  from.transform.normalizer = augment::Normalizer(std::array{0.5}, std::array{0.25});
  EXPECT_THROW(BatchMaker(from, {}), core::UserError);

  from = source(4);
  auto crop = std::make_shared<augment::Pipeline>();
  crop->add(std::make_unique<augment::RandomCrop>());
  from.pipeline = crop;
  EXPECT_THROW(BatchMaker(from, {}), core::UserError) << "images of 8x8 are smaller than a window of 32x32";

  from = source(4);
  from.samples.ids = at::tensor({0L, 4L});
  EXPECT_THROW(BatchMaker(from, {}), core::InternalError);
}

}  // namespace
}  // namespace reslab::data
