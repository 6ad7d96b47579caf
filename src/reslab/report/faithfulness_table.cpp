#include "reslab/report/faithfulness_table.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/report/csv.h"
#include "reslab/track/original_log.h"

namespace reslab::report {
namespace {

// At the left of a column.
std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

// At its right, where numbers stand.
std::string at_right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 1, ' ') + text;
}

// Where every map was empty, nothing was measured; and an empty map has no correlation with another.
bool is_known(const MeasuredMaps& row, std::optional<double> value) {
  return row.faithfulness.samples > 0 && value.has_value();
}

std::string number(const MeasuredMaps& row, std::optional<double> value, std::size_t width) {
  return at_right(is_known(row, value) ? track::fixed(*value, 3) : "-", width);
}

std::string field(const MeasuredMaps& row, std::optional<double> value) {
  return "," + (is_known(row, value) ? csv_number(*value) : "");
}

// What stands at the left of each row: the widths of its two columns go by the names in them.
class Heads {
 public:
  explicit Heads(const std::vector<MeasuredMaps>& rows) {
    for (const MeasuredMaps& row : rows) {
      layer_ = std::max(layer_, row.layer.size() + 2);
      class_ = std::max(class_, row.explained.size() + 2);
    }
  }
  std::string names() const { return padded("layer", layer_) + padded("class", class_); }
  std::string better() const { return padded("better", layer_ + class_); }
  std::string of(const MeasuredMaps& row) const { return padded(row.layer, layer_) + padded(row.explained, class_); }

 private:
  std::size_t layer_ = 8, class_ = 8;
};

std::string randomisation_text(const std::vector<MeasuredMaps>& rows, const Heads& heads) {
  const auto width = [](const std::string& part) { return std::max<std::size_t>(part.size() + 2, 10); };
  std::string text =
      "\nrank correlation with the maps of random weights, from the output down to the part named\n"
      "(near 0: the maps depend on what was learnt; near 1: they show the image)\n" +
      heads.names();
  for (const auto& [part, correlation] : rows.front().randomisation) text += at_right(part, width(part));
  text += "\n";
  for (const MeasuredMaps& row : rows) {
    text += heads.of(row);
    for (const auto& [part, correlation] : row.randomisation) text += number(row, correlation, width(part));
    text += "\n";
  }
  return text;
}

}  // namespace

std::string faithfulness_text(const std::vector<MeasuredMaps>& rows) {
  RESLAB_ASSERT(!rows.empty());
  const Heads heads(rows);
  std::string text = heads.names() + "      ROAD      drop  increase  deletion insertion  samples\n" + heads.better() +
                     "    higher     lower    higher     lower    higher\n";
  for (const MeasuredMaps& row : rows) {
    const explain::Faithfulness& measured = row.faithfulness;
    text += heads.of(row);
    for (const double value :
         {measured.road(), measured.drop, measured.increase, measured.deletion, measured.insertion})
      text += number(row, value, 10);
    text += "  " + core::concatenate(measured.samples,
                                     measured.flat > 0 ? core::concatenate(" (", measured.flat, " empty)") : "", "\n");
  }
  return rows.front().randomisation.empty() ? text : text + randomisation_text(rows, heads);
}

std::string faithfulness_csv(const std::vector<MeasuredMaps>& rows) {
  RESLAB_ASSERT(!rows.empty());
  std::string text = "layer,method,class,samples,empty,road,road_most,road_least,drop,increase,deletion,insertion";
  for (const auto& [part, correlation] : rows.front().randomisation) text += "," + csv_field("random_" + part);
  text += "\n";
  for (const MeasuredMaps& row : rows) {
    const explain::Faithfulness& measured = row.faithfulness;
    text += csv_field(row.layer) + "," + csv_field(row.method) + "," + csv_field(row.explained) + "," +
            core::concatenate(measured.samples, ",", measured.flat);
    for (const double value : {measured.road(), measured.road_most, measured.road_least, measured.drop,
                               measured.increase, measured.deletion, measured.insertion})
      text += field(row, value);
    for (const auto& [part, correlation] : row.randomisation) text += field(row, correlation);
    text += "\n";
  }
  return text;
}

}  // namespace reslab::report
