// How far a look through many pictures is, on one line of a terminal: "checking 1200 of 3781 pictures".
#pragma once

#include <chrono>
#include <string_view>

#include "reslab/core/error.h"
#include "reslab/pictures/examine.h"
#include "reslab/track/terminal.h"

namespace reslab::cli {

class StageLine {
 public:
  void show(std::string_view stage, const pictures::Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_.live() || now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    terminal_.redraw(core::concatenate(stage, ' ', progress.files, " of ", progress.of, " pictures"));
  }

 private:
  track::Terminal terminal_{2};
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace reslab::cli
