#include "reslab/cli/killed_training.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds glance{2};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::string text_of(const std::optional<train::Position>& position) {
  if (!position) return "none";
  return core::concatenate("that of epoch ", position->epoch, ", batch ", position->batch);
}

// Follows a process until the moment to kill it. Keeps in mind the newest checkpoint that was seen whole.
class Watcher {
 public:
  Watcher(core::ChildProcess& child, fs::path folder, Clock::time_point start)
      : child_(child), folder_(std::move(folder)), start_(start) {}

  /// False when the process ended before.
  bool wait_for(const Strike& strike) {
    int saves = 0;
    for (;;) {
      const double left = strike.stage ? 1 : strike.seconds - seconds_since(start_);
      if (left <= 0) return !child_.wait(milliseconds(0));
      const auto event = next(std::min(milliseconds(20), milliseconds(1 + static_cast<int>(1000 * left))));
      if (event && event->stage == strike.stage && saves++ == strike.saves_to_pass) {
        pause(strike.seconds);
        return !child_.wait(milliseconds(0));
      }
      if (!event && child_.wait(milliseconds(0))) return false;
    }
  }

  /// After the process's end: what it did last.
  void drain() {
    while (next(milliseconds(0))) {
    }
  }

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
  Clock::time_point start_;
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
  throw core::InternalError(
      core::concatenate("the training in ", run_.path.string(), ": ", found, "; its last process said:\n", said()));
}

void KilledTraining::check_end(int exit_code) const {
  if (exit_code == static_cast<int>(core::ExitCode::user_error))
    throw core::UserError({.attempted = "train in " + run_.path.string(), .found = "it said:\n" + said()});
  if (exit_code != 0) fail(core::concatenate("it ended with exit code ", exit_code));
}

std::vector<std::string> KilledTraining::command() const {
  std::vector<std::string> words{options_.program};
  // Killed before its record was written, a run is no run yet.
  if (std::error_code error; fs::exists(run_.environment(), error)) {
    words.insert(words.end(), {"resume", run_.path.string()});
  } else {
    fs::remove_all(run_.path, error);
    words.insert(words.end(),
                 {"train", options_.recipe.string(), "--name", options_.name, "--runs-dir", options_.runs.string()});
  }
  words.insert(words.end(), options_.flags.begin(), options_.flags.end());
  return words;
}

void KilledTraining::check_resumption(const std::optional<train::Position>& newest) const {
  const std::string said = core::read_text(output_);
  const std::string from = newest ? "from " + train::checkpoint_path(run_.checkpoint(), *newest).string() : "";
  // One that was killed before it said so has changed nothing.
  const bool spoke = said.find("resuming after") != std::string::npos || said.find("begins anew") != std::string::npos;
  if (newest && spoke && said.find(from) == std::string::npos)
    fail("it did not go on from the newest whole checkpoint, " + text_of(newest));
}

Left KilledTraining::left_by_kill(const std::set<std::string>& before) const {
  bool temporary = false, manifest = false, payload = false;
  for (const std::string& name : train::unfinished_saves(run_.checkpoint())) {
    if (before.contains(name)) continue;
    const bool part = core::is_unfinished(name), json = name.find(".json.") != std::string::npos;
    manifest = manifest || (part && json);
    temporary = temporary || (part && !json);
    payload = payload || !part;
  }
  if (manifest) return Left::half_manifest;
  if (temporary) return Left::half_payload;
  return payload ? Left::payload_alone : Left::nothing;
}

Life KilledTraining::live(const std::optional<Strike>& strike) {
  const std::vector<std::string> words = command();
  const auto newest_before = train::newest_whole(run_.checkpoint());
  const std::set<std::string> unfinished_before = train::unfinished_saves(run_.checkpoint());
  Life life{.resumed_from = newest_before};
  const auto start = Clock::now();
  core::ChildProcess child({.arguments = words, .output = output_});
  Watcher watcher(child, run_.checkpoint(), start);
  if (strike && watcher.wait_for(*strike)) {
    life.killed = child.kill() == 128 + SIGKILL;
  } else {
    while (!child.wait(std::chrono::hours(1))) {
    }
  }
  life.seconds = seconds_since(start);
  watcher.drain();
  check_resumption(newest_before);
  if (!life.killed) check_end(child.wait(milliseconds(0)).value());
  const auto newest = train::newest_whole(run_.checkpoint());
  if (const auto seen = std::max(newest_before, watcher.newest()); newest < seen)
    fail(core::concatenate("a checkpoint was lost: ", text_of(seen), " was whole, and after the kill the newest is ",
                           text_of(newest)));
  if (life.killed) life.left = left_by_kill(unfinished_before);
  return life;
}

}  // namespace reslab::cli
