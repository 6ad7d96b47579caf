#include "reslab/cli/run_table.h"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reslab/core/order.h"
#include "reslab/track/original_log.h"
#include "reslab/track/tested_part.h"

namespace reslab::cli {
namespace {

using Json = nlohmann::ordered_json;
using track::RunSummary;

// Marked where it isn't of the whole test set; run_notes says what that means.
std::string accuracy_text(const RunSummary& run, double share) {
  return track::percent(share) + (run.part.empty() ? "" : track::part_mark);
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string best_text(const RunSummary& run, const std::optional<track::BestEpoch>& best) {
  return best ? accuracy_text(run, best->accuracy) + " (" + std::to_string(best->epoch) + ")" : "-";
}

std::int64_t epochs_done(const RunSummary& run) { return run.last ? run.last->epoch : 0; }

std::string epochs_text(const RunSummary& run) {
  return std::to_string(epochs_done(run)) + "/" + (run.epochs > 0 ? std::to_string(run.epochs) : "?");
}

// "finished (extends first)"
std::string state_text(const RunSummary& run) {
  return track::name_of(run.state) + (run.extends.empty() ? "" : " (extends " + run.extends + ")");
}

// 2026-11-22 22:54
std::string started_text(const RunSummary& run) {
  std::string text = run.started.substr(0, 16);
  if (const std::size_t place = text.find('T'); place != std::string::npos) text[place] = ' ';
  return or_dash(text);
}

// What a run is sorted by: a number, the greatest first, or a name.
struct Key {
  double number = 0;
  std::string name = {};
};

constexpr double unknown = -1;  // below every accuracy and count

const std::map<std::string, std::function<Key(const RunSummary&)>>& sort_keys() {
  static const std::map<std::string, std::function<Key(const RunSummary&)>> table{
      {"name", [](const RunSummary& run) { return Key{.name = run.folder.name()}; }},
      {"recipe", [](const RunSummary& run) { return Key{.name = run.recipe}; }},
      {"precision", [](const RunSummary& run) { return Key{.name = run.precision}; }},
      {"epochs", [](const RunSummary& run) { return Key{.number = static_cast<double>(epochs_done(run))}; }},
      {"accuracy", [](const RunSummary& run) { return Key{.number = run.last ? run.last->test_accuracy : unknown}; }},
      {"best", [](const RunSummary& run) { return Key{.number = run.best ? run.best->accuracy : unknown}; }},
      {"time", [](const RunSummary& run) { return Key{.number = run.seconds}; }},
      // They come by it.
      {"started", [](const RunSummary&) { return Key{}; }},
  };
  return table;
}

Json best_json(const std::optional<track::BestEpoch>& best) {
  return best ? Json{{"accuracy", best->accuracy}, {"epoch", best->epoch}} : Json(nullptr);
}

Json run_json(const RunSummary& run) {
  Json json{{"name", run.folder.name()},
            {"path", run.folder.path.string()},
            {"recipe", run.recipe},
            {"epochs", run.epochs},
            {"epochs_done", epochs_done(run)},
            {"tested_part", run.part.empty() ? Json(nullptr) : Json(run.part)},
            {"test_samples", nullptr},
            {"test_accuracy", nullptr},
            {"test_loss", nullptr},
            {"train_accuracy", nullptr},
            {"train_loss", nullptr},
            {"best", best_json(run.best)},
            {"holdout_best", best_json(run.holdout)},
            {"seconds", run.seconds},
            {"precision", run.precision},
            {"started", run.started},
            {"extends", run.extends.empty() ? Json(nullptr) : Json(run.extends)},
            {"state", track::name_of(run.state)},
            {"problem", run.problem.empty() ? Json(nullptr) : Json(run.problem)}};
  if (!run.last) return json;
  json["test_samples"] = run.last->test_samples;
  json["test_accuracy"] = run.last->test_accuracy;
  json["test_loss"] = run.last->test_loss;
  json["train_accuracy"] = run.last->train_accuracy;
  json["train_loss"] = run.last->train_loss;
  return json;
}

}  // namespace

std::vector<std::string> sort_names() {
  std::vector<std::string> names;
  for (const auto& [name, key] : sort_keys()) names.push_back(name);
  return names;
}

void sort_runs(std::vector<RunSummary>& runs, const std::string& by) {
  const auto& key = sort_keys().at(by);
  std::ranges::stable_sort(runs, [&](const RunSummary& a, const RunSummary& b) {
    const Key first = key(a), second = key(b);
    return core::same_place(first.number, second.number) ? first.name < second.name
                                                         : core::highest_first(first.number, second.number);
  });
}

std::vector<Cells> run_rows(std::span<const RunSummary> runs) {
  std::vector<Cells> rows{
      {"name", "recipe", "state", "epochs", "accuracy", "best tested (epoch)", "time", "precision", "started"}};
  for (const RunSummary& run : runs)
    rows.push_back({run.folder.name(), or_dash(run.recipe), state_text(run), epochs_text(run),
                    run.last ? accuracy_text(run, run.last->test_accuracy) : "-", best_text(run, run.best),
                    track::clock_time(run.seconds), or_dash(run.precision), started_text(run)});
  return rows;
}

std::vector<Cells> metric_rows(std::span<const RunSummary> runs) {
  std::vector<Cells> rows{{""}};
  for (const RunSummary& run : runs) rows.front().push_back(run.folder.name());
  const auto add = [&](const char* name, const std::function<std::string(const RunSummary&)>& text) {
    Cells& row = rows.emplace_back(Cells{name});
    for (const RunSummary& run : runs) row.push_back(text(run));
  };
  const auto of_last = [](auto member, auto format) {
    return [=](const RunSummary& run) { return run.last ? format((*run.last).*member) : std::string("-"); };
  };
  const auto loss = [](double value) { return track::fixed(value, 4); };
  add("test accuracy",
      [](const RunSummary& run) { return run.last ? accuracy_text(run, run.last->test_accuracy) : std::string("-"); });
  add("best tested (epoch)", [](const RunSummary& run) { return best_text(run, run.best); });
  if (std::ranges::any_of(runs, [](const RunSummary& run) { return run.holdout.has_value(); }))
    add("best held out (epoch)", [](const RunSummary& run) { return best_text(run, run.holdout); });
  add("test loss", of_last(&track::EpochRow::test_loss, loss));
  add("train accuracy", of_last(&track::EpochRow::train_accuracy, track::percent));
  add("train loss", of_last(&track::EpochRow::train_loss, loss));
  add("state", state_text);
  add("epochs", epochs_text);
  add("time", [](const RunSummary& run) { return track::clock_time(run.seconds); });
  add("precision", [](const RunSummary& run) { return or_dash(run.precision); });
  add("started", started_text);
  return rows;
}

std::string run_notes(std::span<const RunSummary> runs) {
  std::set<std::string> notes;
  for (const RunSummary& run : runs)
    if (!run.part.empty() && run.last) notes.insert(track::part_note(run.part));
  std::string text;
  for (const std::string& note : notes) text += note + '\n';
  return text;
}

Json to_json(std::span<const RunSummary> runs) {
  Json list = Json::array();
  for (const RunSummary& run : runs) list.push_back(run_json(run));
  return list;
}

Json to_json(const report::TestSets& sets) {
  if (!sets.known) return nullptr;
  Json accuracies = Json::array();
  for (const auto& accuracy : sets.accuracy) accuracies.push_back(accuracy ? Json(*accuracy) : Json(nullptr));
  return {{"same", sets.same},
          {"matched_by", sets.by_content ? "content" : "path"},
          {"common", sets.common},
          {"other_labels", sets.other_labels},
          {"trained_on_by_another", sets.trained_on},
          {"compared", sets.compared},
          {"accuracy_on_compared", accuracies},
          {"notes", sets.sentences}};
}

}  // namespace reslab::cli
