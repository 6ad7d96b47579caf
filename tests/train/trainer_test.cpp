#include "reslab/train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reslab/core/error.h"
#include "reslab/recipe/schedule.h"
#include "train/trainer_support.h"

namespace reslab::train {
namespace {

using namespace test;

// What observers see of the weights when an epoch is done.
struct SeenWeights final : Observer {
  explicit SeenWeights(Trainer& watched) : trainer(watched) {}
  void on_epoch_done(const EpochDone&) override {
    shown.push_back(nn::state_hash(nn::state_of(trainer.network())));
    trained.push_back(nn::state_hash(trainer.state().network));
  }
  Trainer& trainer;
  std::vector<std::string> shown, trained;
};

TEST(Trainer, EvaluatesAndShowsTheAverageAndTrainsTheWeights) {
  for (const char* kind : {"ema", "swa"}) {
    const recipe::Overrides averaging{{"epochs", "3"}, {"averaging.name", kind}, {"averaging.start_epoch", "1"}};
    Trainer averaged(narrow(averaging), samples(), {}), plain(narrow({{"epochs", "3"}}), samples(), {});
    SeenWeights with(averaged), without(plain);
    averaged.run({&with}, never), plain.run({&without}, never);
    EXPECT_EQ(with.trained, without.trained) << "an average leaves the training alone: " << kind;
    EXPECT_EQ(with.shown[0], without.shown[0]) << "it hasn't begun: " << kind;
    EXPECT_NE(with.shown[1], without.shown[1]) << kind;
    EXPECT_NE(with.shown[2], without.shown[2]) << kind;
    EXPECT_EQ(nn::state_hash(nn::state_of(averaged.network())), with.shown[2])
        << "the average is what is left: " << kind;
  }
}

TEST(Trainer, LookaheadChangesWhatIsTrained) {
  EXPECT_NE(weights_after(narrow({{"epochs", "1"}, {"averaging.name", "lookahead"}})),
            weights_after(narrow({{"epochs", "1"}})));
}

// The weights of two layers after each epoch.
struct LayerWeights final : Observer {
  explicit LayerWeights(Trainer& watched) : trainer(watched) {}
  void on_epoch_done(const EpochDone&) override {
    for (const auto& parameter : trainer.network().named_parameters()) {
      if (parameter.name == "layer1_x.0.weight") frozen.push_back(parameter.value.detach().clone());
      if (parameter.name == "layer2.0.weight") trained.push_back(parameter.value.detach().clone());
    }
  }
  Trainer& trainer;
  std::vector<at::Tensor> frozen, trained;
};

TEST(Trainer, AFrozenLayerStaysAsItIs) {
  Trainer trainer(narrow({{"epochs", "3"}, {"optimizer.freeze", "layer1_x"}, {"optimizer.freeze_epochs", "1"}}),
                  samples(), {});
  LayerWeights weights(trainer);
  trainer.run({&weights}, never);
  ASSERT_EQ(weights.frozen.size(), 3U);
  EXPECT_FALSE(weights.frozen[0].equal(weights.frozen[1]));
  EXPECT_TRUE(weights.frozen[1].equal(weights.frozen[2]));
  EXPECT_FALSE(weights.trained[1].equal(weights.trained[2]));

  const auto refused = [] {
    Trainer(narrow({{"optimizer.freeze", "layer1"}, {"optimizer.freeze_epochs", "1"}}), samples(), {});
  };
  EXPECT_THROW(refused(), core::UserError);
}

TEST(Trainer, LookaheadOfTheLastEpochsLeavesTheOthersAlone) {
  const recipe::Overrides two{{"epochs", "2"}}, last{{"averaging.name", "lookahead"}, {"averaging.last_epochs", "1"}};
  recipe::Overrides both = two;
  both.insert(both.end(), last.begin(), last.end());
  Trainer averaged(narrow(both), samples(), {}), plain(narrow(two), samples(), {});
  SeenWeights with(averaged), without(plain);
  averaged.run({&with}, never), plain.run({&without}, never);
  EXPECT_EQ(with.trained[0], without.trained[0]);
  EXPECT_NE(with.trained[1], without.trained[1]);
}

TEST(Trainer, TrainsOnImagesThatGrow) {
  const recipe::Overrides growing{
      {"model.width", "8"},       {"model.group_width", "8"},      {"epochs", "2"},
      {"data.batch_size", "100"}, {"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[24, 32]"}};
  Trainer trainer(recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", growing), samples(), {});
  Recorder recorder;
  EXPECT_EQ(trainer.run({&recorder}, never).end, End::finished);
  EXPECT_EQ(trainer.batches(0, 1).next()->images.size(2), 24);
  EXPECT_EQ(trainer.batches(1, 2).next()->images.size(2), 32);
  // The original's network ends in a window of 4 × 4, which 24 pixels don't fill: said before anything is trained.
  EXPECT_THROW(Trainer(narrow({{"epochs", "2"}, {"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[24, 32]"}}),
                       samples(), {}),
               core::UserError);
}

TEST(Trainer, StopsEarlyWhereTheHoldOutGetsNoBetter) {
  // With such a rate nothing moves: the first epoch stays the best. (From zeros any rate would move the last layer.)
  const recipe::Recipe recipe = narrow({{"epochs", "9"},
                                        {"data.holdout", "60"},
                                        {"model.zero_head", "false"},
                                        {"early_stopping.patience", "2"},
                                        {"evaluation.views", "mirror"},
                                        {"schedule.name", "constant"},
                                        {"optimizer.lr", "1e-12"}});
  Trainer trainer(recipe, samples(), {});
  Recorder watcher;
  EXPECT_EQ(trainer.run({&watcher}, never).end, End::stopped_early);
  ASSERT_LT(watcher.epochs.size(), 9U);
  std::int64_t best = -1;
  std::size_t of = 0;
  for (std::size_t i = 0; i < watcher.epochs.size(); ++i)
    if (watcher.epochs[i].holdout.correct > best) best = watcher.epochs[i].holdout.correct, of = i;
  EXPECT_EQ(watcher.epochs.size(), of + 3) << "two more after the best";
  for (const EpochDone& epoch : watcher.epochs) EXPECT_EQ(epoch.holdout.views, "one") << "epochs are compared by it";
  for (std::size_t i = 0; i < watcher.epochs.size(); ++i)
    EXPECT_EQ(watcher.epochs[i].test.views, i + 1 == watcher.epochs.size() ? "mirror" : "one") << i;
  EXPECT_EQ(trainer.run({}, never).end, End::stopped_early) << "and there it stays";
}

TEST(Trainer, TrainsTheWhiteningBiasInItsEpochsOnly) {
  const recipe::Recipe recipe =
      recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", {{"model.width", "16"},
                                                                         {"model.group_width", "16"},
                                                                         {"epochs", "2"},
                                                                         {"data.batch_size", "100"},
                                                                         {"optimizer.whitening_epochs", "1"}});
  struct Watch final : Observer {
    explicit Watch(Trainer& watched) : trainer(watched) {}
    void on_batch_done(const BatchDone&) override {
      biases.push_back(trainer.network().named_parameters()["whiten.bias"].detach().clone());
      filters.push_back(trainer.network().named_parameters()["whiten.weight"].detach().clone());
    }
    Trainer& trainer;
    std::vector<at::Tensor> biases, filters;
  };
  Trainer trainer(recipe, samples(), {});
  Watch watch(trainer);
  trainer.run({&watch}, never);
  ASSERT_EQ(watch.biases.size(), 6U);
  EXPECT_FALSE(watch.biases[0].equal(watch.biases[2]));
  EXPECT_TRUE(watch.biases[2].equal(watch.biases[5])) << "after its epoch it stays";
  EXPECT_TRUE(watch.filters[0].equal(watch.filters[5])) << "its filters are never trained";
}

TEST(Trainer, StopsAfterTheBatchInWhichItIsAsked) {
  Trainer trainer(small(), samples(), {});
  Recorder recorder;
  const TrainingDone done = trainer.run({&recorder}, [] { return std::optional(End::interrupted); });
  EXPECT_EQ(done.end, End::interrupted);
  EXPECT_EQ(done.epochs_done, 0);
  EXPECT_EQ(recorder.batches.size(), 1U);
}

TEST(Trainer, TellsWhatItDoesInOrder) {
  const recipe::Recipe recipe = small();
  Trainer trainer(recipe, samples(), {});
  const std::int64_t batches = (trainer.train_samples() + 63) / 64;
  EXPECT_EQ(trainer.batches_per_epoch(), batches);
  Recorder recorder;
  const TrainingDone done = trainer.run({&recorder}, never);
  EXPECT_EQ(done.end, End::finished);
  EXPECT_EQ(done.epochs_done, 2);
  ASSERT_EQ(recorder.starts.size(), 1U);
  ASSERT_EQ(recorder.ends.size(), 1U);
  ASSERT_EQ(recorder.epochs.size(), 2U);
  ASSERT_EQ(recorder.batches.size(), static_cast<std::size_t>(2 * batches));
  const auto schedule = make_schedule(recipe, 2 * batches);
  for (std::int64_t step = 0; step < 2 * batches; ++step) {
    const BatchDone& event = recorder.batches[static_cast<std::size_t>(step)];
    EXPECT_EQ(event.epoch, step / batches);
    EXPECT_EQ(event.batch, step % batches);
    EXPECT_EQ(event.step, step);
    EXPECT_EQ(event.lr, schedule->at(step).lr);
    EXPECT_EQ(event.momentum, schedule->at(step).momentum);
    EXPECT_EQ(event.seen, std::min(64 * (event.batch + 1), trainer.train_samples()));
  }
  EXPECT_EQ(recorder.epochs[1].test.samples, samples().test.size());
}

TEST(Trainer, IsAFunctionOfItsRecipe) {
  const std::string once = weights_after(small());
  EXPECT_EQ(weights_after(small()), once);
  EXPECT_NE(weights_after(small({{"seed", "1"}})), once);
}

TEST(Trainer, GoesOnFromARestoredStateToTheSameBits) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const TrainerOptions options{.compute = {.activations = type}};
    Trainer whole(small(), samples(), options);
    whole.run({}, never);
    const std::string expected = nn::state_hash(whole.state().network);

