#include "reslab/cli/class_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reslab/cli/format.h"
#include "reslab/core/printable.h"
#include "reslab/track/terminal.h"

namespace reslab::cli {
namespace {

using explain::Measures;
using explain::Proportion;

std::string share_or_dash(const std::optional<double>& value) { return value ? format("%.2f%%", 100 * *value) : "-"; }

std::string interval_text(const Proportion& proportion) {
  const auto interval = proportion.interval();
  return interval ? format("%.1f to %.1f", 100 * interval->low, 100 * interval->high) : "-";
}

nlohmann::json share_or_null(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

nlohmann::json interval_json(const Proportion& proportion) {
  const auto interval = proportion.interval();
  if (!interval) return nullptr;
  return nlohmann::json::array({interval->low, interval->high});
}

}  // namespace

std::string class_text(const Measures& measures, const std::vector<std::string>& classes) {
  std::string text = "balanced  " + share_or_dash(measures.balanced_accuracy) + " accuracy, the mean of the recalls" +
                     (measures.uneven ? "; classes are uneven" : "") + "\nmacro F1  " +
                     share_or_dash(measures.macro_f1) + "\n" +
                     format("\n%-12s %8s %8s %14s %10s %14s %8s %8s %9s\n", "class", "samples", "recall", "95 %",
                            "precision", "95 %", "F1", "ROC AUC", "average P");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const explain::ClassMeasures& one = measures.classes[i];
    const std::string name = core::printable(classes[i]);
    text += name + std::string(static_cast<std::size_t>(std::max(0, 12 - track::columns_of(name))), ' ') +
            format(" %8lld %8s %14s %10s %14s %8s %8s %9s\n", static_cast<long long>(one.samples),
                   share_or_dash(one.recall.value()).c_str(), interval_text(one.recall).c_str(),
                   share_or_dash(one.precision.value()).c_str(), interval_text(one.precision).c_str(),
                   share_or_dash(one.f1).c_str(), share_or_dash(one.roc_auc).c_str(),
                   share_or_dash(one.average_precision).c_str());
  }
  text += format("%-12s %8s %8s %14s %10s %14s %8s %8s %9s\n", "mean", "",
                 share_or_dash(measures.balanced_accuracy).c_str(), "", share_or_dash(measures.macro_precision).c_str(),
                 "", share_or_dash(measures.macro_f1).c_str(), share_or_dash(measures.macro_roc_auc).c_str(),
                 share_or_dash(measures.macro_average_precision).c_str());
  return text;
}

void add_class_measures(nlohmann::json& json, const Measures& measures, const std::vector<std::string>& classes) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const explain::ClassMeasures& one = measures.classes[i];
    rows.push_back({{"class", classes[i]},
                    {"samples", one.samples},
                    {"predicted", one.precision.whole},
                    {"correct", one.recall.part},
                    {"recall", share_or_null(one.recall.value())},
                    {"recall_interval", interval_json(one.recall)},
                    {"precision", share_or_null(one.precision.value())},
                    {"precision_interval", interval_json(one.precision)},
                    {"f1", share_or_null(one.f1)},
                    {"roc_auc", share_or_null(one.roc_auc)},
                    {"average_precision", share_or_null(one.average_precision)}});
  }
  json["by_class"] = std::move(rows);
  json["top1_interval"] = interval_json(measures.accuracy);
  json["balanced_accuracy"] = share_or_null(measures.balanced_accuracy);
  json["macro_precision"] = share_or_null(measures.macro_precision);
  json["macro_f1"] = share_or_null(measures.macro_f1);
  json["macro_roc_auc"] = share_or_null(measures.macro_roc_auc);
  json["macro_average_precision"] = share_or_null(measures.macro_average_precision);
}

}  // namespace reslab::cli
