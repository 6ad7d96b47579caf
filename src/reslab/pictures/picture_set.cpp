#include "reslab/pictures/picture_set.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/balanced.h"
#include "reslab/pictures/classes.h"
#include "reslab/pictures/set_aside.h"
#include "reslab/pictures/split_file.h"
#include "reslab/pictures/units.h"

namespace reslab::pictures {
namespace {

void take(Findings& to, Findings from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Pictures whose class the training split doesn't have enter no accuracy.
void leave_out_unknown(PictureSet& set, const Gathered& found, const Candidate& picture, Split split) {
  set.left_out.push_back({.path = picture.path,
                          .label = found.labels[static_cast<std::size_t>(picture.label)],
                          .reason = "unknown-class",
                          .assigned = LeftOut::Assigned{split, picture.group, picture.hash}});
}

void report_unknown(PictureSet& set, const Gathered& found, const Classes& classes) {
  std::vector<std::int64_t> pictures(found.labels.size());
  std::int64_t all = 0;
  bool given = false;
  for (const Candidate& picture : found.pictures) {
    given = given || picture.given.has_value();
    if (classes.of_label[static_cast<std::size_t>(picture.label)] >= 0) continue;
    ++pictures[static_cast<std::size_t>(picture.label)];
    ++all;
  }
  if (all == 0) return;
  Finding finding{
      .kind = "unknown-class",
      .severity = Severity::skipped,
      .text = core::counted(all, "picture") + " of classes without a training picture left out: no result counts them",
      .count = static_cast<std::uint64_t>(all)};
  if (!given) finding.text += "; what to do: add pictures, or split exactly for each class (--split-exact)";
  for (std::size_t label = 0; label < pictures.size(); ++label)
    if (pictures[label] > 0)
      finding.examples.push_back(core::concatenate(found.labels[label], " (", pictures[label], ")"));
  set.findings.push_back(std::move(finding));
}

// Where all folders with pictures are named like splits, they are meant as such, and one without pictures lies beside.
void check_names(const Listing& listing, const std::vector<std::string>& classes) {
  const auto like_split = [](const std::string& name) { return split_named(name).has_value(); };
  if (listing.layout != Layout::class_folders || !std::ranges::all_of(classes, like_split)) return;
  std::vector<std::string> others;
  for (const ClassFolder& folder : listing.folders)
    if (!like_split(folder.label)) others.push_back(folder.label);
  throw core::UserError({.attempted = "take classes from the folders in " + listing.root,
                         .found = "pictures only in " + core::join(classes) + ", which are named like splits, beside " +
                                  core::join(others),
                         .allowed = "folders of splits alone, or of classes",
                         .remedy = "move " + core::join(others) + " out of " + listing.root});
}

void look_for_seen(PictureSet& set) {
  std::unordered_set<ContentHash, ContentHasher> chosen_by;
  for (const Picture& picture : set.pictures)
    if (picture.split != Split::test) chosen_by.insert(picture.hash);
  for (std::uint32_t id = 0; id < set.pictures.size(); ++id)
    if (set.pictures[id].split == Split::test && chosen_by.contains(set.pictures[id].hash))
      set.test_seen_in_training.push_back(id);
}

void report_splits(PictureSet& set) {
  set.no_untouched_test = set.ids(Split::test).empty();
  if (set.no_untouched_test)
    set.findings.push_back({.kind = "no-untouched-test",
                            .severity = Severity::warning,
                            .text =
                                "no picture in the test split: what is measured on the hold-out was chosen by, and is "
                                "too good",
                            .count = 1});
  if (set.ids(Split::validation).empty())
    set.findings.push_back({.kind = "no-hold-out",
                            .severity = Severity::warning,
                            .text = "no picture in the validation split: there is nothing to choose by",
                            .count = 1});
}

}  // namespace

std::vector<std::uint32_t> PictureSet::ids(Split split) const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t id = 0; id < pictures.size(); ++id)
    if (pictures[id].split == split) found.push_back(id);
  return found;
}

