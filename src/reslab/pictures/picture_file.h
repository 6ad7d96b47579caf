// The bytes of a picture's file, as they were when it got its content's hash.
//
//   const std::vector<std::byte> bytes = read_picture_file(path, {.hash = picture.hash, .stamp = picture.stamp});
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reslab/pictures/content_hash.h"
#include "reslab/pictures/file_stamp.h"

namespace reslab::pictures {

struct ExpectedContent {
  ContentHash hash;
  FileStamp stamp;
};

/// The largest picture file that is read, in bytes.
constexpr std::size_t most_picture_bytes = std::size_t{1} << 30;

/// The file is hashed again only where its stamp is another one now. Throws UserError, naming it, where it can't be
/// read or has another content: to go on with that would give other results than were begun with.
std::vector<std::byte> read_picture_file(const std::string& path, const ExpectedContent& expected);

}  // namespace reslab::pictures
