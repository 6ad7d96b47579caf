// Many small pictures in one PNG, as a data URI: a page cuts each out by its number.
//
//   report::Sheet sheet;
//   const std::size_t number = sheet.add(image);   // row number / columns, column number % columns
//   const std::string uri = sheet.data_uri();
#pragma once

#include <string>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::report {

class Sheet {
 public:
  static constexpr std::size_t columns = 32;

  /// `image`: 3 channels, as large as all others of the sheet. Returns its number, from 0.
  std::size_t add(const augment::Image& image);

  std::size_t size() const { return count_; }
  int width() const { return width_; }    ///< of one picture, in pixels
  int height() const { return height_; }  ///< likewise

  /// All pictures in rows of `columns`, the last row filled up with black. At least one was added.
  augment::Image picture() const;

  /// "data:image/png;base64,…"; "" for an empty sheet and in a build without PNG.
  std::string data_uri() const;

 private:
  int width_ = 0, height_ = 0;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> rows_;  // whole rows of pictures
};

}  // namespace reslab::report
