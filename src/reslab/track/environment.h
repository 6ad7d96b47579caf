// environment.json of a run: by which program, on which machine, when and how it was started (docs/formats.md). What
// the recipe decides isn't repeated here.
//
//   track::write_environment(run.environment(), {.command_line = {"reslab", "train"}, .recipe = "original", …});
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace reslab::track {

/// What a run's folder holds: a training, or a learning-rate range test, which leaves no network behind.
enum class RunKind { train, find_lr };

/// "train", "find-lr".
std::string name_of(RunKind kind);

/// What the run knows and the machine doesn't say.
struct RunFacts {
  RunKind kind = RunKind::train;
  std::vector<std::string> command_line = {};
  std::string recipe = {};       ///< its name
  std::string recipe_hash = {};  ///< recipe::recipe_hash
  std::uint64_t seed = 0;
  std::string device = {};     ///< "cpu", "cuda"
  std::string precision = {};  ///< "fp32", "bf16"
  int threads = 1;             ///< used
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::string extends = {};  ///< the run that this one goes on with for more epochs; "" for none
  std::int64_t train_samples = 0, test_samples = 0;  ///< of the whole data set; 0: not recorded
};

/// UTC as ISO 8601 to the microsecond, "2026-11-22T19:40:42.012345Z": sorts as text by time until the year 9999.
std::string iso_time(std::chrono::system_clock::time_point time);

/// The file's text: JSON, indented.
std::string environment_json(const RunFacts& facts);

/// Writes it durably.
void write_environment(const std::filesystem::path& path, const RunFacts& facts);

/// Adds to "resumed" of an environment.json by what and when the run was taken up again, after so many finished epochs.
/// A damaged file stays as it is.
void add_resumption(const std::filesystem::path& path, const RunFacts& facts, std::int64_t epochs_done);

/// The text of a key of an environment.json ("precision"); nothing when the file is missing or damaged, or the key's
/// value is no text.
std::optional<std::string> environment_text(const std::filesystem::path& path, const std::string& key);

/// How many samples the data set's split "train" or "test" has, whatever was trained on or tested; nothing where the
/// file doesn't say it, as those of earlier versions don't.
std::optional<std::int64_t> recorded_samples(const std::filesystem::path& path, const std::string& split);

/// Program and commit, libtorch, processor, device, precision and threads in one line, to tell whether runs are of one
/// series. Of two builds from modified files it can't tell whether they are the same.
std::string made_by(const RunFacts& facts);
/// The same as recorded, a line for each that had a part in the run: who began it, and who took it up again. "an
/// unknown program" where the file is missing or damaged.
std::vector<std::string> made_by(const std::filesystem::path& path);

/// The recorded start (iso_time), likewise.
std::optional<std::string> started(const std::filesystem::path& path);

/// The recorded kind; a training where the file says nothing.
RunKind run_kind(const std::filesystem::path& path);

}  // namespace reslab::track
