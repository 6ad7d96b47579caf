// All files below a folder, through symbolic links too.
//
//   const FolderWalk walk = walk_folder("photos/cat", chain_above("photos/cat"));
//
// What is found depends on names alone, not on the order in which the file system gives them. Names are bytes. Hidden
// entries and known junk are passed over. Below one folder every folder is read once: its real path first, links to it
// afterwards, in the order of their paths. A link to a folder that it lies in (a loop) is named and not followed;
// nothing is written, and no file is opened.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::pictures {

/// Whether the program passes over an entry of that name: what begins with a dot (.DS_Store, ._x.jpg,
/// .ipynb_checkpoints, …), and what systems put beside the user's files (Thumbs.db, desktop.ini, __MACOSX, …).
bool is_junk(std::string_view name);

/// A folder and those it lies in, by device and inode: what a link must not lead back to.
struct FolderChain {
  dev_t device = 0;
  ino_t inode = 0;
  std::shared_ptr<const FolderChain> above;
};

/// The folders that `folder` lies in, up to the root, itself not among them.
std::shared_ptr<const FolderChain> chain_above(const std::string& folder);

/// The same one further down: `folder` and all in `above`. `above` where it can't be looked at.
std::shared_ptr<const FolderChain> chain_with(const std::string& folder, std::shared_ptr<const FolderChain> above);

struct Unreadable {
  std::string path;
  int error = 0;  ///< errno
};

/// Paths are relative to the folder that was walked, with '/' between, each list in the order of their bytes.
struct FolderWalk {
  std::vector<std::string> files;         ///< files, and links to files
  std::vector<std::string> junk;          ///< hidden entries and junk; what lies in such a folder isn't counted
  std::vector<std::string> loops;         ///< links to a folder that they lie in
  std::vector<std::string> repeated;      ///< links to a folder below this one that was read already
  std::vector<std::string> broken_links;  ///< links that lead nowhere
  std::vector<std::string> special;       ///< pipes, sockets, devices
  std::vector<Unreadable> unreadable;     ///< folders that can't be read
};

/// `above`: the folders that this one lies in, as the user reaches it. Where `folder` itself is among them, it is a
/// loop, named "".
FolderWalk walk_folder(const std::string& folder, std::shared_ptr<const FolderChain> above);

/// What lies in a folder itself.
enum class EntryKind { file, folder, junk, broken_link, special };
struct Entry {
  std::string name;
  EntryKind kind = EntryKind::file;
  bool link = false;
};

/// Sorted by name. 0, or errno.
int list_folder(const std::string& folder, std::vector<Entry>& entries);

}  // namespace reslab::pictures
