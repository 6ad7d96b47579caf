#include "reslab/pictures/folder_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

namespace reslab::pictures {
namespace {

using FolderId = std::pair<dev_t, ino_t>;

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

EntryKind kind_of_mode(mode_t mode) {
  return S_ISREG(mode) ? EntryKind::file : S_ISDIR(mode) ? EntryKind::folder : EntryKind::special;
}

// d_type saves a call for each file, where the file system tells it.
Entry describe_entry(int folder, const dirent& found) {
  Entry entry{.name = found.d_name};
  if (is_junk(entry.name)) return {.name = entry.name, .kind = EntryKind::junk};
  unsigned char type = found.d_type;
  struct stat status {};
  if (type == DT_UNKNOWN && ::fstatat(folder, found.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
  if (type == DT_REG) return entry;
  entry.link = type == DT_LNK;
  if (entry.link)
    entry.kind =
        ::fstatat(folder, found.d_name, &status, 0) == 0 ? kind_of_mode(status.st_mode) : EntryKind::broken_link;
  else
    entry.kind = type == DT_DIR ? EntryKind::folder : EntryKind::special;
  return entry;
}

bool lies_in(const FolderId& id, const FolderChain* chain) {
  for (; chain != nullptr; chain = chain->above.get())
    if (chain->device == id.first && chain->inode == id.second) return true;
  return false;
}

std::string joined_path(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + '/' + name;
}

class Walker {
 public:
  explicit Walker(const std::string& root) : root_(root) {}

  FolderWalk walk(std::shared_ptr<const FolderChain> above) {
    links_.emplace("", std::move(above));
    while (!links_.empty()) {
      auto link = links_.extract(links_.begin());
      waiting_.push_back({std::move(link.key()), std::move(link.mapped())});
      while (!waiting_.empty()) {
        const Waiting folder = std::move(waiting_.back());
        waiting_.pop_back();
        read(folder);
      }
    }
    for (auto* list :
         {&result_.files, &result_.junk, &result_.loops, &result_.repeated, &result_.broken_links, &result_.special})
      std::ranges::sort(*list);
    std::ranges::sort(result_.unreadable, {}, &Unreadable::path);
    return std::move(result_);
  }

 private:
  struct Waiting {
    std::string path;
    std::shared_ptr<const FolderChain> above;
  };

  void read(const Waiting& folder) {
    const std::string full = folder.path.empty() ? root_ : root_ + '/' + folder.path;
    struct stat status {};
    std::vector<Entry> entries;
    int error = ::stat(full.c_str(), &status) == 0 ? 0 : errno;
    if (error == 0) {
      const FolderId id{status.st_dev, status.st_ino};
      if (lies_in(id, folder.above.get())) return result_.loops.push_back(folder.path);
      if (!read_.insert(id).second) return result_.repeated.push_back(folder.path);
      error = list_folder(full, entries);
    }
    if (error != 0) return result_.unreadable.push_back({folder.path, error});
    const auto chain = std::make_shared<const FolderChain>(FolderChain{status.st_dev, status.st_ino, folder.above});
    for (const Entry& entry : entries) sort_in(entry, joined_path(folder.path, entry.name), chain);
  }

  void sort_in(const Entry& entry, std::string path, const std::shared_ptr<const FolderChain>& chain) {
    switch (entry.kind) {
      case EntryKind::file: return result_.files.push_back(std::move(path));
      case EntryKind::junk: return result_.junk.push_back(std::move(path));
      case EntryKind::broken_link: return result_.broken_links.push_back(std::move(path));
      case EntryKind::special: return result_.special.push_back(std::move(path));
      case EntryKind::folder: break;
    }
    if (entry.link)
      links_.emplace(std::move(path), chain);
    else
      waiting_.push_back({std::move(path), chain});
  }

  const std::string& root_;
  FolderWalk result_;
  std::vector<Waiting> waiting_;                                     // real folders
  std::map<std::string, std::shared_ptr<const FolderChain>> links_;  // to folders, followed when no real one waits
  std::set<FolderId> read_;
};

}  // namespace

bool is_junk(std::string_view name) {
  if (name.starts_with('.')) return true;
  constexpr std::array<std::string_view, 10> known{
      "Thumbs.db",    "ehthumbs.db", "desktop.ini", "__MACOSX", "@eaDir",
      "$RECYCLE.BIN", "__pycache__", "lost+found",  "Icon\r",   "System Volume Information"};
  return std::ranges::any_of(known, [&](std::string_view junk) { return same_letters(name, junk); });
}

int list_folder(const std::string& folder, std::vector<Entry>& entries) {
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), ::closedir);
  if (!opened) return errno;
  for (;;) {
    errno = 0;
    const dirent* found = ::readdir(opened.get());
    if (found == nullptr) break;
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") entries.push_back(describe_entry(::dirfd(opened.get()), *found));
  }
  if (errno != 0) return errno;
  std::ranges::sort(entries, {}, &Entry::name);
  return 0;
}

std::shared_ptr<const FolderChain> chain_with(const std::string& folder, std::shared_ptr<const FolderChain> above) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return above;
  return std::make_shared<const FolderChain>(FolderChain{status.st_dev, status.st_ino, std::move(above)});
}

std::shared_ptr<const FolderChain> chain_above(const std::string& folder) {
  std::error_code ignored;
  std::shared_ptr<const FolderChain> chain;
  std::filesystem::path path = std::filesystem::canonical(folder, ignored);
  // Any order will do: the chain is only searched.
  while (path.has_relative_path()) {
    path = path.parent_path();
    chain = chain_with(path.string(), std::move(chain));
  }
  return chain;
}

FolderWalk walk_folder(const std::string& folder, std::shared_ptr<const FolderChain> above) {
  return Walker(folder).walk(std::move(above));
}

}  // namespace reslab::pictures
