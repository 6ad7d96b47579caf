#include "reslab/track/metrics.h"

#include <cmath>
#include <limits>

#include "reslab/core/error.h"
#include "reslab/core/number.h"

namespace reslab::track {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view step_header = "epoch,batch,step,loss,lr,momentum,batch_seconds,waiting_seconds,samples";
constexpr std::string_view earlier_epoch_header =
    "epoch,train_loss,train_accuracy,train_seconds,test_loss,test_accuracy,test_correct,test_samples,test_top5,"
    "test_average_loss_as_printed,test_seconds,holdout_loss,holdout_accuracy,holdout_correct,holdout_samples";
constexpr std::string_view measure_columns =
    ",test_balanced_accuracy,test_macro_f1,holdout_balanced_accuracy,holdout_macro_f1";
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

// Empty for none.
std::string field_of(const std::optional<double>& value) { return value ? joined(*value) : ""; }

// What a file begins with, and whether its rows have the measures of uneven classes.
struct Form {
  std::string header;
  bool measures = false;
};

const Form step_form{std::string(step_header), false};
const Form earlier_epoch_form{std::string(earlier_epoch_header), false};
const Form epoch_form{core::concatenate(earlier_epoch_header, measure_columns), true};

std::string to_line(const StepRow& row, bool /*measures*/) {
  return joined(row.epoch, row.batch, row.step, row.loss, row.lr, row.momentum, row.batch_seconds, row.waiting_seconds,
                row.samples) +
         "\n";
}

std::string measures_of(const EpochRow& row) {
  const HoldoutColumns holdout = row.holdout.value_or(HoldoutColumns{});
  return core::concatenate(',', field_of(row.test_balanced_accuracy), ',', field_of(row.test_macro_f1), ',',
                           field_of(holdout.balanced_accuracy), ',', field_of(holdout.macro_f1));
}

std::string to_line(const EpochRow& row, bool measures) {
  const std::string holdout =
      row.holdout ? joined(row.holdout->loss, row.holdout->accuracy, row.holdout->correct, row.holdout->samples)
                  : ",,,";
  return joined(row.epoch, row.train_loss, row.train_accuracy, row.train_seconds, row.test_loss, row.test_accuracy,
                row.test_correct, row.test_samples, row.test_top5, row.test_average_loss_as_printed, row.test_seconds) +
         "," + holdout + (measures ? measures_of(row) : "") + "\n";
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
    value = parsed<Number>(next());
  }

  /// Nothing for an empty field.
  void operator>>(std::optional<double>& value) {
    const std::string_view field = next();
    value = field.empty() ? std::nullopt : std::optional(parsed<double>(field));
  }

  /// Passes over the next `count` fields where all of them are empty, and says whether they are.
  bool skip_empty(std::size_t count) {
    if (ended_ || (rest_ != std::string(count - 1, ',') && !rest_.starts_with(std::string(count, ',')))) return false;
    for (std::size_t i = 0; i < count; ++i) next();
    return true;
  }

  void end() const {
    if (!ended_) place_.refuse("too many fields", "as many as columns");
  }

 private:
  template <typename Number>
  Number parsed(std::string_view field) const {
    const std::optional<Number> read = core::parse<Number>(field);
    if (!read) place_.refuse("'" + std::string(field.substr(0, 40)) + "'", "a number");
    return *read;
  }

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

void from_line(std::string_view line, const Place& place, bool /*measures*/, StepRow& row) {
  Fields fields(line, place);
  fields >> row.epoch, fields >> row.batch, fields >> row.step, fields >> row.loss, fields >> row.lr;
  fields >> row.momentum, fields >> row.batch_seconds, fields >> row.waiting_seconds, fields >> row.samples;
  fields.end();
}

void from_line(std::string_view line, const Place& place, bool measures, EpochRow& row) {
  Fields fields(line, place);
  fields >> row.epoch, fields >> row.train_loss, fields >> row.train_accuracy, fields >> row.train_seconds;
  fields >> row.test_loss, fields >> row.test_accuracy, fields >> row.test_correct, fields >> row.test_samples;
  fields >> row.test_top5, fields >> row.test_average_loss_as_printed, fields >> row.test_seconds;
  HoldoutColumns holdout;
  const bool has_holdout = !fields.skip_empty(4);
  if (has_holdout)
    fields >> holdout.loss, fields >> holdout.accuracy, fields >> holdout.correct, fields >> holdout.samples;
  if (measures) {
    fields >> row.test_balanced_accuracy, fields >> row.test_macro_f1;
    fields >> holdout.balanced_accuracy, fields >> holdout.macro_f1;
  }
  fields.end();
  if (has_holdout) row.holdout = holdout;
}

// The form among `forms` of a file that begins with `text`; the first where it has no whole line.
const Form& form_of(const std::string& text, const std::vector<const Form*>& forms, const fs::path& path) {
  const auto end = text.find('\n');
  if (end == std::string::npos) return *forms.front();
  const std::string header = text.substr(0, end);
  for (const Form* form : forms)
    if (header == form->header) return *form;
  Place{path, 1}.refuse("'" + header.substr(0, 80) + "'", forms.front()->header);
}

template <typename Row>
std::vector<Row> read_rows(const fs::path& path, const std::string& text, const Form& form) {
  std::string_view rest = text;
  std::vector<Row> rows;
  for (std::size_t number = 1;; ++number) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return rows;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (number > 1) from_line(line, Place{path, number}, form.measures, rows.emplace_back());
  }
}

