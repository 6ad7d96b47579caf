#include "reslab/pictures/folded.h"

#include <algorithm>
#include <set>
#include <utility>

#include "reslab/core/csv.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/balanced.h"

namespace reslab::pictures {
namespace {

constexpr Shares of_training{.train = 0.9, .validation = 0.1, .test = 0};

// Of each class, by label, the folds that have pictures of it, or what else is numbered.
template <typename Number>
std::vector<std::set<Number>> numbers_by_class(const PictureSet& set, const std::vector<Number>& of_picture) {
  std::vector<std::set<Number>> numbers(set.classes.size());
  for (std::size_t id = 0; id < set.pictures.size(); ++id)
    numbers[static_cast<std::size_t>(set.pictures[id].label)].insert(of_picture[id]);
  return numbers;
}

// "3 pictures in 2 groups that can't be parted"
std::string how_many(std::int64_t pictures, std::size_t units) {
  std::string text = core::counted(pictures, "picture");
  if (static_cast<std::size_t>(pictures) != units)
    text += core::concatenate(" in ", core::counted(static_cast<std::int64_t>(units), "group"),
                              " or sets of equal pictures that stay together");
  return text;
}

void refuse_lone_class(const PictureSet& set, std::size_t label, const std::string& pictures, int folds) {
  throw core::UserError(
      {.attempted = core::concatenate("divide the pictures of ", set.root, " into ", core::counted(folds, "fold")),
       .found = "the class " + set.classes[label] + " has " + pictures +
                ", all in one fold: while that is tested, there is none to train on",
       .allowed = "pictures of every class in two folds at least",
       .remedy = "add pictures to the class, put it together with another, or leave it out"});
}

}  // namespace

Folded::Folded(PictureSet set, const FoldOptions& options) : set_(std::move(set)), options_(options) {
  RESLAB_ASSERT(options.folds >= fewest_folds && options.folds <= most_folds, options.folds);
  fold_of_ = folds(set_, options_.folds, options_.seed);
  report_scarce_classes();
}

void Folded::report_scarce_classes() {
  const Units units = units_of(set_);
  const auto folds_with = numbers_by_class(set_, fold_of_);
  const auto units_with = numbers_by_class(set_, units.of);
  std::vector<std::int64_t> pictures(set_.classes.size());
  for (const Picture& picture : set_.pictures) ++pictures[static_cast<std::size_t>(picture.label)];
  std::vector<std::string> scarce;
  for (std::size_t label = 0; label < set_.classes.size(); ++label) {
    const std::string has = how_many(pictures[label], units_with[label].size());
    if (folds_with[label].size() < 2) refuse_lone_class(set_, label, has, options_.folds);
    if (folds_with[label].size() < static_cast<std::size_t>(options_.folds))
      scarce.push_back(core::concatenate(set_.classes[label], ": ", has));
  }
  add_finding(set_.findings, "fold-lacks-class", Severity::warning,
              core::concatenate(scarce.size() == 1 ? "1 class has" : core::concatenate(scarce.size(), " classes have"),
                                " too few pictures for ", options_.folds,
                                " folds: some folds test none of it, and their own accuracies say nothing of it; the "
                                "one over all pictures counts each. Fewer folds, or more pictures, would test it in "
                                "every fold"),
              scarce);
  std::vector<std::string> united;
  for (const std::vector<std::string>& names : units.merged) united.push_back(core::join(names, " = "));
  add_finding(
      set_.findings, "groups-united", Severity::warning,
      core::counted(std::ssize(united), "set") + " of groups with equal pictures, each kept together like one group",
      united);
}

PictureSet Folded::fold(int held) const {
  RESLAB_ASSERT(held >= 0 && held < options_.folds, held);
  PictureSet set = set_;
  set.no_untouched_test = false;
  set.split_text = core::concatenate("fold ", held + 1, " of ", options_.folds, " is tested");
  for (std::size_t id = 0; id < set.pictures.size(); ++id)
    set.pictures[id].split = fold_of_[id] == held ? Split::test : Split::train;
  if (options_.holdout) hold_out(set);
  return set;
}

void Folded::hold_out(PictureSet& set) const {
  const std::vector<std::uint32_t> ids = set.ids(Split::train);
  std::vector<ContentHash> hashes;
  std::vector<std::int32_t> groups, labels;
  for (const std::uint32_t id : ids) {
    hashes.push_back(set.pictures[id].hash);
    groups.push_back(set.pictures[id].group);
    labels.push_back(set.pictures[id].label);
  }
  const Units units = unite(hashes, groups, set.groups);
  const std::vector<Split> of_unit = split_exactly({.units = units, .labels = labels}, options_.seed, of_training);
  for (std::size_t i = 0; i < ids.size(); ++i) set.pictures[ids[i]].split = of_unit[units.of[i]];
  const auto refuse = [&](const std::string& found) {
    throw core::UserError({.attempted = "hold out a tenth of the training pictures of each fold, for early stopping",
                           .found = found,
                           .allowed = "a hold-out of whole groups that leaves pictures of every class to train on",
                           .remedy = "train without it (--set early_stopping.patience=0), take fewer folds, or add "
                                     "pictures"});
  };
  const auto counts = set.counts();
  std::int64_t held_out = 0;
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label][static_cast<std::size_t>(Split::train)] == 0)
      refuse("no picture of the class " + set.classes[label] + " would be left to train on");
    held_out += counts[label][static_cast<std::size_t>(Split::validation)];
  }
  if (held_out == 0)
    refuse(core::concatenate("none of the ", core::counted(std::ssize(ids), "picture"),
                             " or their groups can be spared: every class needs some to train on"));
}

std::string Folded::csv() const {
  std::string text = "path,label,group,hash,fold\n";
  for (std::size_t id = 0; id < set_.pictures.size(); ++id) {
    const Picture& picture = set_.pictures[id];
    text += core::csv_field(picture.path) + ',' +
            core::csv_field(set_.classes[static_cast<std::size_t>(picture.label)]) + ',' +
            core::csv_field(picture.group < 0 ? "" : set_.groups[static_cast<std::size_t>(picture.group)]) + ',' +
            picture.hash.hex() + core::concatenate(',', fold_of_[id] + 1, '\n');
  }
  return text;
}

}  // namespace reslab::pictures
