#include <nlohmann/json.hpp>

#include "reslab/core/base64.h"
#include "reslab/report/page.h"
#include "reslab/report/page_frame.h"
#include "reslab/report/sheet.h"

namespace reslab::report {
namespace {

using Json = nlohmann::ordered_json;

// Six digits are more than the page shows, and save a third of the bytes.
Json figure(double value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return Json::parse(text.data());
}

Json epochs_json(const std::vector<track::EpochRow>& rows) {
  Json list = Json::array();
  for (const track::EpochRow& row : rows) {
    Json entry{{"epoch", row.epoch},
               {"train_loss", figure(row.train_loss)},
               {"train_accuracy", figure(row.train_accuracy)},
               {"test_loss", figure(row.test_loss)},
               {"test_accuracy", figure(row.test_accuracy)}};
    if (row.holdout) {
      entry["holdout_loss"] = figure(row.holdout->loss);
      entry["holdout_accuracy"] = figure(row.holdout->accuracy);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json steps_json(const std::vector<track::StepRow>& rows) {
  Json list = Json::array();
  for (const track::StepRow& row : rows)
    list.push_back({{"step", row.step}, {"lr", figure(row.lr)}, {"momentum", figure(row.momentum)}});
  return list;
}

Json map_json(const ByteMap& map) { return core::base64(std::as_bytes(std::span(map))); }

Json mistake_json(const MistakeCard& card, Sheet& sheet) {
  const explain::Mistake& mistake = card.mistake;
  Json json{{"sample", mistake.sample},
            {"actual", mistake.actual},
            {"predicted", mistake.predicted},
            {"probability", figure(mistake.probability)},
            {"actual_probability", figure(mistake.actual_probability)},
            {"loss", figure(mistake.loss)},
            {"suspect", card.suspect},
            {"picture", sheet.add(card.image)},
            {"nearest", Json::array()}};
  if (!card.predicted_map.empty()) {
    json["predicted_map"] = map_json(card.predicted_map);
    json["actual_map"] = map_json(card.actual_map);
  }
  for (const NearSample& near : card.nearest)
    json["nearest"].push_back({{"sample", near.sample},
                               {"label", near.label},
                               {"similarity", figure(near.similarity)},
                               {"picture", sheet.add(near.image)}});
  return json;
}

constexpr std::int64_t curve_steps = 120;  // more than the lines of a curve on the page are told apart

Json measure_json(const std::optional<double>& value) { return value ? figure(*value) : Json(nullptr); }

Json proportion_json(const explain::Proportion& proportion) {
  const std::optional<explain::Interval> interval = proportion.interval();
  if (!interval) return nullptr;
  return {
      {"value", measure_json(proportion.value())}, {"low", figure(interval->low)}, {"high", figure(interval->high)}};
}

Json curve_json(const std::vector<explain::CurvePoint>& curve) {
  Json points = Json::array();
  for (const explain::CurvePoint& point : explain::thinned(curve, curve_steps))
    points.push_back(Json::array({figure(point.x), figure(point.y)}));
  return points;
}

Json measures_json(const explain::Measures& measures) {
  Json classes = Json::array();
  for (const explain::ClassMeasures& one : measures.classes)
    classes.push_back({{"samples", one.samples},
                       {"recall", proportion_json(one.recall)},
                       {"precision", proportion_json(one.precision)},
                       {"f1", measure_json(one.f1)},
                       {"roc_auc", measure_json(one.roc_auc)},
                       {"average_precision", measure_json(one.average_precision)},
                       {"roc", curve_json(one.roc)},
                       {"precision_recall", curve_json(one.precision_recall)}});
  return {{"balanced_accuracy", measure_json(measures.balanced_accuracy)},
          {"macro_precision", measure_json(measures.macro_precision)},
          {"macro_f1", measure_json(measures.macro_f1)},
          {"macro_roc_auc", measure_json(measures.macro_roc_auc)},
          {"macro_average_precision", measure_json(measures.macro_average_precision)},
          {"classes", classes}};
}

Json errors_json(const Errors& errors) {
  Sheet sheet;
  Json mistakes = Json::array();
  for (const MistakeCard& card : errors.mistakes) mistakes.push_back(mistake_json(card, sheet));
  return {{"classes", errors.classes}, {"confusion", errors.confusion},
          {"mistakes", mistakes},      {"map_side", errors.map_side},
          {"notes", errors.notes},     {"columns", Sheet::columns},
          {"width", sheet.width()},    {"height", sheet.height()},
          {"sheet", sheet.data_uri()}, {"measures", errors.measures ? measures_json(*errors.measures) : Json(nullptr)}};
}

Json run_json(const PageRun& run) {
  Json headlines = Json::array(), layers = Json::array();
  for (const Headline& headline : run.headlines)
    headlines.push_back({{"label", headline.label}, {"value", headline.value}, {"note", headline.about}});
  for (const LayerRow& layer : run.layers)
    layers.push_back({{"name", layer.name},
                      {"kind", layer.kind},
                      {"output", layer.output},
                      {"parameters", layer.parameters},
                      {"multiply_adds", layer.multiply_adds}});
  Json json{{"name", run.name},
            {"headlines", headlines},
            {"epochs", epochs_json(run.epochs)},
            {"steps", steps_json(run.steps)},
            {"recipe", run.recipe},
            {"environment", run.environment},
            {"layers", layers},
            {"missing", run.missing},
            {"views", run.views},
            {"errors", nullptr}};
  if (run.errors) json["errors"] = errors_json(*run.errors);
  return json;
}

}  // namespace

std::string page_json(const Page& page) {
  Json runs = Json::array();
  for (const PageRun& run : page.runs) runs.push_back(run_json(run));
  const Json json{{"title", page.title}, {"subtitle", page.subtitle}, {"made", page.made}, {"runs", runs}};
  return script_json(json);
}

}  // namespace reslab::report
