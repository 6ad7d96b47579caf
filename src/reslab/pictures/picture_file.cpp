#include "reslab/pictures/picture_file.h"

#include <sys/stat.h>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {

std::vector<std::byte> read_picture_file(const std::string& path, const ExpectedContent& expected) {
  std::vector<std::byte> bytes = core::read_bytes(path, most_picture_bytes);
  struct stat status {};
  // After the reading, so that a change in the midst of it is seen.
  if (::stat(path.c_str(), &status) == 0 && stamp_of(status) == expected.stamp) return bytes;
  if (content_hash(core::sha256(bytes)) != expected.hash)
    throw core::UserError({.attempted = "read the picture " + path,
                           .found = "its content has changed since the pictures were looked through",
                           .allowed = "pictures that stay as they are while they are used",
                           .remedy = "start again; a training can go on from its last checkpoint only with the "
                                     "pictures that it began with"});
  return bytes;
}

}  // namespace reslab::pictures
