// Pictures in folders: which layout a folder has, and the class and split of each file in it.
//
//   DIR/train/CLASS/…, DIR/val/CLASS/…, DIR/test/CLASS/…    only if every visible folder in DIR is named like a split
//   DIR/CLASS/…                                             else
//
// A class is the folder at the top, of DIR or of the split; everything below belongs to it, however deep. A name within
// a longer one ("trains", "test images") makes no split, and neither do names of files. Links are followed and have the
// class of the folder that they lie in (folder_walk.h).
#pragma once

#include <filesystem>

#include "reslab/pictures/listing.h"

namespace reslab::pictures {

/// Lists DIR without opening a file, but where there is no class folder, to say whether there are pictures. Throws
/// UserError where DIR isn't there, is no folder, can't be read, or has no class folder, and where two of its folders
/// are the same split (val and valid).
Listing read_layout(const std::filesystem::path& folder);

}  // namespace reslab::pictures
