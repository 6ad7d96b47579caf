#include "reslab/report/faithfulness_table.h"

#include <array>
#include <cstdio>

#include "reslab/core/error.h"
#include "reslab/report/csv.h"

namespace reslab::report {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string column(double value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%10.3f", value);
  return text.data();
}

std::string row_head(const MeasuredMaps& row) { return padded(row.layer, 10) + padded(row.explained, 11); }

std::string randomisation_text(const std::vector<MeasuredMaps>& rows) {
  std::string text =
      "\nrank correlation with the maps of random weights, from the output down to the part named\n"
      "(near 0: the maps depend on what was learnt; near 1: they show the image)\n" +
      padded("layer", 10) + padded("class", 11);
  for (const auto& [part, correlation] : rows.front().randomisation) text += " " + padded(part, 10);
  text += "\n";
  for (const MeasuredMaps& row : rows) {
    text += row_head(row);
    for (const auto& [part, correlation] : row.randomisation)
      text += column(correlation) + std::string(part.size() > 10 ? part.size() - 9 : 1, ' ');
    text += "\n";
  }
  return text;
}

}  // namespace

std::string faithfulness_text(const std::vector<MeasuredMaps>& rows) {
  RESLAB_ASSERT(!rows.empty());
  std::string text = padded("layer", 10) + padded("class", 11) +
                     "      ROAD      drop  increase  deletion insertion   samples\n" + padded("better", 21) +
                     "    higher     lower    higher     lower    higher\n";
  for (const MeasuredMaps& row : rows) {
    const explain::Faithfulness& measured = row.faithfulness;
    text += row_head(row) + column(measured.road()) + column(measured.drop) + column(measured.increase) +
            column(measured.deletion) + column(measured.insertion) + "  " +
            core::concatenate(measured.samples,
                              measured.flat > 0 ? core::concatenate(" (", measured.flat, " empty)") : "", "\n");
  }
  return rows.front().randomisation.empty() ? text : text + randomisation_text(rows);
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
      text += "," + csv_number(value);
    for (const auto& [part, correlation] : row.randomisation) text += "," + csv_number(correlation);
    text += "\n";
  }
  return text;
}

}  // namespace reslab::report
