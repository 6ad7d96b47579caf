// What is looked at: a network that was trained, what it computes with, and the data set that it belongs to.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/data/batch_maker.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/compute.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/weights_file.h"

namespace reslab::report {

struct OpenedRun {
  std::optional<track::RunFolder> folder;  ///< none for a file of weights alone
  std::filesystem::path weights;
  std::shared_ptr<models::Network> network;  ///< in evaluation mode, on the device
  train::NetworkDescription description;
  train::Compute compute;
  data::Splits splits;                 ///< `train` is without the hold-out where that was asked for
  std::optional<data::Split> holdout;  ///< where it was asked for: the images that the run held out of its training
  std::string split_name;              ///< "test", "train" or "holdout"
  std::int64_t batch_size = 512;       ///< samples, the recipe's
  train::ViewOptions views{};          ///< of a test image, the recipe's
  std::int64_t limit_batches = 0;      ///< that an epoch of its training was cut to, the recipe's; 0: it wasn't
  bool some_skipped = false;           ///< whether pictures of the data set are left out
  /// Where the file of a sample is, by its id; empty where samples aren't files.
  std::function<std::string(std::int64_t id)> file_of = {};
  /// Ids of test pictures that are, to the byte, pictures of the training or its hold-out as well; ascending.
  std::vector<std::int64_t> seen_in_training = {};

  /// The split of the data set that was asked for.
  const data::Split& split() const { return holdout ? *holdout : split_name == "train" ? splits.train : splits.test; }
  /// Its batches as the network wants them, without augmentation.
  data::BatchSource source() const;
  /// Likewise of any other samples of this data set.
  data::BatchSource source(const data::Split& samples) const;
  const std::vector<std::string>& classes() const { return description.weights.classes; }
};

}  // namespace reslab::report
