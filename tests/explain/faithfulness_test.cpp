#include "reslab/explain/faithfulness.h"

#include <gtest/gtest.h>

#include "explain/support.h"
#include "reslab/explain/class_activation.h"
#include "reslab/explain/randomisation.h"
#include "reslab/nn/state.h"
#include "support/networks.h"

namespace reslab::explain {
namespace {

TEST(Impute, AHoleInAConstantImageIsFilledWithTheConstant) {
  const at::Tensor images = at::stack({at::full({3, 9, 11}, 2.0F), at::full({3, 9, 11}, -1.0F)});
  at::Tensor known = at::zeros({2, 9, 11}, at::kBool);
  known[0][0][0] = true;  // one pixel is enough
  known[1].slice(0, 0, 4).fill_(true);
  EXPECT_TRUE(at::allclose(impute(images, known, {.noise = 0}), images, 1e-4, 1e-4));
}

TEST(Impute, KnownPixelsStayAndOthersAreMeansOfTheirNeighbours) {
  const at::Tensor images = at::rand({2, 3, 8, 8}), known = at::rand({2, 8, 8}) < 0.4;
  const at::Tensor filled = impute(images, known, {.noise = 0});
  const at::Tensor shared = known.unsqueeze(1).expand_as(images);
  EXPECT_TRUE(filled.masked_select(shared).equal(images.masked_select(shared)));
  for (std::int64_t row = 1; row < 7; ++row)
    for (std::int64_t column = 1; column < 7; ++column) {
      if (known[0][row][column].item<bool>()) continue;
      double sum = 0;
      for (std::int64_t i = -1; i <= 1; ++i)
        for (std::int64_t j = -1; j <= 1; ++j)
          if (i != 0 || j != 0) sum += filled[0][2][row + i][column + j].item<double>() / (i == 0 || j == 0 ? 6 : 12);
      EXPECT_NEAR(filled[0][2][row][column].item<double>(), sum, 1e-5) << row << ", " << column;
    }
}

TEST(Impute, NoiseIsOfTheSizeAskedForAndRepeats) {
  const at::Tensor images = at::zeros({1, 3, 40, 40});
  at::Tensor known = at::zeros({1, 40, 40}, at::kBool);
  known[0][0].fill_(true);
  const at::Tensor filled = impute(images, known, {.noise = 0.1, .seed = 3});
  EXPECT_NEAR(filled.slice(2, 1).std().item<double>(), 0.1, 0.01);
  EXPECT_TRUE(filled.equal(impute(images, known, {.noise = 0.1, .seed = 3})));
  EXPECT_FALSE(filled.equal(impute(images, known, {.noise = 0.1, .seed = 4})));
}

TEST(RelevanceRanks, CountFromTheMostRelevantAndKeepTiesInOrder) {
  const at::Tensor ranks = relevance_ranks(at::tensor({0.2F, 0.9F, 0.2F, 0.5F}).view({1, 2, 2}));
  EXPECT_TRUE(ranks.flatten().equal(at::tensor({2, 0, 3, 1}, at::kLong)));
}

// Class 0 of LeftHalf is bright on the left and stays dark elsewhere: the perfect map is known.
struct KnownAnswer {
  LeftHalf network;
  at::Tensor images = at::zeros({4, 3, 8, 8}), classes = at::zeros({4}, at::kLong), perfect = at::zeros({4, 8, 8});

