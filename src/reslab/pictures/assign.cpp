#include "reslab/pictures/assign.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/balanced.h"
#include "reslab/pictures/units.h"

namespace reslab::pictures {
namespace {

std::string counted_of(std::size_t count, std::string_view noun) {
  return core::counted(static_cast<std::int64_t>(count), noun);
}

// The pictures of an earlier list, by content and by path. A content that is known is the picture that it was, wherever
// it lies now; a path says which it is only where the list has no hash for it.
class KnownPictures {
 public:
  explicit KnownPictures(const Listing& list) {
    for (const Listed& listed : list.files) {
      by_path_.emplace(listed.path, &listed);
      if (!listed.hash) continue;
      const Listed*& first = by_content_[*listed.hash];
      // Where equal ones were parted, a further copy counts as one that was trained on.
      if (first == nullptr || listed.split < first->split) first = &listed;
    }
  }

  bool has_path(const std::string& path) const { return by_path_.contains(path); }

  /// Null: it is new.
  const Listed* find(const Candidate& picture) const {
    const auto at_path = by_path_.find(picture.path);
    const Listed* const there = at_path == by_path_.end() ? nullptr : at_path->second;
    if (there != nullptr && there->hash == picture.hash) return there;
    const auto equal = by_content_.find(picture.hash);
    if (equal != by_content_.end()) return equal->second;
    return there != nullptr && !there->hash ? there : nullptr;
  }

  /// Paths that aren't there any more, and whose contents aren't either; in the order of their bytes.
  std::vector<std::string> vanished(const Gathered& found) const {
    std::unordered_set<std::string_view> paths;
    std::unordered_set<ContentHash, ContentHasher> contents;
    for (const Candidate& picture : found.pictures) {
      paths.insert(picture.path);
      contents.insert(picture.hash);
    }
    std::vector<std::string> gone;
    for (const auto& [path, listed] : by_path_)
      if (!paths.contains(path) && !(listed->hash && contents.contains(*listed->hash))) gone.emplace_back(path);
    std::ranges::sort(gone);
    return gone;
  }

 private:
  std::unordered_map<std::string_view, const Listed*> by_path_;
  std::unordered_map<ContentHash, const Listed*, ContentHasher> by_content_;
};

class Assigner {
 public:
  Assigner(const Gathered& found, const SplitOptions& options) : found_(found), options_(options) {
    RESLAB_ASSERT(options.holdout >= 0 && options.holdout < 1);
    result_.splits.assign(found.pictures.size(), Split::train);
  }

  AssignedSplits assign() {
    if (options_.pool)
      result_.text = "all pictures together, to be divided into folds";
    else if (options_.previous != nullptr)
      keep_previous();
    else
      assign_anew();
    check();
    return std::move(result_);
  }

 private:
  using Places = std::vector<std::uint32_t>;  // in found_.pictures

  bool gives(Split split) const {
    return std::ranges::any_of(found_.pictures, [&](const Candidate& picture) { return picture.given == split; });
  }

  Places all() const {
    Places places(found_.pictures.size());
    for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
    return places;
  }

  Units units_of(const Places& places) const {
    std::vector<ContentHash> hashes;
    std::vector<std::int32_t> groups;
    for (const std::uint32_t i : places) {
      hashes.push_back(found_.pictures[i].hash);
      groups.push_back(found_.pictures[i].group);
    }
    return unite(hashes, groups, found_.groups);
  }

  void assign_anew() {
    const bool train = gives(Split::train), validation = gives(Split::validation), test = gives(Split::test);
    if (!validation && !test) {
      split_places(all(), options_.shares);
      result_.text =
          (train ? "training pictures alone are given, and are split " : "split ") + text_of(options_.shares) + how();
      return;
    }
    for (std::size_t i = 0; i < result_.splits.size(); ++i)
      result_.splits[i] = found_.pictures[i].given.value_or(Split::train);
    result_.text = "as given";
    if (!train || validation || options_.holdout == 0) return;
    Places trained;
    for (const std::uint32_t i : all())
      if (found_.pictures[i].given == Split::train) trained.push_back(i);
    // A class without a training picture couldn't be learnt, and its test pictures would be left out.
    split_places(trained, {.train = 1 - options_.holdout, .validation = options_.holdout, .test = 0},
                 /*every_class_trains=*/true);
    result_.text = core::concatenate("train and test are given; ", 100 * options_.holdout,
                                     " % of train is the hold-out, taken", how());
  }

  std::string how() const {
    return core::concatenate(options_.exact ? ", exactly for each class," : "", " by the hash of ",
                             found_.groups.empty() ? "each picture's content" : "each group's name", " and the seed ",
                             options_.seed);
  }

  void split_places(const Places& places, const Shares& shares, bool every_class_trains = false) {
    const Units units = units_of(places);
    std::vector<Split> of_unit;
    if (options_.exact) {
      std::vector<std::int32_t> labels;
      for (const std::uint32_t i : places) labels.push_back(found_.pictures[i].label);
      of_unit = split_exactly({.units = units, .labels = labels}, options_.seed, shares);
    } else {
      for (const std::string& key : units.keys) of_unit.push_back(place(key, options_.seed, shares));
    }
    if (every_class_trains) give_back(places, units, of_unit);
    for (std::size_t i = 0; i < places.size(); ++i) result_.splits[places[i]] = of_unit[units.of[i]];
    report_merged(units);
  }

