// Which column of a list is which.
#pragma once

#include <optional>
#include <string>

#include "reslab/pictures/csv_reader.h"

namespace reslab::pictures {

/// As `--columns` says it: for each, a name in the header or a number.
struct ColumnChoice {
  std::optional<std::string> path, label, split, group;
  bool by_number = false;  ///< the file has no header
  bool hashes = false;     ///< whether a column named `hash` is one
};

/// "path=1,label=2,split=3" or "path=file,label=breed"; "" chooses nothing. Throws UserError for anything else, and for
/// names and numbers mixed.
ColumnChoice parse_columns(const std::string& text);

/// Places in a row, from 0.
struct ListColumns {
  std::size_t path = 0, label = 0;
  std::optional<std::size_t> split, group, hash;
};

/// `first`: the first row, of which the number of fields is used and, unless columns are numbered, the names. Throws
/// UserError where a column isn't there or two columns have the name.
ListColumns find_columns(const ColumnChoice& choice, const CsvReader& reader, const CsvRow& first);

}  // namespace reslab::pictures
