// A narrow network whose trainings write checkpoints into a folder of their own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

#include "reslab/data/cifar10.h"
#include "reslab/nn/state.h"
#include "reslab/train/checkpoint.h"

namespace reslab::train {

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
    Trainer trainer(recipe_, splits_, {});
    if (resume) resumed_ = restore_newest(folder_, trainer, identity_);
    CheckpointWriter writer(folder_, trainer, identity_);
    trainer.run({&writer}, [&]() -> std::optional<End> {
      return trainer.state().epoch >= epochs ? std::optional(End::terminated) : std::nullopt;
    });
    return nn::state_hash(trainer.state().network);
  }

  // The original's, narrow, set so, and then so.
  void take_recipe(const recipe::Overrides& set, const recipe::Overrides& more) {
    recipe::Overrides all{{"model.width", "4"}};
    all.insert(all.end(), set.begin(), set.end());
    all.insert(all.end(), more.begin(), more.end());
    recipe_ = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml", all);
    identity_.recipe_hash = recipe_hash(recipe_);
  }

  fs::path file(int epoch) const { return folder_ / ("epoch-000" + std::to_string(epoch) + ".safetensors"); }

  void damage(const fs::path& path) { fs::resize_file(path, fs::file_size(path) - 1); }

  fs::path folder_;
  data::Splits splits_ = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10");
  recipe::Recipe recipe_ = recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/original.toml",
                                               {{"model.width", "4"}, {"epochs", "3"}, {"data.batch_size", "100"}});
  CheckpointIdentity identity_{.recipe_hash = recipe_hash(recipe_), .precision = "fp32", .threads = 1};
  Resumed resumed_;
};

}  // namespace reslab::train
