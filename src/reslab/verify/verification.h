// Trainings of one recipe that are killed and resumed until they are over, each compared with one that was left in
// peace.
//
//   Verification verification({.program = "/usr/bin/reslab", .folder = folder});   // with a recipe.toml in it
//   verification.train_whole();
//   while (!verification.is_done()) verification.train_killed();
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reslab/core/random.h"
#include "reslab/verify/killed_training.h"

namespace reslab::verify {

struct VerificationOptions {
  std::string program;             ///< of reslab
  std::filesystem::path folder;    ///< canonical; it holds recipe.toml, and runs are made in it
  std::vector<std::string> flags;  ///< the same for `train` and `resume`
  int kills = 6;                   ///< at least so many, half of them within a save; ≥ 1
  std::uint64_t kill_seed = 1;     ///< of the moments when to kill
  bool keep_runs = false;          ///< otherwise a run is removed once it was found the same
  std::function<bool()> stop = {};
  std::function<void(const std::string&)> say = {};  ///< gets a line about each training
};

/// What was counted.
struct Tally {
  int kills = 0, runs = 0, same = 0;
  std::array<int, 4> residues{};  ///< by Residue

  int count(Residue what) const { return residues[static_cast<std::size_t>(what)]; }
  int within_saves() const { return kills - count(Residue::nothing); }
};

class Verification {
 public:
  explicit Verification(VerificationOptions options) : options_(std::move(options)) {}

  /// The training that is left in peace: what the others must be like, and how long things take. Throws as
  /// KilledTraining::attempt does.
  void train_whole();

  /// One training, killed once or twice where it doesn't end before, and resumed to its end. Requires: train_whole was
  /// called. Throws TrainingFault where it isn't what the whole one is, and as KilledTraining::attempt does.
  void train_killed();

  /// Whether there were as many kills as were asked for, and half of them within saves; or four times as many, where
  /// saves are too short to be hit.
  bool is_done() const;

  const Tally& tally() const { return tally_; }

 private:
  KilledTrainingOptions training(const std::string& name, double checkpoint_minutes) const;
  KillPoint next_kill(core::Random& random) const;
  void compare(const track::RunFolder& run, const std::string& story);
  void say(const std::string& line) const;

  VerificationOptions options_;
  track::RunFolder whole_;
  double whole_seconds_ = 0, batch_seconds_ = 0;
  int batches_ = 0;
  Tally tally_;
};

}  // namespace reslab::verify
