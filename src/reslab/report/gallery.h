// A picture of many small pictures in rows and columns, with titles: samples, mistakes, class-activation maps.
//
//   report::Gallery gallery{.title = "cifar10: mistakes", .columns = 5};
//   gallery.cells.push_back({.image = image, .title = "actual : cat\npredicted : dog"});
//   report::write_gallery("mistakes.png", gallery);
//
// Drawn by gnuplot. Where that isn't installed, the same grid is written without any titles, and the result says so.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::report {

struct GalleryCell {
  augment::Image image;    ///< 3 channels; all cells of a gallery have one size
  std::string title = {};  ///< above the picture; lines end in '\n'; "" for none
};

struct Gallery {
  std::string title = {};                       ///< above all; "" for none
  std::size_t columns = 1;                      ///< ≥ 1
  std::vector<GalleryCell> cells = {};          ///< row by row, at least one; the last row may be shorter
  std::vector<std::string> row_titles = {};     ///< to the left; empty, or one a row
  std::vector<std::string> column_titles = {};  ///< above the first row; empty, or one a column
  int scale = 3;                                ///< side of the square that a pixel becomes, ≥ 1

  std::size_t rows() const { return (cells.size() + columns - 1) / columns; }
};

/// Writes `file` as PNG. Returns why the titles aren't drawn: gnuplot isn't installed, or fails; "" where they are.
/// Throws UserError when the file can't be written, or this build knows no PNG.
std::string write_gallery(const std::filesystem::path& file, const Gallery& gallery);

/// The grid alone, as it is written without gnuplot: pictures on white, 2 · scale pixels between them.
augment::Image plain_grid(const Gallery& gallery);

}  // namespace reslab::report
