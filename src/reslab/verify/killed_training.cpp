#include "reslab/verify/killed_training.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"

namespace reslab::verify {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds glance{2}, patience{20};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string text_of(const std::optional<train::Position>& position) {
  if (!position) return "none";
  return core::concatenate("that of epoch ", position->epoch, ", batch ", position->batch);
}

// Follows a process until the moment to kill it. Keeps in mind the newest checkpoint that was seen whole.
class Watcher {
 public:
  Watcher(core::ChildProcess& child, fs::path folder, const std::function<bool()>& stop)
      : child_(child), folder_(std::move(folder)), stop_(stop) {}

  /// False when the process ended before the point; without a point it waits for the end.
  bool wait_for(const std::optional<KillPoint>& point) {
    int saves = 0;
    while (!child_.wait(milliseconds(0))) {
      if (stop_ && stop_()) throw TrainingStopped{};
      const bool timed = point && !point->stage;
      const double left = timed ? point->seconds - seconds_since(start_) : 1;
      if (left <= 0) return true;
      const auto event = next(std::min(patience, milliseconds(1 + static_cast<int>(1000 * left))));
      if (point && point->stage && event && event->stage == point->stage && saves++ == point->saves_to_pass) {
        std::this_thread::sleep_for(std::chrono::duration<double>(point->seconds));
        return !child_.wait(milliseconds(0));
      }
    }
    return false;
  }

  /// After the process's end: what it did last.
  void drain() {
    while (next(milliseconds(0))) {
    }
  }

  double seconds() const { return seconds_since(start_); }
  const std::optional<train::Position>& newest() const { return newest_; }

 private:
  std::optional<SaveEvent> next(milliseconds limit) {
    if (!watch_) {
      if (std::error_code error; !fs::is_directory(folder_, error)) {
        child_.wait(std::min(limit, glance));
        return std::nullopt;
      }
      watch_.emplace(folder_);
    }
    auto event = watch_->next(limit);
    if (event && event->stage == SaveStage::manifest_whole)
      newest_ = std::max(newest_, train::position_of(event->file));
    return event;
  }

  core::ChildProcess& child_;
  fs::path folder_;
  const std::function<bool()>& stop_;
  Clock::time_point start_ = Clock::now();
  std::optional<SaveWatch> watch_;
  std::optional<train::Position> newest_;
};

}  // namespace

KilledTraining::KilledTraining(KilledTrainingOptions options)
    : options_(std::move(options)),
      run_{options_.runs / options_.name},
      output_(options_.runs / (options_.name + ".output")) {}

std::string KilledTraining::said() const {
  constexpr std::size_t most = 2000;
  std::error_code error;
  std::string text = fs::exists(output_, error) ? core::read_text(output_) : "";
  return text.size() <= most ? text : "…" + text.substr(text.size() - most);
}

void KilledTraining::fail(const std::string& found) const {
  throw TrainingFault(
      core::concatenate("the training in ", run_.path.string(), ": ", found, "; its last process said:\n", said()));
}

std::vector<std::string> KilledTraining::command() const {
  std::vector<std::string> words{options_.program};
  if (std::error_code error; fs::exists(run_.environment(), error))
    words.insert(words.end(), {"resume", run_.path.string()});
  else  // killed before its record was written, a run is no run yet
    words.insert(words.end(),
                 {"train", options_.recipe.string(), "--name", options_.name, "--runs-dir", options_.runs.string()});
  words.insert(words.end(), options_.flags.begin(), options_.flags.end());
  return words;
}

void KilledTraining::check_resumption(const std::optional<train::Position>& newest) const {
  if (!newest) return;
  const std::string text = core::read_text(output_);
  const std::string from = train::checkpoint_path({}, *newest).string() + "\n";
  // One that was killed before it said so has changed nothing.
  const bool spoke = text.find("resuming after") != std::string::npos || text.find("begins anew") != std::string::npos;
  if (spoke && text.find(from) == std::string::npos)
    fail("it did not go on from the newest whole checkpoint, " + text_of(newest));
}

KilledTraining::Residues KilledTraining::residues() const {
  Residues found;
  std::error_code error;
  for (const std::string& name : train::unfinished_saves(run_.checkpoint()))
    found[name] = fs::last_write_time(run_.checkpoint() / name, error);
  return found;
}

Residue KilledTraining::residue_since(const Residues& before) const {
  bool temporary = false, manifest = false, payload = false;
  for (const auto& [name, time] : residues()) {
    if (const auto known = before.find(name); known != before.end() && known->second == time) continue;
    const bool part = core::is_unfinished(name), json = name.find(".json.") != std::string::npos;
    manifest = manifest || (part && json);
    temporary = temporary || (part && !json);
    payload = payload || !part;
  }
  if (manifest) return Residue::half_manifest;
  if (temporary) return Residue::half_payload;
  return payload ? Residue::payload_alone : Residue::nothing;
}

Attempt KilledTraining::attempt(const std::optional<KillPoint>& point) {
  const std::vector<std::string> words = command();
  const auto newest_before = train::newest_whole(run_.checkpoint());
  const Residues residues_before = residues();
  Attempt attempt;
  core::ChildProcess child({.arguments = words, .output = output_});
  Watcher watcher(child, run_.checkpoint(), options_.stop);
  if (watcher.wait_for(point)) attempt.killed = child.kill() == 128 + SIGKILL;
  attempt.seconds = watcher.seconds();
  watcher.drain();
  if (const int code = child.wait(milliseconds(0)).value(); !attempt.killed && code != 0)
    fail(core::concatenate("it ended with exit code ", code));
  check_resumption(newest_before);
  const auto newest = train::newest_whole(run_.checkpoint());
  if (const auto seen = std::max(newest_before, watcher.newest()); newest < seen)
    fail(core::concatenate("a checkpoint was lost: ", text_of(seen), " was whole, and now the newest is ",
                           text_of(newest)));
  if (attempt.killed) attempt.residue = residue_since(residues_before);
  return attempt;
}

}  // namespace reslab::verify
