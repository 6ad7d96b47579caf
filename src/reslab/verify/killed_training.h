// A training in a process of its own, which is killed (SIGKILL) where it hurts, and taken up again until it is over.
//
//   KilledTraining training({.program = "/usr/bin/reslab", .recipe = …, .runs = …, .name = "run"});
//   const Attempt attempt = training.attempt(KillPoint{.stage = SaveStage::payload_begun});
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reslab/track/run_folder.h"
#include "reslab/train/checkpoint.h"
#include "reslab/verify/save_watch.h"

namespace reslab::verify {

/// When to kill.
struct KillPoint {
  /// So long after the start of the process; or, where a stage is named, after that.
  double seconds = 0;
  /// Within a save: the first `saves_to_pass` are let pass, and then it comes after this stage. Nothing: at any moment.
  std::optional<SaveStage> stage = std::nullopt;
  int saves_to_pass = 0;
};

/// What a kill left in the checkpoint folder, and so in which part of a save it came.
enum class Residue {
  nothing,        ///< it came between saves
  half_payload,   ///< a temporary file
  payload_alone,  ///< a payload without its manifest
  half_manifest,  ///< both of those, the temporary file being the manifest's
};

/// A process from its start to its end.
struct Attempt {
  bool killed = false;  ///< it ended before, otherwise, with exit code 0
  Residue residue = Residue::nothing;
  double seconds = 0;
};

struct KilledTrainingOptions {
  std::string program;              ///< of reslab
  std::filesystem::path recipe;     ///< a .toml
  std::filesystem::path runs;       ///< where the run's folder is made; canonical
  std::string name;                 ///< of the run
  std::vector<std::string> flags;   ///< the same for `train` and `resume`
  std::function<bool()> stop = {};  ///< asked every now and then: whether to kill the process and leave it at that
};

/// A training did what it must not.
class TrainingFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It was asked to stop.
struct TrainingStopped {};

class KilledTraining {
 public:
  explicit KilledTraining(KilledTrainingOptions options);

  /// Begins the run, or takes it up where it stands, and kills the process at the point; without one it trains to the
  /// end. Throws TrainingFault, with what the process said, when it ends otherwise than by the kill or well, when a
  /// checkpoint that was whole is so no more, or when the training doesn't go on from the newest; TrainingStopped.
  Attempt attempt(const std::optional<KillPoint>& point);

  const track::RunFolder& run() const { return run_; }

 private:
  // Names and times of what unfinished saves left.
  using Residues = std::map<std::string, std::filesystem::file_time_type>;

  std::vector<std::string> command() const;
  std::string said() const;
  [[noreturn]] void fail(const std::string& found) const;
  void check_resumption(const std::optional<train::Position>& newest) const;
  Residues residues() const;
  Residue residue_since(const Residues& before) const;

  KilledTrainingOptions options_;
  track::RunFolder run_;
  std::filesystem::path output_;  // of the latest process
};

}  // namespace reslab::verify
