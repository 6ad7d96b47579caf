#include "reslab/track/tensorboard.h"

#include "reslab/core/error.h"
#include "reslab/core/number.h"

namespace reslab::track {
namespace {

constexpr std::string_view prefix = "events.out.tfevents.";
constexpr std::int64_t latest_second = 9'999'999'999;  // of the ten digits in a name

// The second in the name of an event file, by whichever program; −1 for another file.
std::int64_t second_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(prefix)) return -1;
  const std::string_view rest = std::string_view(name).substr(prefix.size());
  const std::int64_t second = core::parse<std::int64_t>(rest.substr(0, rest.find('.'))).value_or(-1);
  return second <= latest_second ? second : -1;
}

// Readers take the files of a folder by name, so names are in the order of writing, even where the clock has gone back.
std::string file_name(const std::filesystem::path& folder, double now, std::int64_t first_epoch) {
  std::int64_t second = std::max<std::int64_t>(static_cast<std::int64_t>(now), 0);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    second = std::max(second, second_of(entry.path()) + 1);
  std::array<char, 80> name{};
  std::snprintf(name.data(), name.size(), "events.out.tfevents.%010lld.reslab.%06lld",
                static_cast<long long>(std::min(second, latest_second)), static_cast<long long>(first_epoch));
  return name.data();
}

}  // namespace

const std::vector<std::string>& event_detail_names() {
  static const std::vector<std::string> names{"off", "scalars", "images", "histograms"};
  return names;
}

EventDetail event_detail_named(std::string_view name) {
  const auto& names = event_detail_names();
  const auto found = std::ranges::find(names, name);
  RESLAB_ASSERT(found != names.end(), "no such detail: ", name);
  return static_cast<EventDetail>(found - names.begin());
}

void TensorBoard::on_training_started(const train::TrainingStarted& event) {
  started_ = event;
  file_.reset();
  pending_.reset();
}

// At the first batch, which tells the step at which it begins.
void TensorBoard::begin(std::int64_t step) {
  file_ = std::make_unique<EventFile>(
      options_.folder / file_name(options_.folder, options_.clock(), started_.first_epoch), options_.clock);
  file_->session_started(step);
  if (options_.detail < EventDetail::images || !options_.pictures) return;
  for (const TaggedPicture& picture : options_.pictures()) file_->add_picture(step, picture.tag, picture.picture);
}

void TensorBoard::on_batch_done(const train::BatchDone& event) {
  if (options_.detail == EventDetail::off) return;
  if (file_ == nullptr) begin(event.step);
  if (pending_ && pending_->step != event.step) write_step();
  if (!pending_) pending_ = Step{.step = event.step, .lr = event.lr, .momentum = event.momentum};
  pending_->loss += event.loss;
  ++pending_->batches;
}

void TensorBoard::write_step() {
  if (!pending_) return;
  file_->add_scalars(pending_->step,
                     std::array{Scalar{"loss/batch", pending_->loss / static_cast<double>(pending_->batches)},
                                Scalar{"schedule/lr", pending_->lr}, Scalar{"schedule/momentum", pending_->momentum}});
  last_step_ = pending_->step;
  pending_.reset();
}

void TensorBoard::on_epoch_trained(const train::EpochDone&) { write_step(); }

void TensorBoard::on_epoch_done(const train::EpochDone& event) {
  if (options_.detail == EventDetail::off) return;
  // Resumed where only the evaluation was missing.
  if (file_ == nullptr) {
    last_step_ = std::max<std::int64_t>(started_.first_step - 1, 0);
    begin(last_step_);
  }
  std::vector<Scalar> scalars{{"loss/train", event.train_loss},
                              {"accuracy/train", event.train_accuracy},
                              {"loss/test", event.test.mean_loss},
                              {"accuracy/test", event.test.accuracy()},
                              {"epoch", static_cast<double>(event.epoch + 1)}};
  if (event.has_holdout) {
    scalars.push_back({"loss/holdout", event.holdout.mean_loss});
    scalars.push_back({"accuracy/holdout", event.holdout.accuracy()});
  }
  file_->add_scalars(last_step_, scalars);
  if (options_.detail < EventDetail::histograms || options_.network == nullptr) return;
  for (const auto& parameter : options_.network->named_parameters())
    file_->add_histogram(last_step_, parameter.name, parameter.value);
}

// A training that stops within an epoch does so between two steps: the last one is whole.
void TensorBoard::on_training_done(const train::TrainingDone&) { write_step(); }

}  // namespace reslab::track