  KnownAnswer() {
    images.slice(1, 0, 1).slice(3, 0, 4).fill_(0.2);
    perfect.slice(2, 0, 4).fill_(1);
  }
};

TEST(Faithfulness, RewardsThePerfectMapAndPunishesItsOpposite) {
  KnownAnswer known;
  const Faithfulness good = measure_faithfulness(known.network, known.images, known.classes, known.perfect);
  const Faithfulness bad = measure_faithfulness(known.network, known.images, known.classes, 1 - known.perfect);
  EXPECT_EQ(good.samples, 4);
  EXPECT_LT(good.road_most, good.road_least);
  EXPECT_GT(good.road(), 0.05);
  EXPECT_LT(bad.road(), -0.05);
  EXPECT_LT(good.deletion, bad.deletion - 0.1);
  EXPECT_GT(good.insertion, bad.insertion);
  EXPECT_NEAR(good.drop, 0, 1e-6) << "the image times the perfect map is the image";
  // Without the left half the three classes are alike.
  const double p = std::exp(0.2 * 32) / (std::exp(0.2 * 32) + 2);
  EXPECT_NEAR(bad.drop, (p - 1.0 / 3) / p, 1e-4);
  EXPECT_EQ(bad.increase, 0);
}

TEST(Faithfulness, DeletionIsTheAreaUnderTheProbability) {
  KnownAnswer known;
  // In two steps: all there, half gone (all that counts), all gone.
  const double p = std::exp(0.2 * 32) / (std::exp(0.2 * 32) + 2);
  const Faithfulness measured =
      measure_faithfulness(known.network, known.images, known.classes, known.perfect, {.curve_steps = 2});
  EXPECT_NEAR(measured.deletion, (p + 1.0 / 3) / 2 / 2 + 1.0 / 3 / 2, 1e-5);
}

TEST(Faithfulness, CountsIncreasesOfProbability) {
  KnownAnswer known;
  known.images.slice(1, 1, 2).slice(3, 0, 2).fill_(0.1);  // speaks for class 1
  at::Tensor map = at::ones({4, 8, 8});
  map.slice(0, 0, 3).slice(2, 0, 2).fill_(0);  // in three of the four hidden
  map.slice(2, 5, 6).fill_(0.5);
  known.images.slice(1, 0, 1).slice(3, 0, 2).fill_(0);
  EXPECT_NEAR(measure_faithfulness(known.network, known.images, known.classes, map).increase, 0.75, 1e-6);
}

TEST(Faithfulness, LeavesFlatMapsOut) {
  KnownAnswer known;
  known.perfect[2].zero_();
  const Faithfulness measured = measure_faithfulness(known.network, known.images, known.classes, known.perfect);
  EXPECT_EQ(measured.samples, 3);
  EXPECT_EQ(measured.flat, 1);
  const Faithfulness none = measure_faithfulness(known.network, known.images, known.classes, at::zeros({4, 8, 8}));
  EXPECT_EQ(none.samples, 0);
  EXPECT_EQ(none.road(), 0);
}

TEST(RankCorrelation, IsOneForEqualOrderAndShareTies) {
  const at::Tensor a = at::tensor({1.0F, 2.0F, 3.0F, 10.0F});
  EXPECT_NEAR(rank_correlation(a, a.exp()).value(), 1, 1e-12);
  EXPECT_NEAR(rank_correlation(a, -a).value(), -1, 1e-12);
  EXPECT_EQ(rank_correlation(a, at::ones({4})), std::nullopt);
  // Ranks 0 1 2 3 against 0.5 0.5 2.5 2.5.
  EXPECT_NEAR(rank_correlation(a, at::tensor({1.0F, 1.0F, 2.0F, 2.0F})).value(), 4 / std::sqrt(5.0 * 4), 1e-12);
}

// Ranks 0 1 2 3 against 0 1 2.5 2.5.
TEST(RankCorrelation, NanIsTheLastAndEqualToItself) {
  const float nan = std::nanf("");
  const at::Tensor a = at::tensor({1.0F, 2.0F, 3.0F, 10.0F});
  EXPECT_NEAR(rank_correlation(a, at::tensor({1.0F, 2.0F, nan, nan})).value(), 4.5 / std::sqrt(5.0 * 4.5), 1e-12);
  EXPECT_NEAR(rank_correlation(at::tensor({nan, 3.0F, 2.0F, 1.0F}), at::tensor({9.0F, 3.0F, 2.0F, 1.0F})).value(), 1,
              1e-12);
  EXPECT_EQ(rank_correlation(a, at::full({4}, nan)), std::nullopt) << "constant";
}

TEST(RelevanceRanks, NanIsTheLast) {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  const at::Tensor map = at::tensor({nan, 1.0F, infinity, 0.5F}).view({1, 2, 2});
  EXPECT_TRUE(relevance_ranks(map).equal(at::tensor({3, 1, 0, 2}, at::kLong).view({1, 2, 2})));
}

TEST(WeightRandomisation, GoesFromTheOutputDownAndGivesTheWeightsBack) {
  const auto network = small_network();
  const at::Tensor images = real_images(2), classes = at::zeros({2}, at::kLong);
  const std::string before = nn::state_hash(nn::state_of(*network));
  const auto parts = weight_randomisation(
      *network, [&] { return class_activation_maps(*network, images, classes, {.layer = "layer1"}); });
  EXPECT_EQ(nn::state_hash(nn::state_of(*network)), before);
  std::vector<std::string> names;
  int measured = 0;
  for (const RandomisedPart& part : parts) {
    names.push_back(part.part);
    // Of random weights all maps may be empty, which have no correlation.
    if (!part.correlation) continue;
    ++measured;
    EXPECT_GE(*part.correlation, -1);
    EXPECT_LT(*part.correlation, 0.999) << part.part << " changes nothing";
  }
  EXPECT_GT(measured, 0);
  EXPECT_EQ(names,
            (std::vector<std::string>{"FC", "layer3_r2", "layer3_x", "layer2", "layer1_r1", "layer1_x", "prep_layer"}));
}

TEST(WeightRandomisation, WorksOnEveryNetwork) {
  for (const std::string& name : models::names()) {
    const auto network = models::create(name, support::options_for(name, {{"width", 4}, {"group_width", 4}}));
    nn::initialise(*network, 1);
    network->eval();
    const at::Tensor images = at::rand({2, 3, 32, 32});
    const auto parts = weight_randomisation(
        *network,
        [&] {
          return network->forward(images).detach().unsqueeze(1).repeat({1, 4, 1});
        },
        5);
    EXPECT_GE(parts.size(), 2U) << name;
  }
}

TEST(WeightRandomisation, SeesMapsThatDontDependOnTheWeights) {
  const auto network = small_network();
  const at::Tensor maps = at::rand({2, 4, 4});
  for (const RandomisedPart& part : weight_randomisation(*network, [&] { return maps; }))
    EXPECT_NEAR(part.correlation.value(), 1, 1e-9);
}

TEST(WeightRandomisation, TheMeanIsOverTheMapsThatHaveACorrelation) {
  const auto network = small_network();
  at::Tensor maps = at::rand({2, 4, 4});
  maps[0].zero_();
  for (const RandomisedPart& part : weight_randomisation(*network, [&] { return maps; }))
    EXPECT_NEAR(part.correlation.value(), 1, 1e-9);
  maps.zero_();
  for (const RandomisedPart& part : weight_randomisation(*network, [&] { return maps; }))
    EXPECT_EQ(part.correlation, std::nullopt);
}

TEST(WeightRandomisation, GivesTheWeightsBackAfterAnError) {
  const auto network = small_network();
  const std::string before = nn::state_hash(nn::state_of(*network));
  int calls = 0;
  EXPECT_THROW(weight_randomisation(*network,
                                    [&]() -> at::Tensor {
                                      if (++calls == 3) throw std::runtime_error("x");
                                      return at::rand({1, 2, 2});
                                    }),
               std::runtime_error);
  EXPECT_EQ(nn::state_hash(nn::state_of(*network)), before);
}

}  // namespace
}  // namespace reslab::explain
