// Runs as tables of text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "reslab/cli/table.h"
#include "reslab/report/test_sets.h"
#include "reslab/track/run_summary.h"

namespace reslab::cli {

/// What --sort takes.
std::vector<std::string> sort_names();

/// By one of sort_names: accuracies, epochs, times and starts from the highest on, names from the first on. Equal ones
/// keep their order; runs without the value come last.
void sort_runs(std::vector<track::RunSummary>& runs, const std::string& by);

/// A heading and a row a run.
std::vector<Cells> run_rows(std::span<const track::RunSummary> runs);

/// A heading with the runs' names and a row a figure.
std::vector<Cells> metric_rows(std::span<const track::RunSummary> runs);

/// What the marks in these tables mean, a line each; "" without marks.
std::string run_notes(std::span<const track::RunSummary> runs);

/// A list of objects; what isn't known is null.
nlohmann::ordered_json to_json(std::span<const track::RunSummary> runs);

/// An object, or null where the runs keep no lists of their pictures.
nlohmann::ordered_json to_json(const report::TestSets& sets);

}  // namespace reslab::cli
