#include "reslab/report/predictions_file.h"

#include <ATen/core/Tensor.h>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/explain/mistakes.h"
#include "reslab/pictures/csv_reader.h"
#include "reslab/report/csv.h"

namespace reslab::report {
namespace {

constexpr std::size_t predictions_columns = 4;
constexpr std::size_t most_predictions_bytes = std::size_t{1} << 30;

}  // namespace

std::string predictions_csv(const data::Split& samples, const explain::Predictions& predictions) {
  RESLAB_ASSERT(predictions.size() == samples.size(), predictions.size(), " of ", samples.size());
  std::string text = "sample,actual,predicted,probability\n";
  for (std::int64_t i = 0; i < predictions.size(); ++i) {
    const explain::Mistake verdict = explain::verdict(predictions, i);
    text += core::concatenate(i, ',', csv_field(samples.classes().at(static_cast<std::size_t>(verdict.actual))), ',',
                              csv_field(samples.classes().at(static_cast<std::size_t>(verdict.predicted))), ',',
                              csv_number(static_cast<float>(verdict.probability)), '\n');
  }
  return text;
}

std::vector<PredictedClass> read_predictions(const std::filesystem::path& file) {
  pictures::CsvReader reader(core::read_text(file, most_predictions_bytes), file.string());
  pictures::CsvRow row;
  const bool any = reader.next(row);
  if (!any || row.fields.size() != predictions_columns || row.fields[2].text != "predicted")
    throw core::UserError({.attempted = "read the predictions " + file.string(),
                           .found = "another header",
                           .allowed = "sample,actual,predicted,probability"});
  std::vector<PredictedClass> all;
  while (reader.next(row)) {
    if (row.fields[0].text != std::to_string(all.size()))
      reader.refuse(row.fields[0], "another sample", "sample " + std::to_string(all.size()));
    all.push_back({.actual = row.fields[1].text, .predicted = row.fields[2].text});
  }
  return all;
}

}  // namespace reslab::report
