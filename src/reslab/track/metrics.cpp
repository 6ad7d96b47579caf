#include "reslab/track/metrics.h"

#include "reslab/core/error.h"
#include "reslab/core/number.h"

namespace reslab::track {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view step_header = "epoch,batch,step,loss,lr,momentum,batch_seconds,waiting_seconds,samples";
constexpr std::string_view epoch_header =
    "epoch,train_loss,train_accuracy,train_seconds,test_loss,test_accuracy,test_correct,test_samples,test_top5,"
    "test_average_loss_as_printed,test_seconds,holdout_loss,holdout_accuracy,holdout_correct,holdout_samples";
constexpr std::size_t largest_table = std::size_t{4} << 30;  // bytes

// Numbers joined by commas.
template <typename... Numbers>
std::string joined(Numbers... numbers) {
  std::string line;
  const auto add = [&](auto number) {
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    if (!line.empty()) line += ',';
    line.append(text.data(), end);
  };
  (add(numbers), ...);
  return line;
}

std::string to_line(const StepRow& row) {
  return joined(row.epoch, row.batch, row.step, row.loss, row.lr, row.momentum, row.batch_seconds, row.waiting_seconds,
                row.samples) +
         "\n";
}

std::string to_line(const EpochRow& row) {
  const std::string holdout =
      row.holdout ? joined(row.holdout->loss, row.holdout->accuracy, row.holdout->correct, row.holdout->samples)
                  : ",,,";
  return joined(row.epoch, row.train_loss, row.train_accuracy, row.train_seconds, row.test_loss, row.test_accuracy,
                row.test_correct, row.test_samples, row.test_top5, row.test_average_loss_as_printed, row.test_seconds) +
         "," + holdout + "\n";
}

// Where a line stands, for errors.
struct Place {
  const fs::path& path;
  std::size_t line;  // from 1

  [[noreturn]] void refuse(const std::string& found, const std::string& allowed) const {
    throw core::UserError({.attempted = core::concatenate("read line ", line, " of ", path.string()),
                           .found = found,
                           .allowed = allowed});
  }
};

// A line's fields, one after the other.
class Fields {
 public:
  Fields(std::string_view line, const Place& place) : rest_(line), place_(place) {}

  template <typename Number>
  void operator>>(Number& value) {
    const std::string_view field = next();
    const std::optional<Number> read = core::parse<Number>(field);
    if (!read) place_.refuse("'" + std::string(field.substr(0, 40)) + "'", "a number");
    value = *read;
  }

  /// Whether all that is left are `count` empty fields.
  bool rest_is_empty(std::size_t count) const { return rest_ == std::string(count - 1, ','); }

  void end() const {
    if (!ended_) place_.refuse("too many fields", "as many as columns");
  }

 private:
  std::string_view next() {
    if (ended_) place_.refuse("too few fields", "as many as columns");
    const auto comma = rest_.find(',');
    const std::string_view field = rest_.substr(0, comma);
    ended_ = comma == std::string_view::npos;
    rest_.remove_prefix(ended_ ? rest_.size() : comma + 1);
    return field;
  }

  std::string_view rest_;
  const Place& place_;
  bool ended_ = false;
};

void from_line(std::string_view line, const Place& place, StepRow& row) {
  Fields fields(line, place);
  fields >> row.epoch, fields >> row.batch, fields >> row.step, fields >> row.loss, fields >> row.lr;
  fields >> row.momentum, fields >> row.batch_seconds, fields >> row.waiting_seconds, fields >> row.samples;
  fields.end();
}

void from_line(std::string_view line, const Place& place, EpochRow& row) {
  Fields fields(line, place);
  fields >> row.epoch, fields >> row.train_loss, fields >> row.train_accuracy, fields >> row.train_seconds;
  fields >> row.test_loss, fields >> row.test_accuracy, fields >> row.test_correct, fields >> row.test_samples;
  fields >> row.test_top5, fields >> row.test_average_loss_as_printed, fields >> row.test_seconds;
  if (fields.rest_is_empty(4)) return;
  HoldoutColumns& holdout = row.holdout.emplace();
  fields >> holdout.loss, fields >> holdout.accuracy, fields >> holdout.correct, fields >> holdout.samples;
  fields.end();
}

template <typename Row>
std::vector<Row> read_rows(const fs::path& path, std::string_view header) {
  const std::string text = core::read_text(path, largest_table);
  std::string_view rest = text;
  std::vector<Row> rows;
  for (std::size_t number = 1;; ++number) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return rows;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const Place place{path, number};
    if (number > 1)
      from_line(line, place, rows.emplace_back());
    else if (line != header)
      place.refuse("'" + std::string(line.substr(0, 80)) + "'", std::string(header));
  }
}

