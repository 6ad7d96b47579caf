// What `reslab doctor` finds out, and what follows from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reslab/core/version.h"
#include "reslab/track/machine.h"
#include "reslab/train/compute.h"

namespace reslab::cli {

/// Room on the disk where something is kept.
struct Place {
  std::filesystem::path path;  ///< need not exist; its nearest existing folder counts
  std::uint64_t free = 0;      ///< bytes that this user may fill
};

enum class DataState { verified, damaged, missing };

struct DataSet {
  std::string name;
  std::filesystem::path folder;
  DataState state = DataState::missing;
  std::string fault;  ///< of damaged data: the first bad file
};

/// Programs and libraries that parts of reslab need.
struct Tools {
  bool gnuplot = false, npm = false;  ///< found in $PATH
  bool png = false;                   ///< built in
};

struct RecipeEstimate {
  std::string recipe;
  std::int64_t epochs = 0;
  std::optional<double> seconds;  ///< of all epochs; nothing when it can't be told
};

struct Diagnosis {
  std::filesystem::path cache_dir;  ///< --cache-dir; "" where it wasn't given
  core::Version version;
  track::Build build;
  track::Machine machine;
  train::Compute compute;  ///< what a run would use
  Place cache, runs;       ///< of the cache an empty path: nothing says where it is
  DataSet data;
  Tools tools;
  std::optional<double> rate;  ///< operations a second in training; nothing when it wasn't measured
  std::vector<RecipeEstimate> recipes;
  std::optional<double> other_processors;  ///< kept busy by other programs while the speed was measured
};

struct DiagnosisOptions {
  std::filesystem::path cache_dir, runs_dir = "runs";
  bool measure = true;  ///< the speed and the recipes' times; takes about 20 seconds
};

Diagnosis diagnose(const DiagnosisOptions& options);

/// Something that costs speed or may stop a run.
struct Warning {
  std::string problem;
  std::string remedy;
};

/// What is worth changing, the most costly first.
std::vector<Warning> warnings(const Diagnosis& diagnosis);

/// Everything, warnings included. Bytes, seconds and operations a second as numbers; null where nothing is known.
nlohmann::ordered_json to_json(const Diagnosis& diagnosis);

}  // namespace reslab::cli