    Trainer before(small(), samples(), options);
    struct StopAfterEpoch final : Observer {
      bool done = false;
      void on_epoch_done(const EpochDone&) override { done = true; }
    } first_epoch;
    before.run({&first_epoch}, [&]() -> std::optional<End> {
      return first_epoch.done ? std::optional(End::terminated) : std::nullopt;
    });
    const TrainerState state = before.state();
    ASSERT_EQ(state.epoch, 1);

    Trainer after(small(), samples(), options);
    copy_state(state, after);
    after.run({}, never);
    EXPECT_EQ(nn::state_hash(after.state().network), expected);
  }
}

TEST(Trainer, AccumulatesTheMeanOfTheBatchesGradients) {
  // Batch-norm sees the small batches, so equality with one large batch holds for the losses of the first step alone;
  // the number of steps and the moments of updates hold throughout.
  Trainer trainer(small({{"optimizer.accumulate", "2"}, {"epochs", "1"}}), samples(), {});
  Recorder recorder;
  trainer.run({&recorder}, never);
  EXPECT_EQ(trainer.steps_per_epoch(), (trainer.batches_per_epoch() + 1) / 2);
  for (const BatchDone& event : recorder.batches) EXPECT_EQ(event.step, event.batch / 2);
}

TEST(Trainer, AddsTheL1TermToTheLoss) {
  Recorder with, without;
  Trainer penalised(small({{"loss.l1", "0.01"}, {"data.limit_batches", "1"}, {"epochs", "1"}}), samples(), {});
  Trainer plain(small({{"data.limit_batches", "1"}, {"epochs", "1"}}), samples(), {});
  double norm = 0;
  for (const at::Tensor& parameter : plain.network().parameters()) norm += parameter.abs().sum().item<double>();
  penalised.run({&with}, never);
  plain.run({&without}, never);
  EXPECT_NEAR(with.batches[0].loss - without.batches[0].loss, 0.01 * norm, 1e-3 * 0.01 * norm);
}

