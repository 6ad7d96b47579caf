// Pictures in a list: `path,label[,split,group]`, as comma-separated values with a header, or of another form that is
// said.
//
//   Listing listing = read_list({.file = "labels.csv"});
//   Listing listing = read_list({.file = "labels.csv", .columns = "path=1,label=2", .delimiter = "space"});   // no
//   header Listing listing = read_list({.file = "breeds.csv", .data = "photos", .columns = "path=file,label=breed"});
//
// Paths are relative to the list's folder, or to `data`; absolute ones are taken as they are. A picture has one label:
// a path with two of them is refused. Splits are named as folders are (split_named).
#pragma once

#include <filesystem>
#include <string>

#include "reslab/pictures/listing.h"

namespace reslab::pictures {

struct ListOptions {
  std::filesystem::path file;
  std::filesystem::path data = {};  ///< what paths are relative to; empty: the list's folder
  std::string columns = {};  ///< "path=…,label=…[,split=…,group=…]": names in the header, or numbers from 1 for a
                             ///< file without one; what isn't named there is found by its own name
  std::string delimiter = ",";  ///< as parse_delimiter takes it
  bool hashes = false;          ///< reads the column `hash`, if there is one; of other lists it may be anything
};

/// The largest list that is read, in bytes.
constexpr std::size_t max_list_bytes = std::size_t{1} << 30;

/// Reads the list, and opens no picture. Throws UserError, with file, line and column, for what is no such list:
/// columns that aren't there, an empty path or label, a split of an unknown name or given for some rows only, a path
/// with two labels, splits or groups (both lines are named), no row at all.
Listing read_list(const ListOptions& options);

/// The same for a text in memory, with options.file as its name.
Listing parse_list(std::string text, const ListOptions& options);

}  // namespace reslab::pictures
