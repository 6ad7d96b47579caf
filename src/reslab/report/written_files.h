// What a report has written, to be told to the user.
#pragma once

#include <filesystem>
#include <vector>

#include "reslab/report/gallery.h"

namespace reslab::report {

struct WrittenFiles {
  std::vector<std::filesystem::path> paths;
  bool titles_left_out = false;  ///< of a gallery, since gnuplot isn't installed

  /// Writes a gallery and notes it. Throws as write_gallery does.
  void add_gallery(const std::filesystem::path& path, const Gallery& gallery) {
    titles_left_out |= write_gallery(path, gallery) == GalleryTitles::left_out;
    paths.push_back(path);
  }
};

}  // namespace reslab::report
