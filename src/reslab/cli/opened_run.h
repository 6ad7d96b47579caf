// What `evaluate`, `mistakes`, `explain` and `report` start from: a network that was trained, what it computes with,
// and the data set that it belongs to.
//
//   add_run_options(app, flags);
//   … later:
//   OpenedRun run = open_run(flags, "evaluate");
//   train::evaluate(*run.network, run.source(), run.compute, …);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reslab/cli/data_options.h"
#include "reslab/cli/described_network.h"
#include "reslab/cli/opened_data.h"
#include "reslab/data/batch_maker.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/compute.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {

struct RunFlags {
  std::string run;               ///< path or name of a run, or a .safetensors file; "": the newest run
  std::string runs = "runs";     ///< --runs-dir
  std::string weights = "last";  ///< --weights: "last" or "best"
  std::string split = "test";    ///< --split: "test", "train" or "holdout"
  DataFlags data;
  DescriptionFlags description;        ///< of a file of weights that doesn't say what it holds
  const OpenedData* opened = nullptr;  ///< the data of the run's training where that has just ended; null: opened
  train::ComputeRequest compute;
};

/// Adds the options, those of the run itself and of a file's description included. `flags` must live until they were
/// read.
void add_run_options(CLI::App& app, RunFlags& flags);

/// The same without the run itself, for subcommands that take several.
void add_network_options(CLI::App& app, RunFlags& flags);

/// The same without --split as well.
void add_opening_options(CLI::App& app, RunFlags& flags);

struct OpenedRun {
  std::optional<track::RunFolder> folder;  ///< none for a file of weights alone
  std::filesystem::path weights;
  std::shared_ptr<models::Network> network;  ///< in evaluation mode, on the device
  train::NetworkDescription description;
  train::Compute compute;
  std::shared_ptr<const pictures::OpenedPictures> pictures;  ///< null where the data set isn't picture files
  data::Splits splits;                 ///< `train` is without the hold-out where that was asked for
  std::optional<data::Split> holdout;  ///< where it was asked for: the images that the run held out of its training
  std::string split_name;              ///< "test", "train" or "holdout"
  std::int64_t batch_size = 512;       ///< samples, the recipe's
  train::ViewOptions views{};          ///< of a test image, the recipe's
  std::int64_t limit_batches = 0;      ///< that an epoch of its training was cut to, the recipe's; 0: it wasn't

  /// The split of the data set that was asked for.
  const data::Split& split() const { return holdout ? *holdout : split_name == "train" ? splits.train : splits.test; }
  /// Its batches as the network wants them, without augmentation.
  data::BatchSource source() const;
  /// Likewise of any other samples of this data set.
  data::BatchSource source(const data::Split& samples) const;
  const std::vector<std::string>& classes() const { return description.weights.classes; }
};

/// Opens the run and its data set (fetched when missing). `verb` stands in error messages ("evaluate the run …").
/// Throws UserError when there is no such run, it has no weights or no hold-out where that was asked for, its weights
/// aren't finite or don't say what they are, or the data set has other classes or channels.
OpenedRun open_run(const RunFlags& flags, const std::string& verb);

}  // namespace reslab::cli