TEST(Trainer, KeepsTheHoldOutOutOfTraining) {
  Trainer trainer(small({{"data.holdout", "100"}, {"epochs", "1"}}), samples(), {});
  Recorder recorder;
  trainer.run({&recorder}, never);
  EXPECT_EQ(trainer.train_samples(), samples().train.size() - 100);
  ASSERT_TRUE(recorder.epochs[0].has_holdout);
  EXPECT_EQ(recorder.epochs[0].holdout.samples, 100);
}

TEST(Trainer, OverfitsAFewBatches) {
  Trainer trainer(small({{"data.overfit_batches", "1"},
                         {"data.batch_size", "32"},
                         {"epochs", "120"},
                         {"model.softmax", "false"},
                         {"optimizer.weight_decay", "0"},
                         {"optimizer.clip_value", "0"}}),
                  samples(), {});
  Recorder recorder;
  trainer.run({&recorder}, never);
  EXPECT_EQ(trainer.train_samples(), 32);
  EXPECT_EQ(recorder.epochs.back().test.samples, 32);
  EXPECT_GT(recorder.epochs.back().train_accuracy, 0.9);
}

TEST(Trainer, EndsWhenItsTimeIsOver) {
  Trainer trainer(small({{"epochs", "1000"}}), samples(), {.max_seconds = 0.2});
  EXPECT_EQ(trainer.run({}, never).end, End::out_of_time);
}

