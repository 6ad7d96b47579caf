// splits.csv: which picture was in which split, as a run keeps it and a later one takes it up.
//
//   core::write_file(run / "splits.csv", splits_csv(set));
//   Listing earlier = read_splits(run / "splits.csv");
//
// Its columns are path, label, split and group, as --labels takes them, and hash, the SHA-256 of the content; paths are
// relative to the data's folder. Any byte of a name is kept. Pictures that are in no split (set_aside.h) have "unused"
// for their split.
#pragma once

#include <filesystem>
#include <string>

#include "reslab/pictures/picture_set.h"

namespace reslab::pictures {

/// The pictures of all splits, in the order of their ids, with a header; then those that were left out because training
/// lacks their class, since without them the class would be another one at the next start. CSV as RFC 4180 has it but
/// for lines that end with LF alone.
std::string splits_csv(const PictureSet& set);

/// Throws UserError as read_list does, and where the list has no splits.
Listing read_splits(const std::filesystem::path& file);

/// The same for a text in memory, with `file` as its name in messages.
Listing parse_splits(std::string text, const std::filesystem::path& file);

}  // namespace reslab::pictures
