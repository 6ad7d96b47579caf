// What a report has written, to be told to the user.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reslab/report/gallery.h"

namespace reslab::report {

struct WrittenFiles {
  std::vector<std::filesystem::path> paths;
  std::string why_no_titles;  ///< of a gallery: gnuplot isn't installed, or failed; "" where titles were drawn

  /// Writes a gallery and notes it. Throws as write_gallery does.
  void add_gallery(const std::filesystem::path& path, const Gallery& gallery) {
    if (std::string reason = write_gallery(path, gallery); !reason.empty()) why_no_titles = std::move(reason);
    paths.push_back(path);
  }
};

}  // namespace reslab::report
