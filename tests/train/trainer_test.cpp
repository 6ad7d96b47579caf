#include "reslab/train/trainer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reslab/core/error.h"
#include "reslab/data/cifar10.h"
#include "reslab/nn/conv2d.h"
#include "reslab/train/recipe_schedule.h"

namespace reslab::train {
namespace {

data::Parts samples() { return data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"); }

// The seed's recipe for a network a hundredth of its size.
Recipe small(const Overrides& more = {}) {
  Overrides overrides{{"model.width", "4"}, {"epochs", "2"}, {"data.batch_size", "64"}, {"schedule.max_lr", "0.1"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml", overrides);
}

struct Recorder final : Observer {
  std::vector<BatchDone> batches;
  std::vector<EpochDone> epochs;
  std::vector<TrainingStarted> starts;
  std::vector<TrainingDone> ends;
  void on_training_started(const TrainingStarted& event) override { starts.push_back(event); }
  void on_batch_done(const BatchDone& event) override { batches.push_back(event); }
  void on_epoch_done(const EpochDone& event) override { epochs.push_back(event); }
  void on_training_done(const TrainingDone& event) override { ends.push_back(event); }
};

const StopRequest never = [] { return std::nullopt; };

std::string weights_after(const Recipe& recipe) {
  Trainer trainer(recipe, samples(), {});
  trainer.run({}, never);
  return nn::state_hash(trainer.state().network);
}

void copy_state(const TrainerState& from, Trainer& to) {
  const at::NoGradGuard no_grad;
  const TrainerState target = to.state();
  for (std::size_t i = 0; i < from.network.size(); ++i)
    at::Tensor(target.network[i].second).copy_(from.network[i].second);
  for (std::size_t i = 0; i < from.momenta.size(); ++i)
    at::Tensor(target.momenta[i].buffer).copy_(from.momenta[i].buffer);
  for (std::size_t i = 0; i < from.more.size(); ++i) at::Tensor(target.more[i].buffer).copy_(from.more[i].buffer);
  to.set_position(from.epoch, from.progress);
}

Recipe narrow(Overrides more) {
  Overrides all{{"model.width", "4"}, {"data.batch_size", "50"}};
  all.insert(all.end(), more.begin(), more.end());
  return load_recipe(RESLAB_SOURCE_DIR "/recipes/resnet.toml", all);
}

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
    const Overrides averaging{{"epochs", "3"}, {"averaging.name", kind}, {"averaging.start_epoch", "1"}};
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
  const Overrides two{{"epochs", "2"}}, last{{"averaging.name", "lookahead"}, {"averaging.last_epochs", "1"}};
  Overrides both = two;
  both.insert(both.end(), last.begin(), last.end());
  Trainer averaged(narrow(both), samples(), {}), plain(narrow(two), samples(), {});
  SeenWeights with(averaged), without(plain);
  averaged.run({&with}, never), plain.run({&without}, never);
  EXPECT_EQ(with.trained[0], without.trained[0]);
  EXPECT_NE(with.trained[1], without.trained[1]);
}

TEST(Trainer, TrainsOnImagesThatGrow) {
  const Overrides growing{
      {"model.width", "8"},       {"model.group_width", "8"},      {"epochs", "2"},
      {"data.batch_size", "100"}, {"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[24, 32]"}};
  Trainer trainer(load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", growing), samples(), {});
  Recorder recorder;
  EXPECT_EQ(trainer.run({&recorder}, never).end, End::finished);
  EXPECT_EQ(trainer.batches(0, 1).next()->images.size(2), 24);
  EXPECT_EQ(trainer.batches(1, 2).next()->images.size(2), 32);
  // The seed's network ends in a window of 4 × 4, which 24 pixels don't fill: said before anything is trained.
  EXPECT_THROW(Trainer(narrow({{"epochs", "2"}, {"resolution.epochs", "[0, 1]"}, {"resolution.sides", "[24, 32]"}}),
                       samples(), {}),
               core::UserError);
}

TEST(Trainer, StopsEarlyWhereTheHoldOutGetsNoBetter) {
  // With such a rate nothing moves: the first epoch stays the best. (From zeros any rate would move the last layer.)
  const Recipe recipe = narrow({{"epochs", "9"},
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
  EXPECT_THROW(narrow({{"early_stopping.patience", "2"}}), core::UserError);
}

TEST(Trainer, TrainsTheWhiteningBiasInItsEpochsOnly) {
  const Recipe recipe =
      load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", {{"model.width", "16"},
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

// As on a GPU, where the loop runs ahead of what it has read.
TEST(Trainer, ReadsLossesLateWithoutADifference) {
  const Recipe recipe = narrow({{"epochs", "2"}});
  const auto trained = [&](std::int64_t unread, const StopRequest& stop) {
    Trainer trainer(recipe, samples(), {.unread_batches = unread});
    Recorder recorder;
    trainer.run({&recorder}, stop);
    const TrainerState state = trainer.state();
    return std::tuple(std::move(recorder), nn::state_hash(state.network), state.progress);
  };
  const auto expect_same = [&](const StopRequest& stop) {
    const auto [at_once, weights, progress] = trained(0, stop);
    for (const std::int64_t unread : {1, 3, 100}) {
      const auto [late, late_weights, late_progress] = trained(unread, stop);
      EXPECT_EQ(late_weights, weights) << unread;
      EXPECT_EQ(late_progress.batches, progress.batches);
      EXPECT_EQ(late_progress.correct, progress.correct);
      EXPECT_EQ(late_progress.loss_sum, progress.loss_sum);
      ASSERT_EQ(late.batches.size(), at_once.batches.size()) << unread;
      for (std::size_t i = 0; i < late.batches.size(); ++i) {
        EXPECT_EQ(late.batches[i].step, at_once.batches[i].step);
        EXPECT_EQ(late.batches[i].loss, at_once.batches[i].loss);
        EXPECT_EQ(late.batches[i].correct, at_once.batches[i].correct);
        EXPECT_EQ(late.batches[i].seen, at_once.batches[i].seen);
      }
      ASSERT_EQ(late.epochs.size(), at_once.epochs.size());
      for (std::size_t i = 0; i < late.epochs.size(); ++i)
        EXPECT_EQ(late.epochs[i].train_loss, at_once.epochs[i].train_loss);
    }
  };
  expect_same(never);
  for (const int stop_after : {1, 2, 5}) {
    int asked = 0;
    expect_same([&]() -> std::optional<End> {
      return ++asked % stop_after == 0 ? std::optional(End::interrupted) : std::nullopt;
    });
  }
}

TEST(Trainer, GoesOnFromAStateOfLateLossesToTheSameBits) {
  const Recipe recipe = narrow({{"epochs", "2"}, {"averaging.name", "ema"}});
  const std::string expected = weights_after(recipe);
  int asked = 0;
  Trainer stopped(recipe, samples(), {.unread_batches = 3}), resumed(recipe, samples(), {.unread_batches = 3});
  stopped.run({}, [&] { return ++asked == 3 ? std::optional(End::interrupted) : std::nullopt; });
  EXPECT_EQ(stopped.state().progress.batches, 3);
  copy_state(stopped.state(), resumed);
  resumed.run({}, never);
  EXPECT_EQ(nn::state_hash(resumed.state().network), expected);
}

// What a CUDA graph can record: the same operations on the same shapes in every step, and no value read from the
// device.
class Operations {
 public:
  Operations() {
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&Operations::begin, &Operations::end)
                                             .needsInputs(true)
                                             .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    current_ = this;
  }
  ~Operations() {
    at::removeCallback(handle_);
    current_ = nullptr;
  }
  std::vector<std::string> names;  // with the shapes of what they take
  int reads = 0;                   // of a value, by the host

 private:
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    if (current_ == nullptr) return nullptr;
    std::string name = function.name();
    // On the processor this one reads the rate itself; on a GPU it doesn't.
    if (name == "aten::_fused_sgd_") ++current_->inside_;
    if (current_->inside_ == 0 &&
        (name == "aten::_local_scalar_dense" || name == "aten::is_nonzero" || name == "aten::nonzero"))
      ++current_->reads;
    for (const c10::IValue& input : function.inputs())
      if (input.isTensor() && input.toTensor().defined()) name += c10::str(" ", input.toTensor().sizes());
    current_->names.push_back(std::move(name));
    return nullptr;
  }
  static void end(const at::RecordFunction& function, at::ObserverContext*) {
    if (current_ != nullptr && std::string(function.name()) == "aten::_fused_sgd_") --current_->inside_;
  }
  static inline Operations* current_ = nullptr;
  at::CallbackHandle handle_;
  int inside_ = 0;
};

// Of layers one by one, which is how a GPU runs them.
Recipe on_device(const char* name, const Overrides& more) {
  Overrides all{
      {"model.width", "8"}, {"model.group_width", "8"}, {"data.batch_size", "50"}, {"data.drop_last", "true"}};
  all.insert(all.end(), more.begin(), more.end());
  return load_recipe(core::concatenate(RESLAB_SOURCE_DIR "/recipes/", name, ".toml"), all);
}

TEST(Trainer, MakesTheSameStepsOnADevice) {
  for (const char* name : {"resnet", "airbench94", "original"}) {
    const auto trained = [&](bool device_steps) {
      Trainer trainer(on_device(name, {{"epochs", "2"}}), samples(), {.device_steps = device_steps});
      // Two steps: rounding differs, which later ones make larger.
      std::int64_t batches = 0;
      trainer.run({}, [&] { return ++batches == 2 ? std::optional(End::interrupted) : std::nullopt; });
      TrainerState state = trainer.state();
      for (auto& [key, tensor] : state.network) tensor = tensor.detach().clone();
      return std::pair(state, trainer.makes_device_steps());
    };
    const auto [expected, never_so] = trained(false);
    const auto [found, so] = trained(true);
    EXPECT_FALSE(never_so);
    EXPECT_EQ(so, std::string(name) != "original") << "the original's momentum isn't steady";
    ASSERT_EQ(found.network.size(), expected.network.size());
    for (std::size_t i = 0; i < found.network.size(); ++i) {
      const at::Tensor a = found.network[i].second.to(at::kDouble), b = expected.network[i].second.to(at::kDouble);
      EXPECT_LT((a - b).abs().max().item<double>(), 2e-3 * (1 + b.abs().max().item<double>()))
          << name << ": " << found.network[i].first;
    }
    EXPECT_EQ(found.progress.batches, 2);
  }
}

// Lists what happens between the batches of one epoch.
struct ListingSteps final : Observer {
  void on_batch_done(const BatchDone& event) override {
    if (operations) steps.push_back(std::move(operations->names)), reads.push_back(operations->reads);
    operations.reset();
    // The step after this one; at an epoch's end there would be more in it.
    if (event.batch + 1 < event.batches) operations.emplace();
  }
  std::optional<Operations> operations;
  std::vector<std::vector<std::string>> steps;
  std::vector<int> reads;
};

TEST(Trainer, DoesTheSameInEveryDeviceStepAndReadsNothing) {
  for (const char* name : {"resnet", "airbench94"})
    for (const bool device_steps : {false, true}) {
      Trainer trainer(on_device(name, {{"epochs", "2"}}), samples(), {.device_steps = device_steps});
      nn::use_direct_convolutions(trainer.network());
      ListingSteps listing;
      trainer.run({&listing}, never);
      ASSERT_GE(listing.steps.size(), 4U) << name;
      for (std::size_t i = 0; i < listing.steps.size(); ++i) {
        if (device_steps) {
          EXPECT_EQ(listing.steps[i], listing.steps[0]) << name << ", step " << i;
          EXPECT_EQ(listing.reads[i], 0) << name << ", step " << i;
        } else {
          EXPECT_GE(listing.reads[i], 2) << "the loss and the hits, in an ordinary step of " << name;
        }
      }
      EXPECT_GT(listing.steps[0].size(), 50U) << "nothing was listed";
    }
}

TEST(Trainer, AsksForItsStateBetweenLateLosses) {
  struct Asking final : Observer {
    explicit Asking(Trainer& asked) : trainer(asked) {}
    void on_batch_done(const BatchDone& event) override {
      told.push_back(event.batch);
      const bool between = trainer.is_between_steps();
      const TrainerState state = trainer.state();
      EXPECT_EQ(trainer.is_between_steps(), between);
      for (const auto& [name, tensor] : state.network)
        if (name.ends_with("num_batches_tracked")) {
          EXPECT_EQ(state.progress.batches, tensor.item<std::int64_t>()) << "all that is in the weights is counted";
        }
      EXPECT_EQ(between, state.progress.batches % 2 == 0 || state.progress.batches == trainer.batches_per_epoch());
      settled += trainer.settle() ? 1 : 0;
    }
    Trainer& trainer;
    std::vector<std::int64_t> told;
    std::int64_t settled = 0;
  };
  Trainer trainer(narrow({{"epochs", "1"}, {"optimizer.accumulate", "2"}}), samples(), {.unread_batches = 2});
  Asking asking(trainer);
  trainer.run({&asking}, never);
  ASSERT_EQ(std::ssize(asking.told), trainer.batches_per_epoch());
  EXPECT_LT(asking.settled, trainer.batches_per_epoch()) << "some were told while later ones were known but untold";
  EXPECT_GT(asking.settled, 0);
  for (std::size_t i = 0; i < asking.told.size(); ++i) EXPECT_EQ(asking.told[i], static_cast<std::int64_t>(i));
}

TEST(Trainer, NamesTheBatchOfALateLossThatIsNoNumber) {
  const Recipe diverging = small({{"schedule.max_lr", "1000"},
                                  {"optimizer.clip_value", "0"},
                                  {"model.softmax", "false"},
                                  {"optimizer.weight_decay", "1"},
                                  {"epochs", "20"}});
  const auto attempted = [&](std::int64_t unread) -> std::string {
    Trainer trainer(diverging, samples(), {.unread_batches = unread});
    Recorder recorder;
    try {
      trainer.run({&recorder}, never);
    } catch (const core::UserError& error) {
      return error.parts().attempted + ", after " + std::to_string(recorder.batches.size());
    }
    return "diverged unnoticed";
  };
  const std::string expected = attempted(0);
  EXPECT_NE(expected.find("batch"), std::string::npos) << expected;
  EXPECT_EQ(attempted(2), expected) << "the same batch, and all before it told";
}

TEST(Trainer, TellsWhatItDoesInOrder) {
  const Recipe recipe = small();
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

TEST(Evaluate, CountsAsItsDefinitionSays) {
  const data::Parts parts = samples();
  Trainer trainer(small({{"model.softmax", "false"}}), parts, {});
  EvaluationDetail detail;
  const data::BatchSource source{.dataset = parts.test, .normalizer = trainer.normalizer()};
  const Evaluation result = evaluate(trainer.network(), source, {}, {.batch_size = 32}, &detail);
  EXPECT_TRUE(trainer.network().is_training());  // left as it was found
  const at::Tensor log_softmax = detail.outputs.log_softmax(1);
  double loss = 0, batch_means = 0, batch_sum = 0;
  std::int64_t correct = 0, top5 = 0;
  const std::int64_t n = parts.test.size();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = parts.test.labels[i].item<std::int64_t>();
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
