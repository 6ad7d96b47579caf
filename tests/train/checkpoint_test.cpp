#include "reslab/train/checkpoint.h"

#include <gtest/gtest.h>
#include <torch/version.h>

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/data/cifar10.h"
#include "reslab/train/weights_file.h"

namespace reslab::train {
namespace {

namespace fs = std::filesystem;

class Checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("reslab-checkpoint-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // A run of three short epochs that writes its checkpoints here; stopped after `epochs`.
  std::string train(std::int64_t epochs, bool resume) {
    Trainer trainer(recipe_, parts_, {});
    if (resume) resumed_ = restore_newest(folder_, trainer, identity_);
    CheckpointWriter writer(folder_, trainer, identity_);
    trainer.run({&writer}, [&]() -> std::optional<End> {
      return trainer.state().epoch >= epochs ? std::optional(End::terminated) : std::nullopt;
    });
    return nn::state_hash(trainer.state().network);
  }

  // The original's, narrow, set so, and then so.
  void take_recipe(const Overrides& set, const Overrides& more) {
    Overrides all{{"model.width", "4"}};
    all.insert(all.end(), set.begin(), set.end());
    all.insert(all.end(), more.begin(), more.end());
    recipe_ = load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml", all);
    identity_.recipe_hash = recipe_hash(recipe_);
  }

  fs::path file(int epoch) const { return folder_ / ("epoch-000" + std::to_string(epoch) + ".safetensors"); }

  void damage(const fs::path& path) { fs::resize_file(path, fs::file_size(path) - 1); }

  fs::path folder_;
  data::Parts parts_ = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10");
  Recipe recipe_ = load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml",
                               {{"model.width", "4"}, {"epochs", "3"}, {"data.batch_size", "100"}});
  CheckpointIdentity identity_{.recipe_hash = recipe_hash(recipe_), .precision = "fp32", .threads = 1};
  Resumed resumed_;
};

TEST_F(Checkpoint, ResumesToTheSameBits) {
  const std::string whole = train(3, false);
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  train(2, false);
  EXPECT_EQ(train(3, true), whole);
  EXPECT_EQ(resumed_.epoch, 2);
  EXPECT_FALSE(resumed_.differing);
}

TEST_F(Checkpoint, ResumesToTheSameBitsWithPartsOfTheirOwn) {
  recipe_ = load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", {{"model.width", "16"},
                                                                       {"model.group_width", "16"},
                                                                       {"epochs", "3"},
                                                                       {"data.batch_size", "100"},
                                                                       {"optimizer.whitening_epochs", "1.5"}});
  identity_.recipe_hash = recipe_hash(recipe_);
  const std::string whole = train(3, false);
  for (int epoch = 1; epoch <= 3; ++epoch) fs::remove(file(epoch));
  train(1, false);
  fs::remove(file(2));
  EXPECT_EQ(train(3, true), whole);
  EXPECT_EQ(resumed_.epoch, 1);
}

