// The files that a folder or a list names, with their labels: what layout.h and labels.h find, before any file is
// opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reslab/pictures/finding.h"
#include "reslab/pictures/split.h"

namespace reslab::pictures {

enum class Layout : std::uint8_t {
  split_folders,  ///< DIR/train/CLASS/…, DIR/test/CLASS/…
  class_folders,  ///< DIR/CLASS/…
  list,           ///< a file with paths and labels
};

struct Listed {
  std::string path;                      ///< bytes, relative to the listing's root, or absolute
  std::string label;                     ///< name of its class, bytes, not empty
  std::optional<Split> split;            ///< where it is given
  std::string group;                     ///< "": none
  std::optional<ContentHash> hash = {};  ///< of its content, where an earlier splits.csv has it
  bool set_aside = false;                ///< of an earlier splits.csv: it was in no split (set_aside.h)
};

/// A folder that stands for a class, whether or not there is a picture in it.
struct ClassFolder {
  std::optional<Split> split;
  std::string label;
};

struct Listing {
  Layout layout = Layout::class_folders;
  std::string description;           ///< which layout was recognised, and by what: a sentence
  std::string root;                  ///< what paths are relative to; bytes, not empty
  std::vector<Listed> files;         ///< each path once; pictures or not
  std::vector<std::string> beside;   ///< files that lie beside the class folders
  std::vector<ClassFolder> folders;  ///< of layouts that are folders
  Findings findings;
};

/// Where the file is: `root` with `path`, or `path` where that is absolute.
inline std::string full_path(const std::string& root, const std::string& path) {
  return path.starts_with('/') ? path : root.ends_with('/') ? root + path : root + '/' + path;
}

}  // namespace reslab::pictures