  // Of each class that would be left without a training picture, the unit whose place is the last goes to train: in the
  // order of split.h's places the hold-out comes before training, so that it is the one that a smaller hold-out would
  // have given up first.
  void give_back(const Places& places, const Units& units, std::vector<Split>& of_unit) const {
    for (std::size_t label = 0; label < found_.labels.size(); ++label) {
      bool trains = false;
      std::optional<std::pair<double, std::string_view>> last;
      std::size_t given = 0;
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (static_cast<std::size_t>(found_.pictures[places[i]].label) != label) continue;
        const std::size_t unit = units.of[i];
        trains = trains || of_unit[unit] == Split::train;
        const std::pair<double, std::string_view> at{place_of(units.keys[unit], options_.seed), units.keys[unit]};
        if (!last || at > *last) last = at, given = unit;
      }
      if (last && !trains) of_unit[given] = Split::train;
    }
  }

  void report_merged(const Units& units) {
    std::vector<std::string> lines;
    for (const std::vector<std::string>& names : units.merged) lines.push_back(core::join(names, " = "));
    add_finding(result_.findings, "groups-united", Severity::warning,
                counted_of(lines.size(), "set") + " of groups with equal pictures, each kept together like one group",
                lines);
  }

  // Pictures that are in the earlier list keep their split; a new one goes where the first known one of its unit, by
  // path, is.
  void keep_previous() {
    const KnownPictures before(*options_.previous);
    const Units units = units_of(all());
    std::vector<const Listed*> first_known(units.size());
    std::vector<const Listed*> known(found_.pictures.size());
    Named named;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const Candidate& picture = found_.pictures[i];
      known[i] = before.find(picture);
      if (known[i] == nullptr) {
        (before.has_path(picture.path) ? named.changed : named.added).push_back(picture.path);
        continue;
      }
      if (known[i]->label != found_.labels[static_cast<std::size_t>(picture.label)])
        named.relabelled.push_back(picture.path);
      const Listed*& first = first_known[units.of[i]];
      if (first == nullptr || known[i]->path < first->path) first = known[i];
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
      const Listed* const like = known[i] != nullptr ? known[i] : first_known[units.of[i]];
      result_.splits[i] =
          like != nullptr && like->split
              ? *like->split
              : found_.pictures[i].given.value_or(place(units.keys[units.of[i]], options_.seed, options_.shares));
    }
    named.gone = before.vanished(found_);
    report_previous(named);
    report_merged(units);
  }

  // Paths, of what isn't as it was when the earlier list was written.
  struct Named {
    std::vector<std::string> added, changed, relabelled, gone;
  };

  void report_previous(const Named& named) {
    const std::size_t others = named.added.size() + named.changed.size();
    result_.text =
        core::concatenate("as in an earlier list for ", counted_of(found_.pictures.size() - others, "picture"), "; ",
                          others, " new ones by group, content or hash with the seed ", options_.seed);
    const auto add = [&](const char* kind, Severity severity, const std::vector<std::string>& paths,
                         const std::string& said) {
      add_finding(result_.findings, kind, severity, counted_of(paths.size(), "picture") + said, paths);
    };
    add("new-picture", Severity::note, named.added, " that the earlier splits don't have");
    add("changed", Severity::warning, named.changed,
        " with another content than in the earlier splits, placed like new ones");
    add("vanished", Severity::warning, named.gone,
        " of the earlier splits that can't be used now: not there, unreadable or left out");
    add("relabelled", Severity::note, named.relabelled,
        " with another label than in the earlier splits; the new one counts");
  }

  // Given splits may part what belongs together.
  void check() {
    check_contents();
    std::vector<std::optional<Split>> first(found_.groups.size());
    std::vector<bool> parted(found_.groups.size());
    for (std::size_t i = 0; i < result_.splits.size(); ++i) {
      if (found_.pictures[i].group < 0) continue;
      const auto group = static_cast<std::size_t>(found_.pictures[i].group);
      if (!first[group]) first[group] = result_.splits[i];
      if (first[group] != result_.splits[i]) parted[group] = true;
    }
    std::vector<std::string> groups;
    for (std::size_t group = 0; group < parted.size(); ++group)
      if (parted[group]) groups.push_back(found_.groups[group]);
    add_finding(result_.findings, "group-parted", Severity::warning,
                counted_of(groups.size(), "group") + " with pictures in several of the given splits", groups);
  }

  void check_contents() {
    std::unordered_map<ContentHash, Places, ContentHasher> with;
    for (const std::uint32_t i : all()) with[found_.pictures[i].hash].push_back(i);
    std::vector<std::string> lines;
    for (const std::uint32_t i : all()) {
      const Places& same = with.at(found_.pictures[i].hash);
      const auto elsewhere = [&](std::uint32_t j) { return result_.splits[j] != result_.splits[i]; };
      if (same.front() != i || std::ranges::none_of(same, elsewhere)) continue;
      std::string line;
      for (const std::uint32_t j : same)
        line += core::concatenate(line.empty() ? "" : " = ", found_.pictures[j].path, " (", name_of(result_.splits[j]),
                                  ")");
      lines.push_back(std::move(line));
    }
    add_finding(result_.findings, "split-overlap", Severity::warning,
                counted_of(lines.size(), "picture") +
                    " in several of the given splits, to the byte: results on them "
                    "say nothing about new pictures",
                lines);
  }

  const Gathered& found_;
  const SplitOptions& options_;
  AssignedSplits result_;
};

}  // namespace

AssignedSplits assign_splits(const Gathered& found, const SplitOptions& options) {
  return Assigner(found, options).assign();
}

}  // namespace reslab::pictures
