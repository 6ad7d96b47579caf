#include "reslab/train/unread_losses.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "train/trainer_support.h"

namespace reslab::train {
namespace {

using namespace test;

// As on a GPU, where the loop runs ahead of what it has read.
TEST(UnreadLosses, ReadsLossesLateWithoutADifference) {
  const recipe::Recipe recipe = narrow({{"epochs", "2"}});
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

TEST(UnreadLosses, GoesOnFromAStateOfLateLossesToTheSameBits) {
  const recipe::Recipe recipe = narrow({{"epochs", "2"}, {"averaging.name", "ema"}});
  const std::string expected = weights_after(recipe);
  int asked = 0;
  Trainer stopped(recipe, samples(), {.unread_batches = 3}), resumed(recipe, samples(), {.unread_batches = 3});
  stopped.run({}, [&] { return ++asked == 3 ? std::optional(End::interrupted) : std::nullopt; });
  EXPECT_EQ(stopped.state().progress.batches, 3);
  copy_state(stopped.state(), resumed);
  resumed.run({}, never);
  EXPECT_EQ(nn::state_hash(resumed.state().network), expected);
}

TEST(UnreadLosses, AsksForItsStateBetweenLateLosses) {
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

TEST(UnreadLosses, NamesTheBatchOfALateLossThatIsNoNumber) {
  const recipe::Recipe diverging = small({{"schedule.max_lr", "1000"},
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

}  // namespace
}  // namespace reslab::train