TEST(Trainer, NamesTheBatchInWhichItDiverges) {
  Trainer trainer(small({{"schedule.max_lr", "1000"},
                         {"optimizer.clip_value", "0"},
                         {"model.softmax", "false"},
                         {"optimizer.weight_decay", "1"},
                         {"epochs", "20"}}),
                  samples(), {});
  try {
    trainer.run({}, never);
    FAIL() << "training did not diverge";
  } catch (const core::UserError& error) {
    EXPECT_NE(error.parts().attempted.find("batch"), std::string::npos);
    EXPECT_NE(error.parts().found.find("the first that is no finite number: "), std::string::npos);
    EXPECT_NE(error.parts().remedy.find("--lr"), std::string::npos);
  }
}

TEST(Trainer, NeedsAHoldOutForItsPatience) {
  EXPECT_THROW(Trainer(small({{"early_stopping.patience", "2"}}), samples(), {}), core::UserError);
  data::Splits with_validation = samples();
  with_validation.validation = data::first(with_validation.test, 50);
  const recipe::Recipe patient = small({{"early_stopping.patience", "2"}});
  EXPECT_NO_THROW(Trainer(patient, with_validation, {}));
  EXPECT_THROW(Trainer(small({{"data.holdout", "20"}}), with_validation, {}), core::UserError) << "two hold-outs";
}

TEST(Trainer, ChoosesByTheValidationSplit) {
  data::Splits splits = samples();
  splits.validation = data::first(splits.test, 50);
  Trainer trainer(small({{"epochs", "1"}}), splits, {});
  Recorder recorder;
  trainer.run({&recorder}, never);
  ASSERT_EQ(recorder.epochs.size(), 1U);
  EXPECT_TRUE(recorder.epochs[0].has_holdout);
  EXPECT_EQ(recorder.epochs[0].holdout.samples, 50);
  EXPECT_EQ(trainer.train_samples(), splits.train.size()) << "nothing is taken from training";
}

TEST(Evaluate, CountsEachClassOnTheWay) {
  const data::Splits splits = samples();
  Trainer trainer(small({{"model.softmax", "false"}}), splits, {});
  EvaluationDetail detail;
  const Evaluation result = evaluate(trainer.network(), {.samples = splits.test, .transform = trainer.transform()}, {},
                                     {.batch_size = 32}, &detail);
  const at::Tensor per_row = detail.confusion.sum(1), per_column = detail.confusion.sum(0);
  ASSERT_EQ(std::ssize(result.classes), detail.confusion.size(0));
  for (std::int64_t i = 0; i < detail.confusion.size(0); ++i)
    EXPECT_EQ(result.classes[static_cast<std::size_t>(i)],
              (ClassCount{.samples = per_row[i].item<std::int64_t>(),
                          .predicted = per_column[i].item<std::int64_t>(),
                          .correct = detail.confusion[i][i].item<std::int64_t>()}));
}

TEST(Evaluate, CountsAsItsDefinitionSays) {
  const data::Splits splits = samples();
  Trainer trainer(small({{"model.softmax", "false"}}), splits, {});
  EvaluationDetail detail;
  const data::BatchSource source{.samples = splits.test, .transform = trainer.transform()};
  const Evaluation result = evaluate(trainer.network(), source, {}, {.batch_size = 32}, &detail);
  EXPECT_TRUE(trainer.network().is_training());  // left as it was found
  const at::Tensor log_softmax = detail.outputs.log_softmax(1);
  double loss = 0, batch_means = 0, batch_sum = 0;
  std::int64_t correct = 0, top5 = 0;
  const std::int64_t n = splits.test.size();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = splits.test.label(i);
    const double value = -log_softmax[i][label].item<double>();
    loss += value;
    batch_sum += value;
    const auto higher = detail.outputs[i].gt(detail.outputs[i][label]).sum().item<std::int64_t>();
    correct += higher == 0;
    top5 += higher < 5;
    if (i % 32 == 31 || i == n - 1) {
      batch_means += batch_sum / static_cast<double>(i % 32 + 1);
      batch_sum = 0;
    }
  }
  EXPECT_EQ(result.samples, n);
  EXPECT_EQ(result.correct, correct);
  EXPECT_EQ(result.correct_top5, top5);
  EXPECT_NEAR(result.mean_loss, loss / static_cast<double>(n), 1e-5);
  EXPECT_NEAR(result.sum_of_batch_means, batch_means, 1e-3);
  EXPECT_EQ(detail.confusion.sum().item<std::int64_t>(), n);
  EXPECT_EQ(detail.confusion.diagonal().sum().item<std::int64_t>(), correct);
  // Top-1 doesn't depend on how the samples are cut into batches.
  EXPECT_EQ(evaluate(trainer.network(), source, {}, {.batch_size = 7}).correct, correct);
}

}  // namespace
}  // namespace reslab::train
