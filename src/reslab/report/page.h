// The report of one or several runs: one HTML file that holds all it needs and asks for nothing from anywhere.
//
//   report::Page page{.title = "resnet", .runs = {run}};
//   core::write_file(run.path / "report.html", report::render_page(page));
//
// Names come from data sets and paths, so nothing of it is ever read as markup: the data stands in the page as JSON in
// which <, > and & are escaped, the page's script makes text of it, and a Content-Security-Policy lets no other script
// run and nothing be fetched. The page's own files are in report/page/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/explain/class_measures.h"
#include "reslab/explain/mistakes.h"
#include "reslab/track/metrics.h"

namespace reslab::report {

/// A figure in large letters.
struct Headline {
  std::string label;  ///< "Test accuracy"
  std::string value;  ///< "93.86 %"
  std::string about;  ///< what it was measured on
};

/// Name and value, as they are shown.
using Entry = std::pair<std::string, std::string>;

struct LayerRow {
  std::string name, kind;  ///< "layer1_x.0", "Conv2d 3×3"
  std::string output;      ///< its shape for one image: "128×32×32"
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;  ///< for one image
};

/// A training image near to a mistake.
struct NearSample {
  std::int64_t sample = 0, label = 0;
  double similarity = 0;  ///< in [−1, 1]
  augment::Image image;   ///< 3 channels, of the mistakes' size
};

/// A class-activation map: side × side bytes, row by row, 255 where the class was seen most. Empty: none.
using ByteMap = std::vector<std::uint8_t>;

struct MistakeCard {
  explain::Mistake mistake;
  std::int64_t suspect = 0;           ///< rank among the suspected labels, from 1; 0: not suspected
  augment::Image image;               ///< 3 channels; one size in a run
  ByteMap predicted_map, actual_map;  ///< both or none
  std::vector<NearSample> nearest = {};
};

/// What a network got wrong on a split of its data set.
struct Errors {
  std::vector<std::string> classes;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true][predicted]
  std::vector<MistakeCard> mistakes;                 ///< those that are shown, a part of all
  int map_side = 0;                                  ///< of every map
  std::vector<std::string> notes;                    ///< sentences on what is shown
  std::optional<explain::Measures> measures = {};    ///< of each class
};

struct PageRun {
  std::string name;
  std::vector<Headline> headlines;  ///< the first one is the largest
  std::vector<track::EpochRow> epochs;
  std::vector<track::StepRow> steps;  ///< thinned out for the page
  std::vector<Entry> recipe, environment;
  std::vector<LayerRow> layers;
  std::optional<Errors> errors;      ///< none for a run without weights
  std::vector<std::string> missing;  ///< sentences on what isn't there, and why
  std::string views;                 ///< by which each image was tested after the last epoch; "" for one
};

struct Page {
  std::string title, subtitle;
  std::string made;           ///< the last line: by what, from what, when
  std::vector<PageRun> runs;  ///< at least one
};

/// The whole file.
std::string render_page(const Page& page);

/// The page's data as JSON that may stand inside <script>: no <, > or &, no U+2028 or U+2029; bytes that aren't UTF-8
/// are replaced.
std::string page_json(const Page& page);

}  // namespace reslab::report
