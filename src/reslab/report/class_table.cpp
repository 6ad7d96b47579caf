#include "reslab/report/class_table.h"

#include "reslab/core/error.h"
#include "reslab/report/csv.h"

namespace reslab::report {
namespace {

std::string measure_field(const std::optional<double>& value) { return value ? csv_number(*value) : ""; }

// The value, and the bounds of its interval.
std::string proportion_fields(const explain::Proportion& proportion) {
  const std::optional<explain::Interval> interval = proportion.interval();
  if (!interval) return ",,";
  return core::concatenate(csv_number(*proportion.value()), ',', csv_number(interval->low), ',',
                           csv_number(interval->high));
}

}  // namespace

const char* const class_columns =
    "class,samples,predicted,correct,recall,recall_low,recall_high,precision,precision_low,precision_high,f1,roc_auc,"
    "average_precision";

std::string class_rows(const explain::Measures& measures, const std::vector<std::string>& classes,
                       const std::string& before) {
  RESLAB_ASSERT(classes.size() == measures.classes.size(), classes.size(), measures.classes.size());
  std::string text;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const explain::ClassMeasures& one = measures.classes[i];
    text += core::concatenate(before, csv_field(classes[i]), ',', one.samples, ',', one.precision.whole, ',',
                              one.recall.part, ',', proportion_fields(one.recall), ',',
                              proportion_fields(one.precision), ',', measure_field(one.f1), ',',
                              measure_field(one.roc_auc), ',', measure_field(one.average_precision), '\n');
  }
  return text;
}

}  // namespace reslab::report
