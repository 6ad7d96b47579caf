// Sees the saves of a training in another process as they happen, by what the system tells of its checkpoint folder.
//
//   SaveWatch watch(run.checkpoint());
//   while (const auto event = watch.next(std::chrono::milliseconds(100))) …
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

namespace reslab::verify {

/// The stages of a save, in their order.
enum class SaveStage {
  payload_begun,   ///< its temporary file is there
  payload_whole,   ///< under its name; it is read back next
  manifest_begun,  ///< its temporary file is there
  manifest_whole,  ///< under its name: the save is done but for removing what is older
};

struct SaveEvent {
  SaveStage stage;
  std::string file;  ///< its name
};

class SaveWatch {
 public:
  /// The folder exists. Throws UserError where the system can't watch it.
  explicit SaveWatch(const std::filesystem::path& folder);
  ~SaveWatch();
  SaveWatch(const SaveWatch&) = delete;
  SaveWatch& operator=(const SaveWatch&) = delete;

  /// The next since the watch began; nothing when none comes within `limit`.
  std::optional<SaveEvent> next(std::chrono::milliseconds limit);

 private:
  void read_events();

  int descriptor_ = -1;
  std::deque<SaveEvent> waiting_;
};

}  // namespace reslab::verify
