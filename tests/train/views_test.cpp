#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "reslab/data/tensor_source.h"
#include "reslab/train/evaluate.h"
#include "support/network_without_graph.h"

namespace reslab::train {
namespace {

// Gives the pixels in the corners: the views that it is shown can be read from its output.
class Corners final : public support::NetworkWithoutGraph {
 public:
  at::Tensor forward(const at::Tensor& images, std::vector<models::Feature>*) override {
    ++calls;
    return at::stack({images.select(2, 0).select(2, 0).select(1, 0), images.select(2, 0).select(2, -1).select(1, 0)},
                     1);
  }
  int calls = 0;
};

TEST(Views, AverageWhatTheySay) {
  Corners network;
  // 0 1 2 / 3 4 5 / 6 7 8
  const at::Tensor image = at::arange(9, at::kFloat).view({1, 1, 3, 3});
  const auto first = [&](Views views) { return forward_views(network, image, views)[0][0].item<float>(); };
  EXPECT_EQ(first(Views::one), 0);
  EXPECT_EQ(first(Views::mirror), (0 + 2) / 2.0F);
  // Reflected by a pixel, the upper left window is 4 3 4 / 1 0 1 / 4 3 4, the lower right one 4 5 4 / 7 8 7 / 4 5 4.
  EXPECT_FLOAT_EQ(first(Views::six), 0.25F * (0 + 2) + 0.125F * (4 + 4) + 0.125F * (4 + 4));
  EXPECT_EQ(network.calls, 1 + 2 + 6);
}

// Shows the pixel in its second row and column.
class Inner final : public support::NetworkWithoutGraph {
 public:
  at::Tensor forward(const at::Tensor& images, std::vector<models::Feature>*) override {
    return images.select(2, 1).select(2, 1);
  }
};

TEST(Views, TellTheDiagonalsApart) {
  Inner network;
  const at::Tensor image = at::arange(16, at::kFloat).view({1, 1, 4, 4});
  const auto value = [&](Views views) { return forward_views(network, image, views).item<float>(); };
  // Pixel and mirror image: 5 and 6; up-left 0 and 1, down-right 10 and 11, up-right 2 and 3, down-left 8 and 9.
  EXPECT_FLOAT_EQ(value(Views::six), 0.25F * (5 + 6) + 0.125F * (0 + 1 + 10 + 11));
  EXPECT_FLOAT_EQ(value(Views::ten), 0.25F * (5 + 6) + 0.0625F * (0 + 1 + 10 + 11 + 2 + 3 + 8 + 9));
  EXPECT_EQ(passes_of({.views = Views::ten}), 10);
  EXPECT_STREQ(name(views_named("ten")), "ten");
}

// Scores that the image's brightness decides, so that some are less sure than others; counts images.
class Brightness final : public support::NetworkWithoutGraph {
 public:
  at::Tensor forward(const at::Tensor& images, std::vector<models::Feature>*) override {
    seen += images.size(0);
    const at::Tensor corner = images.select(1, 0).select(1, 0).select(1, 0).to(at::kFloat),
                     middle = images.select(1, 1).mean({1, 2}).to(at::kFloat);
    return at::stack({corner, middle, corner * middle}, 1);
  }
  std::int64_t seen = 0;
};

class SomeViews : public testing::Test {
 protected:
  Evaluation evaluate_with(const ViewOptions& views, EvaluationDetail& detail, std::int64_t batch_size = 7) {
    network_.seen = 0;
    return evaluate(network_, source_, {}, {.batch_size = batch_size, .views = views}, &detail);
  }

  data::BatchSource source_{.samples = data::in_memory("random", at::randint(256, {40, 6, 6, 3}, at::kByte),
                                                       at::randint(3, {40}, at::kLong), {"a", "b", "c"}),
                            .transform = {.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}}};
  Brightness network_;
};

TEST_F(SomeViews, OfTheLeastConfidentAreThoseOfAll) {
  EvaluationDetail one, six, some;
  EXPECT_EQ(evaluate_with({}, one).views, "one");
  EXPECT_EQ(network_.seen, 40);
  EXPECT_EQ(evaluate_with({.views = Views::six}, six).views, "six");
  EXPECT_EQ(network_.seen, 240);
  const Evaluation result = evaluate_with({.views = Views::six, .share = 0.25}, some);
  EXPECT_EQ(result.views, "six, of the least confident 25 %");
  EXPECT_EQ(result.samples, 40);
  EXPECT_EQ(network_.seen, 40 + 5 * 10) << "the first view isn't repeated";
  const at::Tensor order = at::softmax(one.outputs, 1).amax(1).argsort();
  for (std::int64_t place = 0; place < 40; ++place) {
    const std::int64_t sample = order[place].item<std::int64_t>();
    EXPECT_TRUE(at::equal(some.outputs[sample], (place < 10 ? six : one).outputs[sample])) << place;
  }
}

TEST_F(SomeViews, DontDependOnTheBatch) {
  EvaluationDetail small, large;
  evaluate_with({.views = Views::mirror, .share = 0.3}, small, 3);
  evaluate_with({.views = Views::mirror, .share = 0.3}, large, 40);
  EXPECT_TRUE(at::equal(small.outputs, large.outputs));
  EXPECT_TRUE(at::equal(small.confusion, large.confusion));
}

TEST_F(SomeViews, KeepToThePartOfTheDataThatIsAsked) {
  source_.samples = data::select(source_.samples, at::arange(30, 40, at::kLong));
  EvaluationDetail all, some;
  evaluate_with({.views = Views::six}, all);
  const Evaluation result = evaluate_with({.views = Views::six, .share = 1e-6}, some);
  EXPECT_EQ(result.samples, 10);
  EXPECT_EQ((some.outputs - all.outputs).abs().amax(1).eq(0).sum().item<std::int64_t>(), 1) << "one image at least";
}

TEST(ViewOptions, TellWhatAnImageTakes) {
  EXPECT_EQ(passes_of({}), 1);
  EXPECT_EQ(passes_of({.views = Views::six}), 6);
  EXPECT_EQ(passes_of({.views = Views::six, .share = 0.25}), 2.25);
  EXPECT_EQ(passes_of({.views = Views::mirror, .share = 0.5}), 1.5);
}

}  // namespace
}  // namespace reslab::train