bool is_behind(const EpochRow& row, const train::TrainingStarted& start) { return row.epoch <= start.first_epoch; }

bool is_behind(const StepRow& row, const train::TrainingStarted& start) {
  return row.epoch <= start.first_epoch || (row.epoch == start.first_epoch + 1 && row.batch < start.first_batch);
}

struct OpenedTable {
  std::unique_ptr<core::AppendFile> file;
  bool measures = false;
};

// Opens a file for rows after those that the training has behind it, and rewrites it where it holds anything else. A
// file that has rows keeps its form, among `forms`: checkpoints say how many bytes their rows take.
template <typename Row>
OpenedTable opened(const fs::path& path, const std::vector<const Form*>& forms, const train::TrainingStarted& start) {
  const bool exists = fs::exists(path);
  const std::string before = exists ? core::read_text(path, largest_table) : "";
  // A start from the beginning replaces whatever is there; a torn header has no rows.
  const bool resumed = start.first_epoch > 0 || start.first_batch > 0;
  const Form& form = resumed ? form_of(before, forms, path) : *forms.front();
  std::string text = form.header + "\n";
  if (resumed)
    for (const Row& row : read_rows<Row>(path, before, form))
      if (is_behind(row, start)) text += to_line(row, form.measures);
  if (!exists || text != before) core::write_file(path, text);
  return {.file = std::make_unique<core::AppendFile>(path), .measures = form.measures};
}

}  // namespace

void Metrics::on_training_started(const train::TrainingStarted& event) {
  steps_ = opened<StepRow>(options_.steps, {&step_form}, event).file;
  OpenedTable epochs = opened<EpochRow>(options_.epochs, {&epoch_form, &earlier_epoch_form}, event);
  epochs_ = std::move(epochs.file);
  measures_ = epochs.measures;
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
                                 .samples = event.seen},
                         /*measures=*/false));
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
               .holdout = {},
               .test_balanced_accuracy = train::balanced_accuracy(event.test.classes),
               .test_macro_f1 = train::macro_f1(event.test.classes)};
  if (event.has_holdout)
    row.holdout = {.loss = event.holdout.mean_loss,
                   .accuracy = event.holdout.accuracy(),
                   .correct = event.holdout.correct,
                   .samples = event.holdout.samples,
                   .balanced_accuracy = train::balanced_accuracy(event.holdout.classes),
                   .macro_f1 = train::macro_f1(event.holdout.classes)};
  epochs_->append(to_line(row, measures_));
}

std::vector<train::LogMark> Metrics::sync() {
  RESLAB_ASSERT(steps_ != nullptr && epochs_ != nullptr, "no training has started");
  return {{.file = options_.steps.filename().string(), .bytes = steps_->sync()},
          {.file = options_.epochs.filename().string(), .bytes = epochs_->sync()}};
}

double score(const HoldoutColumns& holdout, train::HoldoutMetric metric) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  switch (metric) {
    case train::HoldoutMetric::accuracy: break;
    case train::HoldoutMetric::balanced_accuracy: return holdout.balanced_accuracy.value_or(none);
    case train::HoldoutMetric::macro_f1: return holdout.macro_f1.value_or(none);
    case train::HoldoutMetric::loss: return std::isnan(holdout.loss) ? none : -holdout.loss;
  }
  return static_cast<double>(holdout.correct);
}

std::vector<StepRow> read_metrics(const fs::path& path) {
  const std::string text = core::read_text(path, largest_table);
  return read_rows<StepRow>(path, text, form_of(text, {&step_form}, path));
}

std::vector<EpochRow> read_epochs(const fs::path& path) {
  const std::string text = core::read_text(path, largest_table);
  return read_rows<EpochRow>(path, text, form_of(text, {&epoch_form, &earlier_epoch_form}, path));
}

}  // namespace reslab::track
