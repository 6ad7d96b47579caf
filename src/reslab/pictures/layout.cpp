#include "reslab/pictures/layout.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/examine.h"
#include "reslab/pictures/folder_walk.h"

namespace reslab::pictures {
namespace {

constexpr std::string_view layouts = "DIR/CLASS/… or DIR/train/CLASS/… with val and test beside train";

[[noreturn]] void refuse_folder(const std::string& folder, const std::string& found, const std::string& remedy) {
  throw core::UserError({.attempted = "find pictures in the folder " + folder,
                         .found = found,
                         .allowed = std::string(layouts),
                         .remedy = remedy});
}

std::vector<Entry> entries_of(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0)
    refuse_folder(folder, core::system_message(errno), errno == ENOENT ? "check the path" : "");
  if (!S_ISDIR(status.st_mode))
    refuse_folder(folder, "it is no folder", "for a list of pictures and labels, give it as --labels");
  std::vector<Entry> entries;
  if (const int error = list_folder(folder, entries); error != 0)
    refuse_folder(folder, core::system_message(error), "");
  return entries;
}

std::vector<std::string> names_of(const std::vector<Entry>& entries, EntryKind kind) {
  std::vector<std::string> names;
  for (const Entry& entry : entries)
    if (entry.kind == kind) names.push_back(entry.name);
  return names;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() > shown ? text + ", …" : text;
}

// Of a folder without class folders: are there pictures that should lie in some?
[[noreturn]] void refuse_no_class(const std::string& folder, const std::vector<std::string>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const std::string& name : files) paths.push_back(full_path(folder, name));
  std::int64_t pictures = 0;
  for (const Examined& file : examine_files(paths, {.hash = false}))
    pictures += is_picture(file.kind) && file.error == 0;
  if (pictures == 0) refuse_folder(folder, "no class folder and no picture", "check the path");
  refuse_folder(folder, core::counted(pictures, "picture") + " and no class folder",
                "put the pictures of each class into a folder of its name, or name their labels in a list (--labels)");
}

std::string under(const std::string& prefix, const std::string& path) {
  return prefix.empty() ? path : path.empty() ? prefix : prefix + '/' + path;
}

class LayoutReader {
 public:
  explicit LayoutReader(std::string root) { listing_.root = std::move(root); }

  Listing read() {
    const std::vector<Entry> entries = entries_of(listing_.root);
    const std::vector<std::string> folders = names_of(entries, EntryKind::folder);
    take_leftovers("", entries);
    if (folders.empty()) refuse_no_class(listing_.root, names_of(entries, EntryKind::file));
    const auto chain = chain_with(listing_.root, chain_above(listing_.root));
    if (std::ranges::all_of(folders, [](const std::string& name) { return split_named(name).has_value(); }))
      read_splits(folders, chain);
    else
      read_classes(folders, chain);
    report();
    return std::move(listing_);
  }

 private:
  using Chain = std::shared_ptr<const FolderChain>;

  void read_splits(const std::vector<std::string>& folders, const Chain& chain) {
    listing_.layout = Layout::split_folders;
    std::array<std::string, split_count> folder_of;
    std::vector<std::string> parts;
    std::size_t classes = 0;
    for (const std::string& name : folders) {
      const Split split = *split_named(name);
      std::string& same = folder_of.at(static_cast<std::size_t>(split));
      if (!same.empty())
        refuse_folder(listing_.root, core::concatenate("two folders for one split, '", same, "' and '", name, "'"),
                      "rename one of them, or put them together");
      same = name;
      const std::size_t found = read_split(name, split, chain);
      classes += found;
      parts.push_back("'" + name + "' (" + core::counted(static_cast<std::int64_t>(found), "class folder") + ")");
    }
    if (classes == 0)
      refuse_folder(listing_.root, quoted(folders) + " without any class folder",
                    "put the pictures of each class into a folder of its name, within " + quoted(folders));
    listing_.description = "folders of splits, " + core::join(parts) + ": every visible folder is named like a split";
  }

