// Checkpoints: the state between two steps in one safetensors file, from which a run goes on as if it had never ended.
//
//   runs/x/checkpoint/epoch-0007.safetensors                after 7 finished epochs
//   runs/x/checkpoint/epoch-0007-batch-00042.safetensors    and 42 batches of the next
//     network.<name>     parameters and buffers, under PyTorch's names
//     momentum.<name>    the optimiser's buffers
//     average.<name>     averages of the weights, where the recipe asks for them; how often: average.count
//     patience           where the recipe may stop early: best on the hold-out (Patience::state), and epochs since
//     metadata           reslab.epoch, reslab.batch and the epoch's sums so far (reslab.samples, reslab.correct,
//                        reslab.loss_sum, reslab.seconds); reslab.recipe (hash), reslab.device, reslab.precision,
//                        reslab.threads, reslab.engine, reslab.data (fingerprint)
//
// Each has a manifest beside it (train/manifest.h), written last; without one, or where file and manifest differ, a
// checkpoint isn't used. Files are written durably under a temporary name and read back; the last two are kept.
#pragma once

#include <chrono>
#include <compare>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "reslab/train/manifest.h"
#include "reslab/train/trainer.h"

namespace reslab::train {

/// What must be the same for a resumed run to compute the same.
struct CheckpointIdentity {
  std::string recipe_hash;
  std::string device = "cpu";
  std::string precision;  ///< "fp32" or "bf16"
  int threads = 1;
  std::string engine;  ///< see train::engine; "" in a file that doesn't say
  std::string data;    ///< data::fingerprint; "" in a file that doesn't say

  friend bool operator==(const CheckpointIdentity&, const CheckpointIdentity&) = default;
};

/// To be raised whenever the same recipe and seed come to other bits than before, on whichever device: by a kernel of
/// ours that rounds otherwise, or by other operations in its place. Records and checkpoints say it.
inline constexpr int kernel_revision = 6;

/// What computes: libtorch's version, the kernels of our own that this device uses, or libtorch's, with the revision;
/// libtorch's choice of vector instructions (ATEN_CPU_CAPABILITY), and the processor.
std::string engine(const Compute& compute);

/// "cpu, fp32, 2 threads, libtorch 2.13.0 with AVX2 kernels, revision 4, vectors AVX2, on AMD EPYC (family 25, model
/// 1)".
std::string describe(const CheckpointIdentity& identity);

/// Writes payload and manifest, and reads the payload back. `logs` have been flushed to the disk.
void write_checkpoint(const std::filesystem::path& path, const TrainerState& state, const CheckpointIdentity& identity,
                      const std::vector<LogMark>& logs = {});

/// What resume found.
struct Resumed {
  std::int64_t epoch = 0;                   ///< epochs finished
  std::int64_t batch = 0;                   ///< batches of the next; both 0: the run starts anew
  std::filesystem::path path;               ///< empty when there is none
  std::vector<std::string> passed_over;     ///< newer files that couldn't be used, with the reason
  std::set<std::filesystem::path> damaged;  ///< their paths
  std::optional<CheckpointIdentity>
      differing;              ///< the file's, when device, precision, threads or engine differ: not bit-identical
  std::vector<LogMark> logs;  ///< how far they had come
};

/// How far a training had come: finished epochs, and batches of the next.
struct Position {
  std::int64_t epoch = 0, batch = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Where the checkpoint of a state lies in `folder`.
std::filesystem::path checkpoint_path(const std::filesystem::path& folder, const Position& position);

/// The position that a payload's or a manifest's name stands for; nothing where it is no checkpoint's.
std::optional<Position> position_of(const std::filesystem::path& path);

/// The newest checkpoint in `folder` that is to the byte as its manifest says; nothing when none is. Throws UserError
/// when the system doesn't let a newer one be read, as the next two do.
std::optional<Position> newest_whole(const std::filesystem::path& folder);

/// What saves that did not come to their end left in `folder`, by name: temporary files, and payloads without manifest.
std::set<std::string> unfinished_saves(const std::filesystem::path& folder);

/// Under which identity the newest readable checkpoint was written; nothing when there is none.
std::optional<CheckpointIdentity> newest_identity(const std::filesystem::path& folder);

/// Restores the newest checkpoint in `folder` that is as its manifest says and fits the trainer. Throws UserError when
/// one is of another recipe or of other data, and when none can be used though one was once whole.
Resumed restore_newest(const std::filesystem::path& folder, Trainer& trainer, const CheckpointIdentity& identity);

/// Removes all checkpoints but `kept` and the newest one before it that has a manifest and isn't among the `damaged`,
/// and what killed processes left. No other process may write there.
void prune_checkpoints(const std::filesystem::path& kept, const std::set<std::filesystem::path>& damaged = {});

struct CheckpointWriterOptions {
  double seconds = 300;  ///< above 0
  /// Flushes the files that grow with the training to the disk, and says how far they are.
  std::function<std::vector<LogMark>()> sync_logs = {};
  std::set<std::filesystem::path> damaged = {};  ///< Resumed::damaged: they go with the first save
};

/// Writes a checkpoint after every epoch, after so many seconds within one, and when a training ends within one;
/// removes all but the last two. What killed processes left behind in the folder goes, too.
class CheckpointWriter final : public Observer {
 public:
  /// `trainer` must outlive this. `folder` exists, and no other process writes there.
  CheckpointWriter(std::filesystem::path folder, Trainer& trainer, CheckpointIdentity identity,
                   CheckpointWriterOptions options = {});

  void on_batch_done(const BatchDone& event) override;
  void on_epoch_done(const EpochDone& event) override;
  void on_training_done(const TrainingDone& event) override;

  std::int64_t saves() const { return saves_; }
  double seconds() const { return seconds_; }  ///< that all saves took

 private:
  void write();

  std::filesystem::path folder_;
  Trainer& trainer_;
  CheckpointIdentity identity_;
  CheckpointWriterOptions options_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  bool written_ = true;  // all that was trained
  std::int64_t saves_ = 0;
  double seconds_ = 0;
};

}  // namespace reslab::train
