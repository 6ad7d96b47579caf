// A training in a process of its own, which is killed (SIGKILL) where it hurts, and taken up again until it is over.
//
//   KilledTraining training({.program = {…, "train", …}, .run = …});
//   const Life life = training.live(Strike{.within_save = true});
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reslab/cli/save_watch.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/checkpoint.h"

namespace reslab::cli {

/// When to kill.
struct Strike {
  /// So long after the start of the process; or, within a save, after the stage named below.
  double seconds = 0;
  /// Within a save: the first `saves_to_pass` are let pass, and then it comes after this stage. Nothing: at any moment.
  std::optional<SaveStage> stage = std::nullopt;
  int saves_to_pass = 0;
};

/// What a kill left in the checkpoint folder, and so in which part of a save it came.
enum class Left {
  nothing,        ///< it came between saves
  half_payload,   ///< a temporary file
  payload_alone,  ///< a payload without its manifest
  half_manifest,  ///< both of those, the temporary file being the manifest's
};

/// A process from its start to its end.
struct Life {
  bool killed = false;  ///< it ended before, otherwise, with exit code 0
  Left left = Left::nothing;
  std::optional<train::Position> resumed_from;  ///< nothing: it began anew
  double seconds = 0;
};

struct KilledTrainingOptions {
  std::string program;             ///< of reslab
  std::filesystem::path recipe;    ///< a .toml
  std::filesystem::path runs;      ///< where the run's folder is made
  std::string name;                ///< of the run
  std::vector<std::string> flags;  ///< the same for `train` and `resume`
};

class KilledTraining {
 public:
  explicit KilledTraining(KilledTrainingOptions options);

  /// Begins the run, or takes it up where it stands, and kills the process as `strike` says; without one it trains to
  /// the end. Throws, with what the process said: UserError when it ends with exit code 2; InternalError when it ends
  /// otherwise than by the kill or well, when a checkpoint that was whole is so no more, or when the training doesn't
  /// go on from the newest.
  Life live(const std::optional<Strike>& strike);

  const track::RunFolder& run() const { return run_; }

 private:
  std::vector<std::string> command() const;
  std::string said() const;
  [[noreturn]] void fail(const std::string& found) const;
  void check_end(int exit_code) const;
  void check_resumption(const std::optional<train::Position>& newest) const;
  Left left_by_kill(const std::set<std::string>& before) const;

  KilledTrainingOptions options_;
  track::RunFolder run_;
  std::filesystem::path output_;  // of the latest process
};

}  // namespace reslab::cli