  // The number of class folders.
  std::size_t read_split(const std::string& name, Split split, const Chain& above) {
    const std::string full = full_path(listing_.root, name);
    const std::vector<Entry> entries = entries_of(full);
    take_leftovers(name, entries);
    const std::vector<std::string> classes = names_of(entries, EntryKind::folder);
    if (classes.empty()) empty_splits_.push_back(name);
    const Chain chain = chain_with(full, above);
    for (const std::string& label : classes) read_class(under(name, label), label, split, chain);
    return classes.size();
  }

  void read_classes(const std::vector<std::string>& folders, const Chain& chain) {
    listing_.layout = Layout::class_folders;
    std::vector<std::string> like_splits, others;
    for (const std::string& name : folders) {
      (split_named(name) ? like_splits : others).push_back(name);
      read_class(name, name, std::nullopt, chain);
    }
    add_finding(listing_.findings, "class-like-split", Severity::warning,
                core::concatenate(quoted(like_splits), like_splits.size() == 1 ? " is" : " are",
                                  " taken for a class, and not for a split, since ", quoted(others),
                                  " beside it isn't named like one; if splits are meant, move the others away"),
                like_splits);
    listing_.description = core::concatenate("folders of classes, ", folders.size(), ": ", quoted(others), " ",
                                             others.size() == 1 ? "isn't" : "aren't", " named like a split");
  }

  void read_class(const std::string& path, const std::string& label, std::optional<Split> split, const Chain& above) {
    listing_.folders.push_back({split, label});
    FolderWalk walk = walk_folder(full_path(listing_.root, path), above);
    for (const std::string& file : walk.files)
      listing_.files.push_back({.path = under(path, file), .label = label, .split = split});
    for (const auto list : {&FolderWalk::junk, &FolderWalk::loops, &FolderWalk::repeated, &FolderWalk::broken_links,
                            &FolderWalk::special})
      for (const std::string& entry : walk.*list) (left_.*list).push_back(under(path, entry));
    for (const Unreadable& folder : walk.unreadable)
      left_.unreadable.push_back({under(path, folder.path), folder.error});
  }

  // What lies beside the class folders.
  void take_leftovers(const std::string& folder, const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      const std::string path = under(folder, entry.name);
      if (entry.kind == EntryKind::file) listing_.beside.push_back(path);
      if (entry.kind == EntryKind::junk) left_.junk.push_back(path);
      if (entry.kind == EntryKind::broken_link) left_.broken_links.push_back(path);
      if (entry.kind == EntryKind::special) left_.special.push_back(path);
    }
  }

  void report() {
    Findings& findings = listing_.findings;
    const auto add = [&](const char* kind, Severity severity, const std::vector<std::string>& paths,
                         const std::string& noun, const char* said) {
      add_finding(findings, kind, severity, core::counted(static_cast<std::int64_t>(paths.size()), noun) + said, paths);
    };
    add("empty-split", Severity::warning, empty_splits_, "folder", " of a split without a class folder");
    add("hidden", Severity::note, left_.junk, "hidden or system file", " skipped");
    add("link-loop", Severity::warning, left_.loops, "link", " back to a folder above, not followed");
    add("folder-twice", Severity::note, left_.repeated, "link", " to a folder of the same class, read once");
    add("broken-link", Severity::skipped, left_.broken_links, "link", " to nothing");
    add("special-file", Severity::warning, left_.special, "special file", " (pipe, socket or device), never opened");
    std::vector<std::string> unreadable;
    for (const Unreadable& folder : left_.unreadable)
      unreadable.push_back(folder.path + ": " + core::system_message(folder.error));
    add("unreadable-folder", Severity::skipped, unreadable, "folder", " unreadable");
  }

  Listing listing_;
  FolderWalk left_;  // paths relative to the root
  std::vector<std::string> empty_splits_;
};

}  // namespace

Listing read_layout(const std::filesystem::path& folder) {
  return LayoutReader(folder.empty() ? "." : folder.string()).read();
}

}  // namespace reslab::pictures