bool is_behind(const EpochRow& row, const train::TrainingStarted& start) { return row.epoch <= start.first_epoch; }

bool is_behind(const StepRow& row, const train::TrainingStarted& start) {
  return row.epoch <= start.first_epoch || (row.epoch == start.first_epoch + 1 && row.batch < start.first_batch);
}

// Opens a file for rows after those that the training has behind it, and rewrites it where it holds anything else.
template <typename Row>
std::unique_ptr<core::AppendFile> opened(const fs::path& path, std::string_view header,
                                         const train::TrainingStarted& start) {
  std::string text = std::string(header) + "\n";
  const bool exists = fs::exists(path);
  const std::string before = exists ? core::read_text(path, largest_table) : "";
  // A start from the beginning replaces whatever is there; a torn header has no rows.
  const bool resumed = start.first_epoch > 0 || start.first_batch > 0;
  if (resumed && before.find('\n') != std::string::npos)
    for (const Row& row : read_rows<Row>(path, header))
      if (is_behind(row, start)) text += to_line(row);
  if (!exists || text != before) core::write_file(path, text);
  return std::make_unique<core::AppendFile>(path);
}

}  // namespace

void Metrics::on_training_started(const train::TrainingStarted& event) {
  steps_ = opened<StepRow>(options_.steps, step_header, event);
  epochs_ = opened<EpochRow>(options_.epochs, epoch_header, event);
}

void Metrics::on_batch_done(const train::BatchDone& event) {
  RESLAB_ASSERT(steps_ != nullptr, "no training has started");
  steps_->append(to_line(StepRow{.epoch = event.epoch + 1,
                                 .batch = event.batch,
                                 .step = event.step,
                                 .loss = event.loss,
                                 .lr = event.lr,
                                 .momentum = event.momentum,
                                 .batch_seconds = event.batch_seconds,
                                 .waiting_seconds = event.waiting_seconds,
                                 .samples = event.seen}));
}

void Metrics::on_epoch_done(const train::EpochDone& event) {
  RESLAB_ASSERT(epochs_ != nullptr, "no training has started");
  EpochRow row{.epoch = event.epoch + 1,
               .train_loss = event.train_loss,
               .train_accuracy = event.train_accuracy,
               .train_seconds = event.train_seconds,
               .test_loss = event.test.mean_loss,
               .test_accuracy = event.test.accuracy(),
               .test_correct = event.test.correct,
               .test_samples = event.test.samples,
               .test_top5 = event.test.correct_top5,
               .test_average_loss_as_printed = average_loss(event.test, options_.average_loss),
               .test_seconds = event.test.seconds,
               .holdout = {}};
  if (event.has_holdout)
    row.holdout = {.loss = event.holdout.mean_loss,
                   .accuracy = event.holdout.accuracy(),
                   .correct = event.holdout.correct,
                   .samples = event.holdout.samples};
  epochs_->append(to_line(row));
}

std::vector<train::LogMark> Metrics::sync() {
  RESLAB_ASSERT(steps_ != nullptr && epochs_ != nullptr, "no training has started");
  return {{.file = options_.steps.filename().string(), .bytes = steps_->sync()},
          {.file = options_.epochs.filename().string(), .bytes = epochs_->sync()}};
}

std::vector<StepRow> read_metrics(const fs::path& path) { return read_rows<StepRow>(path, step_header); }

std::vector<EpochRow> read_epochs(const fs::path& path) { return read_rows<EpochRow>(path, epoch_header); }

}  // namespace reslab::track
