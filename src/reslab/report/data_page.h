// The page of `reslab data check`: one HTML file of at most 5 MB that shows what a folder of pictures holds.
//
//   core::write_file("photos.html", report::render_data_page({.title = "photos", …}));
//
// It has the frame of a run's report (page_frame.h): offline, and no name is ever markup.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/report/page.h"

namespace reslab::report {

struct DataPicture {
  std::string name;      ///< its path
  std::string about;     ///< "dress, test"; what is wrong with it
  augment::Image image;  ///< 3 channels, small; without pixels where there is nothing to show
};

/// Pictures that belong side by side.
struct DataGroup {
  std::string title;    ///< "Equal, across splits"
  bool marked = false;  ///< needs attention
  std::size_t all = 0;  ///< pictures of the group; some may be left out of `pictures`
  std::vector<DataPicture> pictures;
};

struct DataClass {
  std::string name;
  std::array<std::int64_t, 3> counts{};  ///< train, validation, test
  std::vector<DataPicture> pictures;     ///< a sample
};

struct DataFinding {
  bool marked = false;  ///< needs attention; else for information
  std::string text;
  std::vector<std::string> examples;
  std::uint64_t count = 0;
};

/// A file that isn't used.
struct UnusedFile {
  std::string path, why;
  std::string remedy;  ///< a command for a shell, or ""
};

struct DataPage {
  std::string title, subtitle, made;
  std::vector<Headline> headlines;  ///< the first one is the largest
  std::vector<DataFinding> findings;
  std::vector<DataClass> classes;
  std::vector<DataGroup> groups;
  std::string groups_hint;  ///< how many there are, and how they were found
  std::vector<DataPicture> damaged;
  std::vector<UnusedFile> unused;
  std::size_t unused_count = 0;  ///< in all
  std::vector<Entry> facts;      ///< sizes and kinds
};

/// The whole file. Pictures become JPEG, or PNG in a build without; those beyond 3 MB are left out, and the page says
/// so. Texts longer than 200 bytes are cut, and of very long lists the first are shown.
std::string render_data_page(const DataPage& page);

}  // namespace reslab::report
