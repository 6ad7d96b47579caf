#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <cmath>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/serialization/safetensors.h"
#include "reslab/train/weights_file.h"
#include "support/message.h"
#include "train/checkpoint_fixture.h"

namespace reslab::train {
namespace {

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
  recipe_ = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/airbench94.toml", {{"model.width", "16"},
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
  const std::vector<recipe::Overrides> variants = {
      {{"optimizer.name", "adamw"}, {"schedule.max_lr", "0.002"}},
      {{"averaging.name", "lookahead"}, {"averaging.every", "2"}},
      {{"averaging.name", "lookahead"}, {"averaging.every", "2"}, {"averaging.last_epochs", "1.5"}},
      {{"optimizer.freeze", "layer1_x"}, {"optimizer.freeze_epochs", "1.5"}},
      {{"averaging.name", "ema"}, {"averaging.decay", "0.5"}},
      {{"averaging.name", "swa"}, {"averaging.every", "1"}, {"averaging.start_epoch", "1"}},
      {{"early_stopping.patience", "2"}, {"data.holdout", "50"}},
  };
  for (const recipe::Overrides& variant : variants) {
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

TEST_F(Checkpoint, NamesTheFileThatIsDamaged) {
  train(3, false);
  damage(manifest_of(file(3)));
  train(3, true);
  EXPECT_EQ(resumed_.epoch, 2);
  ASSERT_EQ(resumed_.passed_over.size(), 1U);
  EXPECT_TRUE(resumed_.passed_over[0].starts_with(manifest_of(file(3)).string() + ": ")) << resumed_.passed_over[0];
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

// Whole, and of this recipe: a program of another version wrote it, or reads it.
TEST_F(Checkpoint, DoesntPassOverOneThatHoldsOtherTensors) {
  train(2, false);
  recipe_ = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml",
                                {{"model.width", "8"}, {"epochs", "3"}, {"data.batch_size", "100"}});
  const std::string said = support::message_of<core::UserError>([&] { train(3, true); });
  EXPECT_TRUE(support::contains(said, "load the tensors of " + file(2).string())) << said;
  EXPECT_TRUE(fs::exists(file(1)) && fs::exists(file(2)));
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
  Trainer trainer(recipe_, splits_, {});
  CheckpointWriter writer(folder_, trainer, identity_,
                          {.sync_logs = [] { return std::vector<LogMark>{{.file = "metrics.csv", .bytes = 42}}; }});
  trainer.run({&writer}, [&] { return trainer.state().epoch >= 1 ? std::optional(End::terminated) : std::nullopt; });
  Trainer next(recipe_, splits_, {});
  EXPECT_EQ(restore_newest(folder_, next, identity_).logs,
            (std::vector<LogMark>{{.file = "metrics.csv", .bytes = 42}}));
}

// A step can leave it so whose loss was finite. What was saved before stays, and is gone on from.
TEST_F(Checkpoint, WhatIsNoFiniteNumberIsNotSaved) {
  train(1, false);
  const std::string before = core::read_text(file(1));
  for (const bool momentum : {false, true}) {
    Trainer trainer(recipe_, splits_, {});
    restore_newest(folder_, trainer, identity_);
    CheckpointWriter writer(folder_, trainer, identity_);
    const TrainerState state = trainer.state();
    const at::NoGradGuard no_grad;
    at::Tensor(momentum ? state.momenta[1].buffer : state.network[1].second).fill_(std::nanf(""));
    const std::string said = support::message_of<core::UserError>([&] { writer.on_epoch_done({}); });
    EXPECT_TRUE(support::contains(said, "training diverged; the first that is no finite number: ")) << said;
    EXPECT_TRUE(support::contains(said, momentum ? state.momenta[1].name : state.network[1].first)) << said;
  }
  EXPECT_EQ(core::read_text(file(1)), before);
  EXPECT_EQ(newest_whole(folder_), (Position{.epoch = 1}));
}

// It is found at the end of the epoch, before the evaluation and before anything is written.
TEST_F(Checkpoint, ATrainingThatLeavesTheFiniteNumbersEndsBeforeItSaves) {
  struct Poison final : Observer {
    explicit Poison(Trainer& its_trainer) : trainer(its_trainer) {}
    void on_batch_done(const BatchDone& event) override {
      const at::NoGradGuard no_grad;
      if (event.batch + 1 == event.batches) trainer.state().network[1].second.fill_(std::nanf(""));
    }
    void on_epoch_done(const EpochDone&) override { saved = true; }
    Trainer& trainer;
    bool saved = false;
  };
  Trainer trainer(recipe_, splits_, {});
  Poison poison(trainer);
  const std::string said = support::message_of<core::UserError>([&] { trainer.run({&poison}, {}); });
  EXPECT_TRUE(support::contains(said, "training diverged")) << said;
  EXPECT_FALSE(poison.saved);
}

// A file may be whole to its checksum and hold what no training goes on from.
TEST_F(Checkpoint, WhatIsNoFiniteNumberIsNotGoneOnFrom) {
  train(2, false);
  const auto poison = [&](int epoch) {
    serialization::SafetensorsFile whole = serialization::read_safetensors(file(epoch));
    for (serialization::NamedTensor& each : whole.tensors)
      if (each.name == "momentum.FC.weight") each.tensor.view({-1})[3].fill_(std::nanf(""));
    Manifest manifest = read_manifest(manifest_of(file(epoch)));
    manifest.checksums = serialization::write_safetensors(file(epoch), whole.tensors, whole.metadata);
    write_manifest(manifest_of(file(epoch)), manifest);
  };
  poison(2);
  Trainer older(recipe_, splits_, {});
  const Resumed resumed = restore_newest(folder_, older, identity_);
  EXPECT_EQ(resumed.epoch, 1);
  ASSERT_EQ(resumed.passed_over.size(), 1U);
  EXPECT_TRUE(support::contains(resumed.passed_over[0], "\"momentum.FC.weight\" holds values that aren't finite"))
      << resumed.passed_over[0];
  poison(1);
  Trainer none(recipe_, splits_, {});
  const std::string said = support::message_of<core::UserError>([&] { restore_newest(folder_, none, identity_); });
  EXPECT_TRUE(support::contains(said, "no checkpoint there can be used") &&
              support::contains(said, "momentum.FC.weight"))
      << said;
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

// Also where no kernel of ours computes: operations change there, too.
TEST_F(Checkpoint, TheEngineSaysItsRevisionOnEveryDevice) {
  const std::string revision = " kernels, revision " + std::to_string(kernel_revision);
  for (const c10::DeviceType device : {c10::kCPU, c10::kCUDA}) {
    const std::string text = engine({.device = device});
    EXPECT_NE(text.find(revision), std::string::npos) << text;
  }
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
  Trainer trainer(recipe_, splits_, {});
  for (const char* claim : {R"({"width":4096})", R"({"width":5})"}) {
    NetworkDescription description = describe_network(recipe_, splits_.info(), trainer.transform(), "fp32");
    description.weights.model_options = claim;
    const fs::path path = folder_ / "weights.safetensors";
    save_network(path, trainer.network(), description);
    try {
      load_network(path);
      FAIL() << claim;
    } catch (const core::UserError& error) {
      EXPECT_NE(error.parts().allowed.find(", as a custom_resnet of its options (width "), std::string::npos)
          << error.what();
    }
  }
}

TEST_F(Checkpoint, WeightsCarryAllThatIsNeededToUseThem) {
  Trainer trainer(recipe_, splits_, {});
  const NetworkDescription description = describe_network(recipe_, splits_.info(), trainer.transform(), "fp32");
  const fs::path path = folder_ / "weights.safetensors";
  save_network(path, trainer.network(), description);
  const LoadedNetwork loaded = load_network(path);
  EXPECT_EQ(nn::state_hash(nn::state_of(*loaded.network)), nn::state_hash(nn::state_of(trainer.network())));
  EXPECT_FALSE(loaded.network->is_training());
  EXPECT_EQ(loaded.description.weights.classes, splits_.train.classes());
  EXPECT_EQ(loaded.description.weights.mean, trainer.transform().normalizer.mean());
  trainer.network().eval();
  const at::Tensor x = at::ones({1, 3, 32, 32});
  EXPECT_TRUE(at::equal(loaded.network->forward(x), trainer.network().forward(x)));  // softmax included
}

}  // namespace
}  // namespace reslab::train