// All that has a state of its own.
TEST_F(Checkpoint, ResumesToTheSameBitsWhateverTheOptimiserAndTheAverage) {
  const std::vector<Overrides> variants = {
      {{"optimizer.name", "adamw"}, {"schedule.max_lr", "0.002"}},
      {{"averaging.name", "lookahead"}, {"averaging.every", "2"}},
      {{"averaging.name", "lookahead"}, {"averaging.every", "2"}, {"averaging.last_epochs", "1.5"}},
      {{"optimizer.freeze", "layer1_x"}, {"optimizer.freeze_epochs", "1.5"}},
      {{"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
      {{"averaging.name", "swa"}, {"averaging.every", "1"}, {"averaging.start_epoch", "1"}},
      {{"early_stopping.patience", "2"}, {"data.holdout", "50"}},
  };
  for (const Overrides& variant : variants) {
    take_recipe({{"epochs", "3"}, {"data.batch_size", "60"}}, variant);
    const std::string whole = train(3, false), what = variant.front().first + " " + variant.front().second;
    for (int epoch = 1; epoch <= 3; ++epoch) fs::remove(file(epoch));
    for (const std::int64_t stop : {1, 2}) {
      train(stop, false);
      EXPECT_EQ(train(3, true), whole) << what;
      EXPECT_EQ(resumed_.epoch, stop) << what;
      for (int epoch = 1; epoch <= 3; ++epoch) fs::remove(file(epoch));
    }
  }
}

// Means and counts of each epoch, which must not tell of an interruption either.
struct Sums final : Observer {
  std::vector<std::tuple<double, double, std::int64_t>> epochs;
  void on_epoch_done(const EpochDone& event) override {
    epochs.emplace_back(event.train_loss, event.train_accuracy, event.test.correct);
  }
};

class CheckpointWithin : public Checkpoint {
 protected:
  // To the end, or until the stop request was asked `batches` times.
  std::string train_until(int batches, bool resume, double seconds = 300) {
    Trainer trainer(recipe_, parts_, {});
    if (resume) resumed_ = restore_newest(folder_, trainer, identity_);
    CheckpointWriter writer(folder_, trainer, identity_, {.seconds = seconds});
    sums_ = {};
    trainer.run({&sums_, &writer},
                [&]() -> std::optional<End> { return --batches == 0 ? std::optional(End::terminated) : std::nullopt; });
    return nn::state_hash(trainer.state().network);
  }
  void empty() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  Sums sums_;
};

TEST_F(CheckpointWithin, ResumesToTheSameBitsFromAnyStep) {
  const std::vector<Overrides> variants = {
      {{"data.batch_size", "60"}},
      {{"data.batch_size", "40"}, {"optimizer.accumulate", "3"}},
      {{"data.batch_size", "60"}, {"optimizer.name", "adamw"}, {"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
  };
  for (const Overrides& variant : variants) {
    take_recipe({{"epochs", "2"}}, variant);
    empty();
    const std::string whole = train_until(0, false);
    const auto sums = sums_.epochs;
    for (const int stop : {1, 2, 4, 5}) {
      empty();
      train_until(stop, false);
      EXPECT_EQ(train_until(0, true), whole) << "stopped after " << stop;
      ASSERT_FALSE(sums_.epochs.empty());
      EXPECT_EQ(sums_.epochs.back(), sums.back()) << "stopped after " << stop;
      if (resumed_.epoch == 0) {
        EXPECT_EQ(sums_.epochs, sums);
      }
    }
  }
}

TEST_F(CheckpointWithin, GoesOnFromTheVeryBatch) {
  train_until(2, false);
  train_until(1, true);
  EXPECT_EQ(resumed_.epoch, 0);
  EXPECT_EQ(resumed_.batch, 2);
  EXPECT_TRUE(fs::exists(folder_ / "epoch-0000-batch-00002.safetensors"));
}

TEST_F(CheckpointWithin, IsWrittenEverySoOftenAndTheLastTwoAreKept) {
  const std::string whole = train_until(0, false, 1e-9);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"epoch-0002-batch-00003.json", "epoch-0002-batch-00003.safetensors",
                                             "epoch-0003.json", "epoch-0003.safetensors"}));
  // The epoch was trained to its last batch: what is missing is its evaluation.
  fs::remove(file(3));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.epoch, 2);
  EXPECT_EQ(resumed_.batch, 3);
  EXPECT_EQ(sums_.epochs.size(), 1U);
}

TEST_F(CheckpointWithin, RefusesMoreBatchesThanAnEpochHas) {
  train_until(2, false);
  const fs::path written = folder_ / "epoch-0000-batch-00002.safetensors";
  ASSERT_TRUE(fs::exists(written));
  const fs::path other = folder_ / "epoch-0000-batch-00007.safetensors";
  fs::rename(written, other);
  Manifest manifest = read_manifest(manifest_of(written));
  manifest.file = other.filename().string();
  write_manifest(manifest_of(other), manifest);
  EXPECT_THROW(train_until(0, true), core::UserError) << "the name says another batch than the file";
}

// A clock that goes backwards changes nothing: the position decides.
TEST_F(CheckpointWithin, TheNewestIsToldByItsPositionNotByTheClock) {
  const std::string whole = train_until(0, false, 1e-9);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 365);
  for (const char* const name : {"epoch-0003.json", "epoch-0003.safetensors"})
    fs::last_write_time(folder_ / name, long_ago);
  EXPECT_EQ(newest_whole(folder_), (Position{.epoch = 3}));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.epoch, 3);
}

TEST_F(CheckpointWithin, AKilledFirstSaveIsNoLoss) {
  const std::string whole = train_until(0, false);
  empty();
  train_until(1, false);
  const fs::path first = checkpoint_path(folder_, {.batch = 1});
  ASSERT_TRUE(fs::exists(first));
  fs::remove(manifest_of(first));
  EXPECT_EQ(unfinished_saves(folder_), std::set<std::string>{first.filename().string()});
  EXPECT_FALSE(newest_whole(folder_));
  EXPECT_EQ(train_until(0, true), whole);
  EXPECT_EQ(resumed_.passed_over.size(), 1U);
  EXPECT_TRUE(resumed_.path.empty());
}

