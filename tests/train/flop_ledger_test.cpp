#include "reslab/train/flop_ledger.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

struct Size {
  std::int64_t train = 50'000, test = 10'000, epochs = 0;
};

// On CIFAR-10's images.
FlopLedger ledger_of(const recipe::Recipe& recipe, const Size& size = {}) {
  const auto network =
      models::create(recipe.model.name, {.classes = 10, .in_channels = 3, .values = recipe.model.own_values()});
  return flop_ledger(
      recipe, *network,
      {.channels = 3, .height = 32, .width = 32, .train = size.train, .test = size.test, .epochs = size.epochs});
}

const LayerFlop& layer(const FlopLedger& ledger, const std::string& path) {
  for (const LayerFlop& one : ledger.layers)
    if (one.path == path) return one;
  ADD_FAILURE() << "no layer " << path;
  return ledger.layers.front();
}

// Multiply-adds of airbench94's layers, from the shapes that its source gives: whitening 2×2 on 31×31, then groups of
// two 3×3 convolutions, the first before a 2×2 pooling, on 31, 15, 15, 7, 7, 3 pixels.
constexpr double whiten = 2.0 * 24 * 12 * 31 * 31, conv1 = 2.0 * 9 * 24 * 64 * 31 * 31,
                 others = 2.0 * 9 *
                          (64.0 * 64 * 15 * 15 + 64.0 * 256 * 15 * 15 + 256.0 * 256 * 7 * 7 + 256.0 * 256 * 7 * 7 +
                           256.0 * 256 * 3 * 3),
                 head = 2.0 * 256 * 10;

TEST(FlopLedger, CountsWhatAirbench94Executes) {
  const FlopLedger ledger = ledger_of(recipe::load_recipe("airbench94"));
  EXPECT_EQ(ledger.steps, 200);
  EXPECT_EQ(ledger.images, 400'000);
  ASSERT_EQ(ledger.layers.size(), 8U);
  EXPECT_DOUBLE_EQ(layer(ledger, "whiten").image, whiten);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").image, conv1);
  // Its weight is computed from the data and its input is the images: no gradients.
  EXPECT_EQ(layer(ledger, "whiten").training.input_gradient, 0);
  EXPECT_EQ(layer(ledger, "whiten").training.weight_gradient, 0);
  // The gradient of the first convolution's input serves the whitening bias alone, which is trained for 3 epochs of 8.
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").training.input_gradient, 150'000 * conv1);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").training.weight_gradient, 400'000 * conv1);
  const double rest = 3 * (others + head);
  EXPECT_DOUBLE_EQ(ledger.first_step, 2000 * (whiten + 3 * conv1 + rest));
  EXPECT_DOUBLE_EQ(ledger.last_step, 2000 * (whiten + 2 * conv1 + rest));
  EXPECT_NEAR(ledger.training.total(), 75 * ledger.first_step + 125 * ledger.last_step, 1e3);
  EXPECT_NEAR(ledger.training.total(), 2.765e14, 0.001e14);
  // Poolings of 31, 15 and 7 pixels leave a row and a column out.
  const double first = conv1 * (1 - 30.0 * 30 / (31 * 31)), second = 2.0 * 9 * 64 * 256 * (15 * 15 - 14 * 14),
               third = 2.0 * 9 * 256 * 256 * (7 * 7 - 6 * 6);
  // In each pass that there is.
  EXPECT_NEAR(ledger.dropped, 550'000 * first + 400'000 * (first + 3 * (second + third)), 1e3);
  EXPECT_DOUBLE_EQ(ledger.last_test, 60'000 * (whiten + conv1 + others + head));
  EXPECT_DOUBLE_EQ(ledger.tests, 130'000 * (whiten + conv1 + others + head));
}

TEST(FlopLedger, TheFirstLayersInputNeedsNoGradient) {
  const recipe::Recipe recipe = recipe::load_recipe("original", {{"model.width", "8"}, {"epochs", "2"}});
  const FlopLedger ledger = ledger_of(recipe, {.train = 1000, .test = 100});
  EXPECT_EQ(ledger.images, 2000);
  EXPECT_EQ(ledger.steps, 4);
  const LayerFlop& first = ledger.layers.front();
  EXPECT_DOUBLE_EQ(first.image, 2.0 * 9 * 3 * 8 * 32 * 32);
  EXPECT_EQ(first.training.input_gradient, 0);
  EXPECT_EQ(ledger.dropped, 0) << "its maps are even";
  EXPECT_DOUBLE_EQ(first.training.weight_gradient, 2000 * first.image);
  for (std::size_t i = 1; i < ledger.layers.size(); ++i)
    EXPECT_DOUBLE_EQ(ledger.layers[i].training.input_gradient, 2000 * ledger.layers[i].image) << ledger.layers[i].path;
}

TEST(FlopLedger, FollowsBatchesThatAreLeftOutOrSmaller) {
  const recipe::Overrides common{{"model.width", "8"}, {"epochs", "3"}, {"data.batch_size", "300"}};
  const auto with = [&](recipe::Overrides more) {
    more.insert(more.begin(), common.begin(), common.end());
    return ledger_of(recipe::load_recipe("original", more), {.train = 1000, .test = 500});
  };
  const FlopLedger plain = with({});
  EXPECT_EQ(plain.images, 3000);
  EXPECT_NEAR(plain.last_step * 3, plain.first_step, 1) << "100 images instead of 300";
  EXPECT_EQ(with({{"data.drop_last", "true"}}).images, 2700);
  EXPECT_EQ(with({{"data.limit_batches", "1"}}).images, 900);
  EXPECT_EQ(with({{"data.holdout", "400"}}).images, 1800);
  EXPECT_NEAR(with({{"data.holdout", "400"}}).tests / plain.tests, 900.0 / 500, 1e-9);
  EXPECT_EQ(with({{"optimizer.accumulate", "2"}}).steps, 6);
  EXPECT_NEAR(with({{"evaluation.views", "six"}}).last_test, 6 * plain.last_test, 1);
}

TEST(FlopLedger, NeedsNoGradientsBeforeAFrozenLayer) {
  const FlopLedger ledger = ledger_of(
      recipe::load_recipe("airbench94", {{"optimizer.freeze", "layers.0"}, {"optimizer.freeze_epochs", "2"}}));
  const double second = 2.0 * 9 * 64 * 256 * 15 * 15;
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").training.forward, 400'000 * conv1);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").training.weight_gradient, 300'000 * conv1);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.1.conv1").training.weight_gradient, 400'000 * second);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.1.conv1").training.input_gradient, 300'000 * second)
      << "only what is before it would need it";
}

