// A run as TensorBoard sees it: `tensorboard --logdir runs` shows all of them. An event file for each time that the run
// was begun or resumed (docs/formats.md).
//
//   track::TensorBoard board({.folder = run.path});   // an observer
//
// Every value stands at an optimiser step, those of an epoch at the epoch's last one. A resumed run begins a new file
// with the step from which it goes on: readers drop what older files have from there on, and no step stands twice.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/models/network.h"
#include "reslab/track/event_file.h"
#include "reslab/train/events.h"

namespace reslab::track {

/// Each with those before it.
enum class EventDetail {
  off,
  scalars,     ///< loss, lr and momentum by step, loss and accuracy by epoch: a hundred bytes a step
  images,      ///< the sample pictures, at the start
  histograms,  ///< of every parameter, after each epoch
};

/// "off", "scalars", "images", "histograms".
const std::vector<std::string>& event_detail_names();
EventDetail event_detail_named(std::string_view name);

struct TaggedPicture {
  std::string tag;
  augment::Image picture;  ///< 3 channels
};

struct TensorBoardOptions {
  std::filesystem::path folder;
  EventDetail detail = EventDetail::scalars;
  const models::Network* network = nullptr;                   ///< for histograms; must outlive the observer
  std::function<std::vector<TaggedPicture>()> pictures = {};  ///< asked for once, where detail has images
  /// Seconds since 1970.
  std::function<double()> clock = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
};

class TensorBoard final : public train::Observer {
 public:
  explicit TensorBoard(TensorBoardOptions options) : options_(std::move(options)) {}

  void on_training_started(const train::TrainingStarted& event) override;
  void on_batch_done(const train::BatchDone& event) override;
  void on_epoch_trained(const train::EpochDone& event) override;
  void on_epoch_done(const train::EpochDone& event) override;
  void on_training_done(const train::TrainingDone& event) override;

 private:
  // The batches of one optimiser step.
  struct Step {
    std::int64_t step = 0, batches = 0;
    double loss = 0;  // sum
    double lr = 0, momentum = 0;
  };

  void begin(std::int64_t step);
  void write_step();

  TensorBoardOptions options_;
  train::TrainingStarted started_;
  std::unique_ptr<EventFile> file_;
  std::optional<Step> pending_;
  std::int64_t last_step_ = 0;
};

}  // namespace reslab::track
