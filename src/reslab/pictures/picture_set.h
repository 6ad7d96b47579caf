// A data set of picture files: which there are, their classes and their splits, and what was met on the way.
//
//   const PictureSet set = find_pictures({.data = "photos", .threads = 4});
//   for (const std::uint32_t id : set.ids(Split::train)) use(set.full_path(id), set.pictures[id].label);
//
// The id of a picture is its place in `pictures`, which are in the order of their file names, then of their paths, as
// bytes. It depends on the names of the pictures that are used and on nothing else: neither on the order in which the
// file system gives them, nor on labels or splits, so that a picture that is moved to another class's folder keeps its
// id. A picture that is added shifts the ids of those behind it by one.
//
// Classes are the labels that occur in the training split, in the order of their bytes ("10" before "2"). Everything
// is matched by name: a class that a split lacks shifts nothing. Nothing is ever written into the folder.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/pictures/assign.h"
#include "reslab/pictures/gather.h"
#include "reslab/pictures/labels.h"
#include "reslab/pictures/layout.h"
#include "reslab/pictures/units.h"

namespace reslab::pictures {

struct Picture {
  std::string path;         ///< bytes, relative to PictureSet::root, or absolute
  std::int32_t label = 0;   ///< place in PictureSet::classes
  std::int32_t group = -1;  ///< place in PictureSet::groups, −1: none
  Split split = Split::train;
  FileKind kind = FileKind::jpeg;
  std::uint64_t bytes = 0;  ///< of the file
  ContentHash hash;         ///< of the file
  FileStamp stamp;          ///< of the file, when it was read
};

struct PictureSet {
  std::string root;  ///< the folder that paths are relative to, as it was given
  Layout layout = Layout::class_folders;
  std::string layout_text, split_text;  ///< which layout was recognised and where the splits come from: sentences
  std::vector<std::string> classes;     ///< by label; bytes, two or more
  std::vector<std::string> groups;      ///< in the order of their bytes
  std::vector<Picture> pictures;        ///< by id
  std::vector<LeftOut> left_out;        ///< those that were listed and aren't used
  std::vector<std::uint32_t> test_seen_in_training;  ///< ids of test pictures equal, to the byte, to one of train or
                                                     ///< validation
  bool no_untouched_test = false;  ///< there is no test split; what is measured on the hold-out was chosen by
  Findings findings;

  std::string full_path(std::size_t id) const { return pictures::full_path(root, pictures[id].path); }

  /// Ascending.
  std::vector<std::uint32_t> ids(Split split) const;

  /// Pictures of each class (rows) in each split (columns, in the order of Split).
  std::vector<std::array<std::int64_t, split_count>> counts() const;

  /// Whether pictures that were asked for are left out: exit code 1.
  bool some_skipped() const;
};

struct PictureOptions {
  std::filesystem::path data = {};         ///< the folder; with a list, what its paths are relative to
  std::optional<ListOptions> labels = {};  ///< a list instead of folders; `data` above is passed to it
  std::filesystem::path splits = {};       ///< an earlier splits.csv
  std::shared_ptr<const std::string> splits_text = nullptr;  ///< its text, where that is in no file yet
  /// For those who divide the pictures themselves (folded.h): all are in the training split, but those of a given test
  /// split, which are set aside. Shares, splits and holdout count for nothing.
  bool pool = false;
  Shares shares = {};
  bool exact = false;                     ///< stratified
  double holdout = 0.1;                   ///< of train, where train and test are given; in [0, 1)
  std::uint64_t seed = 0;                 ///< of the splits alone; another one for training leaves them as they are
  std::string group_by = {};              ///< as GroupPattern takes it
  std::vector<std::string> classes = {};  ///< of a network that is only evaluated; empty: those of the training split
  int threads = 1;                        ///< ≥ 1
  OnProgress progress = {};               ///< while files are read
  KnownFiles* known = nullptr;            ///< ExamineOptions::known
  /// Called with the pictures before they get their splits, classes and ids: it may leave some out, and say so.
  std::function<void(const Listing&, Gathered&)> check = {};
};

/// Finds, reads and splits. Throws UserError as read_layout, read_list, GroupPattern and gather do, and where nothing
/// is left to train on or there are fewer than two classes.
PictureSet find_pictures(const PictureOptions& options);

/// Everything behind the opening of files, for pictures that are known already: their splits, classes and ids.
PictureSet make_picture_set(const Listing& listing, Gathered found, const SplitOptions& splits,
                            const std::vector<std::string>& classes);

/// The fold of each picture, by id, in [0, folds): stratified by class, groups and equal pictures kept together
/// (balanced.h). Throws UserError for fewer than 2 folds, or more than there are units to go round.
std::vector<int> folds(const PictureSet& set, int folds, std::uint64_t seed);

/// Which pictures can't be parted, by id: those of one group, and equal ones.
Units units_of(const PictureSet& set);

}  // namespace reslab::pictures