std::vector<std::array<std::int64_t, split_count>> PictureSet::counts() const {
  std::vector<std::array<std::int64_t, split_count>> table(classes.size());
  for (const Picture& picture : pictures)
    ++table[static_cast<std::size_t>(picture.label)].at(static_cast<std::size_t>(picture.split));
  return table;
}

bool PictureSet::some_skipped() const {
  return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity == Severity::skipped; });
}

PictureSet make_picture_set(const Listing& listing, Gathered found, const SplitOptions& options,
                            const std::vector<std::string>& given_classes) {
  const AssignedSplits assigned = assign_splits(found, options);
  const Classes classes = choose_classes(found, assigned.splits, given_classes, listing.root);
  check_names(listing, classes.names);
  PictureSet set{.root = listing.root,
                 .layout = listing.layout,
                 .layout_text = listing.description,
                 .split_text = assigned.text,
                 .classes = classes.names,
                 .groups = found.groups,
                 .left_out = found.left_out,
                 .findings = found.findings};
  for (std::size_t i = 0; i < found.pictures.size(); ++i) {
    Candidate& picture = found.pictures[i];
    const std::int32_t label = classes.of_label[static_cast<std::size_t>(picture.label)];
    if (label < 0) {
      leave_out_unknown(set, found, picture, assigned.splits[i]);
      continue;
    }
    set.pictures.push_back({.path = std::move(picture.path),
                            .label = label,
                            .group = picture.group,
                            .split = assigned.splits[i],
                            .kind = picture.kind,
                            .bytes = picture.bytes,
                            .hash = picture.hash,
                            .stamp = picture.stamp});
  }
  take(set.findings, assigned.findings);
  report_unknown(set, found, classes);
  take(set.findings, check_classes(found, assigned.splits, classes, listing, options));
  look_for_seen(set);
  if (!options.pool) report_splits(set);
  return set;
}

PictureSet find_pictures(const PictureOptions& options) {
  Listing listing;
  if (options.labels) {
    ListOptions list = *options.labels;
    if (!options.data.empty()) list.data = options.data;
    listing = read_list(list);
  } else {
    listing = read_layout(options.data);
  }
  std::optional<Listing> previous;
  if (options.splits_text)
    previous = parse_splits(*options.splits_text, "splits.csv");
  else if (!options.splits.empty())
    previous = read_splits(options.splits);
  Gathered found = gather(
      listing,
      {.group_by = options.group_by, .threads = options.threads, .progress = options.progress, .known = options.known});
  if (options.check) options.check(listing, found);
  if (options.pool) set_given_test_aside(listing, found);
  if (previous) set_aside_again(listing, found, *previous);
  return make_picture_set(listing, std::move(found),
                          {.shares = options.shares,
                           .seed = options.seed,
                           .exact = options.exact,
                           .holdout = options.holdout,
                           .previous = previous ? &*previous : nullptr,
                           .pool = options.pool},
                          options.classes);
}

Units units_of(const PictureSet& set) {
  std::vector<ContentHash> hashes;
  std::vector<std::int32_t> groups;
  for (const Picture& picture : set.pictures) {
    hashes.push_back(picture.hash);
    groups.push_back(picture.group);
  }
  return unite(hashes, groups, set.groups);
}

std::vector<int> folds(const PictureSet& set, int folds, std::uint64_t seed) {
  std::vector<std::int32_t> labels;
  for (const Picture& picture : set.pictures) labels.push_back(picture.label);
  const Units units = units_of(set);
  if (folds < 2 || static_cast<std::size_t>(folds) > units.size())
    throw core::UserError({.attempted = core::concatenate("divide the pictures into ", core::counted(folds, "fold")),
                           .found = core::concatenate(core::counted(static_cast<std::int64_t>(units.size()), "picture"),
                                                      " or groups that can't be parted"),
                           .allowed = core::concatenate("2 to ", units.size())});
  const std::vector<int> of_unit = assign_folds({.units = units, .labels = labels}, seed, folds);
  std::vector<int> of_picture;
  for (const std::uint32_t unit : units.of) of_picture.push_back(of_unit[unit]);
  return of_picture;
}

}  // namespace reslab::pictures