TEST(FlopLedger, OfATrainingThatEndedSoonerFollowsItsPlan) {
  const recipe::Recipe recipe =
      recipe::load_recipe("airbench94", {{"optimizer.freeze", "layers.0"}, {"optimizer.freeze_epochs", "2"}});
  const FlopLedger ledger = ledger_of(recipe, {.epochs = 7});
  EXPECT_EQ(ledger.steps, 175);
  EXPECT_EQ(ledger.images, 350'000);
  EXPECT_DOUBLE_EQ(layer(ledger, "layers.0.conv1").training.weight_gradient, 300'000 * conv1)
      << "frozen in the seventh epoch of eight";
  EXPECT_DOUBLE_EQ(ledger.tests, 120'000 * (whiten + conv1 + others + head));
}

TEST(FlopLedger, FollowsTheImagesSideByEpoch) {
  const recipe::Overrides sizes{{"epochs", "2"}, {"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[16, 32]"}};
  const FlopLedger ledger = ledger_of(recipe::load_recipe("airbench94", sizes));
  const LayerFlop& conv = layer(ledger, "layers.0.conv1");
  // A 2×2 filter without padding goes first, so that the sides are 15 and 31.
  const double small = 2.0 * 9 * 24 * 64 * 15 * 15;
  EXPECT_DOUBLE_EQ(conv.image, conv1) << "tests see whole images";
  EXPECT_DOUBLE_EQ(conv.training.weight_gradient, 50'000 * (small + conv1));
  EXPECT_LT(ledger.first_step, 0.3 * ledger.last_step);
}

}  // namespace
}  // namespace reslab::train