// Asked to stop while it evaluates, a training stands at the epoch's last batch, as if it had not begun to.
TEST_F(CheckpointWithin, AnEvaluationIsGivenUpAndMadeAnew) {
  struct AfterTraining final : Observer {
    int left = 2;
    bool evaluating = false;
    void on_epoch_trained(const EpochDone&) override { evaluating = --left == 0; }
  };
  const std::vector<Overrides> variants = {
      {},
      {{"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
      {{"early_stopping.patience", "2"}, {"data.holdout", "50"}},
  };
  for (const Overrides& variant : variants)
    for (const int polls : {1, 2}) {  // in the hold-out's or the test's evaluation
      take_recipe({{"epochs", "3"}, {"data.batch_size", "60"}}, variant);
      empty();
      const std::string whole = train_until(0, false);
      const auto sums = sums_.epochs;
      empty();
      {
        Trainer trainer(recipe_, parts_, {});
        CheckpointWriter writer(folder_, trainer, identity_);
        AfterTraining watcher;
        int asked = 0;
        const TrainingDone done = trainer.run({&watcher, &writer}, [&]() -> std::optional<End> {
          return watcher.evaluating && ++asked >= polls ? std::optional(End::interrupted) : std::nullopt;
        });
        EXPECT_EQ(done.end, End::interrupted);
        EXPECT_EQ(done.epochs_done, 1);
      }
      EXPECT_EQ(train_until(0, true), whole);
      EXPECT_EQ(resumed_.epoch, 1);
      EXPECT_EQ(sums_.epochs.front(), sums[1]);
      EXPECT_EQ(sums_.epochs.back(), sums.back());
    }
}

TEST_F(Checkpoint, KeepsTheLastTwo) {
  train(3, false);
  EXPECT_FALSE(fs::exists(file(1)));
  EXPECT_TRUE(fs::exists(file(2)));
  EXPECT_TRUE(fs::exists(file(3)));
}

TEST_F(Checkpoint, PassesOverADamagedOne) {
  const std::string whole = train(3, false);
  damage(file(3));
  EXPECT_EQ(train(3, true), whole);
  EXPECT_EQ(resumed_.epoch, 2);
  ASSERT_EQ(resumed_.passed_over.size(), 1U);
  EXPECT_NE(resumed_.passed_over[0].find("epoch-0003"), std::string::npos);
}

TEST_F(Checkpoint, PassesOverOneWithoutAManifest) {
  const std::string whole = train(3, false);
  fs::remove(manifest_of(file(3)));
  EXPECT_EQ(train(3, true), whole);
  EXPECT_EQ(resumed_.epoch, 2);
  ASSERT_EQ(resumed_.passed_over.size(), 1U);
  EXPECT_NE(resumed_.passed_over[0].find("has no manifest"), std::string::npos) << resumed_.passed_over[0];
}

// It may be whole: an older one would in the end take its place.
TEST_F(Checkpoint, DoesntPassOverOneThatTheSystemWontOpen) {
  train(3, false);
  for (const fs::path& path : {file(3), manifest_of(file(3))}) {
    fs::rename(path, folder_ / "aside");
    fs::create_symlink(path, path);  // ELOOP, for root too
    EXPECT_ANY_THROW(train(3, true)) << path;
    fs::remove(path);
    fs::rename(folder_ / "aside", path);
  }
  train(3, true);
  EXPECT_EQ(resumed_.epoch, 3);
}

TEST_F(Checkpoint, NamesTheDamagedSection) {
  train(3, false);
  std::string bytes = core::read_text(file(3));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  core::write_file(file(3), bytes);
  train(3, true);
  EXPECT_EQ(resumed_.epoch, 2);
  ASSERT_EQ(resumed_.passed_over.size(), 1U);
  const std::string last = read_manifest(manifest_of(file(2))).checksums.sections.back().name;
  EXPECT_NE(resumed_.passed_over[0].find("damage in its section " + last), std::string::npos)
      << resumed_.passed_over[0];
}

TEST_F(Checkpoint, RemovesWhatKilledProcessesLeft) {
  train(1, false);
  const std::vector<std::string> left = {"epoch-0001.safetensors.12.0.part", "epoch-0001-batch-00001.safetensors",
                                         "epoch-0000-batch-00002.json", "epoch-0009.safetensors"};
  for (const std::string& name : left) core::write_file(folder_ / name, "x");
  core::write_file(folder_ / "notes.txt", "mine");
  train(2, true);
  for (const std::string& name : left) EXPECT_FALSE(fs::exists(folder_ / name)) << name;
  EXPECT_TRUE(fs::exists(folder_ / "notes.txt"));
  EXPECT_TRUE(fs::exists(file(1)) && fs::exists(file(2)));
}

// A stop before anything was trained writes nothing: the file it came from is never open to damage.
TEST_F(Checkpoint, AStopAtOnceLeavesTheFilesAlone) {
  train(1, false);
  fs::remove(file(2));
  const auto before = fs::last_write_time(file(1));
  train(1, true);
  EXPECT_EQ(fs::last_write_time(file(1)), before);
}

TEST_F(Checkpoint, SaysHowFarTheLogsHadCome) {
  Trainer trainer(recipe_, parts_, {});
  CheckpointWriter writer(folder_, trainer, identity_,
                          {.sync_logs = [] { return std::vector<LogMark>{{.file = "metrics.csv", .bytes = 42}}; }});
  trainer.run({&writer}, [&] { return trainer.state().epoch >= 1 ? std::optional(End::terminated) : std::nullopt; });
  Trainer next(recipe_, parts_, {});
  EXPECT_EQ(restore_newest(folder_, next, identity_).logs,
            (std::vector<LogMark>{{.file = "metrics.csv", .bytes = 42}}));
}

TEST_F(Checkpoint, RefusesWhenNoneIsUsable) {
  train(1, false);
  damage(file(1));
  EXPECT_THROW(train(3, true), core::UserError);
}

TEST_F(Checkpoint, RefusesAnotherRecipes) {
  train(1, false);
  identity_.recipe_hash = "somebody else's";
  try {
    train(3, true);
    FAIL() << "a checkpoint of another recipe was taken";
  } catch (const core::UserError& error) {
    EXPECT_NE(error.parts().found.find("another recipe"), std::string::npos) << error.what();
  }
}

TEST_F(Checkpoint, SaysWhenPrecisionOrThreadsDiffer) {
  train(1, false);
  identity_.threads = 2;
  train(2, true);
  ASSERT_TRUE(resumed_.differing);
  EXPECT_EQ(resumed_.differing->threads, 1);
}

TEST_F(Checkpoint, SaysWhenAnotherEngineGoesOn) {
  identity_.engine = "libtorch 1.0";
  train(1, false);
  identity_.engine = engine({});
  EXPECT_NE(identity_.engine.find("libtorch " TORCH_VERSION), std::string::npos);
  train(2, true);
  ASSERT_TRUE(resumed_.differing);
  EXPECT_EQ(describe(*resumed_.differing), "cpu, fp32, 1 thread, libtorch 1.0");
}

TEST_F(Checkpoint, RefusesOtherData) {
  identity_.data = "0123456789abcdef of a fingerprint";
  train(1, false);
  identity_.data = "fedcba9876543210 of another";
  try {
    train(3, true);
    FAIL() << "a run went on with other data";
  } catch (const core::UserError& error) {
    EXPECT_NE(error.parts().found.find("0123456789ab"), std::string::npos) << error.what();
  }
}

TEST_F(Checkpoint, AFileThatSaysNoDataIsTaken) {
  train(1, false);
  identity_.data = "fedcba9876543210 of the data here";
  train(2, true);
  EXPECT_EQ(resumed_.epoch, 1);
  EXPECT_FALSE(resumed_.differing);
}

TEST_F(Checkpoint, AFileThatSaysNoEngineDiffersInNothing) {
  train(1, false);
  identity_.engine = engine({});
  train(2, true);
  EXPECT_FALSE(resumed_.differing);
}

TEST_F(Checkpoint, BeginsAnewWhereThereIsNone) {
  train(1, true);
  EXPECT_EQ(resumed_.epoch, 0);
  EXPECT_TRUE(resumed_.path.empty());
}

TEST_F(Checkpoint, WeightsThatClaimALargerNetworkThanTheyHoldAreRefused) {
  Trainer trainer(recipe_, parts_, {});
  for (const char* claim : {R"({"width":4096})", R"({"width":5})"}) {
    NetworkDescription description = describe_network(recipe_, parts_.train, trainer.normalizer(), "fp32");
    description.weights.model_options = claim;
    const fs::path path = folder_ / "weights.safetensors";
    save_network(path, trainer.network(), description);
    try {
      load_network(path);
      FAIL() << claim;
    } catch (const core::UserError& error) {
      EXPECT_NE(error.parts().allowed.find("as the model in its metadata has"), std::string::npos) << error.what();
    }
  }
}

TEST_F(Checkpoint, WeightsCarryAllThatIsNeededToUseThem) {
  Trainer trainer(recipe_, parts_, {});
  const NetworkDescription description = describe_network(recipe_, parts_.train, trainer.normalizer(), "fp32");
  const fs::path path = folder_ / "weights.safetensors";
  save_network(path, trainer.network(), description);
  const LoadedNetwork loaded = load_network(path);
  EXPECT_EQ(nn::state_hash(nn::state_of(*loaded.network)), nn::state_hash(nn::state_of(trainer.network())));
  EXPECT_FALSE(loaded.network->is_training());
  EXPECT_EQ(loaded.description.weights.classes, parts_.train.classes);
  EXPECT_EQ(loaded.description.weights.mean, trainer.normalizer().mean());
  trainer.network().eval();
  const at::Tensor x = at::ones({1, 3, 32, 32});
  EXPECT_TRUE(at::equal(loaded.network->forward(x), trainer.network().forward(x)));  // softmax included
}

}  // namespace
}  // namespace reslab::train
