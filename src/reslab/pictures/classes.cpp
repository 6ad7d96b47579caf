#include "reslab/pictures/classes.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/quantity.h"

namespace reslab::pictures {
namespace {

using Counts = std::array<std::int64_t, split_count>;

std::vector<Counts> counts_by_label(const Gathered& found, std::span<const Split> splits) {
  std::vector<Counts> counts(found.labels.size());
  for (std::size_t i = 0; i < found.pictures.size(); ++i)
    ++counts[static_cast<std::size_t>(found.pictures[i].label)].at(static_cast<std::size_t>(splits[i]));
  return counts;
}

std::string class_count(std::size_t count) { return count == 1 ? "1 class" : std::to_string(count) + " classes"; }

// The folders within the only class folder, where its files lie in folders all: they may be the classes that were
// meant.
std::string only_folder_remedy(const Gathered& found, const std::string& root) {
  std::string prefix;
  std::set<std::string> inner;
  for (const Candidate& picture : found.pictures) {
    const std::size_t first = picture.path.find('/'), second = picture.path.find('/', first + 1);
    if (first == std::string::npos || second == std::string::npos) return "";
    prefix = picture.path.substr(0, first);
    inner.insert(picture.path.substr(first + 1, second - first - 1));
  }
  if (inner.size() < 2) return "";
  return "if the folders within it (" + *inner.begin() + ", " + *std::next(inner.begin()) +
         (inner.size() > 2 ? ", …" : "") + ") are the classes, give " + full_path(root, prefix) + " as the folder";
}

[[noreturn]] void refuse_classes(const Gathered& found, const std::vector<std::string>& names,
                                 const std::string& root) {
  std::string met = names.empty() ? "no training picture that can be used"
                                  : "one class with training pictures, '" + names.front() + "'";
  if (!found.left_out.empty())
    met += core::concatenate(", and ", core::counted(static_cast<std::int64_t>(found.left_out.size()), "file"),
                             " left out, the first of them ", found.left_out.front().path, " (",
                             found.left_out.front().reason, ")");
  throw core::UserError(
      {.attempted = "take classes from the pictures below " + root,
       .found = met,
       .allowed = "two classes or more, each with a picture in the training split",
       .remedy = names.size() == 1 && found.labels.size() == 1 ? only_folder_remedy(found, root) : ""});
}

}  // namespace

Classes choose_classes(const Gathered& found, std::span<const Split> splits, const std::vector<std::string>& given,
                       const std::string& root) {
  const std::vector<Counts> counts = counts_by_label(found, splits);
  Classes classes{.names = given, .of_label = std::vector<std::int32_t>(found.labels.size(), -1)};
  if (given.empty())
    for (std::size_t label = 0; label < counts.size(); ++label)
      if (counts[label][static_cast<std::size_t>(Split::train)] > 0) classes.names.push_back(found.labels[label]);
  if (classes.names.size() < 2) refuse_classes(found, classes.names, root);
  for (std::size_t label = 0; label < counts.size(); ++label) {
    const auto name = std::ranges::find(classes.names, found.labels[label]);
    if (name != classes.names.end()) classes.of_label[label] = static_cast<std::int32_t>(name - classes.names.begin());
  }
  return classes;
}

Findings check_classes(const Gathered& found, std::span<const Split> splits, const Classes& classes,
                       const Listing& listing, const SplitOptions& options) {
  Findings findings;
  const std::vector<Counts> counts = counts_by_label(found, splits);
  std::vector<std::string> empty, small;
  std::set<std::pair<std::optional<Split>, std::string>> used;
  for (const Candidate& picture : found.pictures)
    used.emplace(picture.given, found.labels[static_cast<std::size_t>(picture.label)]);
  for (const ClassFolder& folder : listing.folders)
    if (!used.contains({folder.split, folder.label}))
      empty.push_back((folder.split ? std::string(name_of(*folder.split)) + ": " : "") + folder.label);
  add_finding(
      findings, "empty-class", Severity::warning,
      core::counted(static_cast<std::int64_t>(empty.size()), "class folder") + " without a picture that can be used",
      empty);
  for (std::size_t label = 0; label < counts.size(); ++label) {
    const std::int64_t all = counts[label][0] + counts[label][1] + counts[label][2];
    if (!options.pool && classes.of_label[label] >= 0 && all > 0 && all < 3)
      small.push_back(core::concatenate(found.labels[label], " (", all, ")"));
  }
  add_finding(findings, "small-class", Severity::warning,
              class_count(small.size()) +
                  " with fewer than three pictures, too few for three splits; add pictures, put "
                  "classes together, or leave the class out",
              small);
  for (const Split split : all_splits) {
    const auto column = static_cast<std::size_t>(split);
    if (std::ranges::all_of(counts, [&](const Counts& row) { return row[column] == 0; })) continue;
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < classes.names.size(); ++i) {
      const auto label = std::ranges::find(classes.of_label, static_cast<std::int32_t>(i));
      const bool there = label != classes.of_label.end() &&
                         counts[static_cast<std::size_t>(label - classes.of_label.begin())][column] > 0;
      if (!there) missing.push_back(classes.names[i]);
    }
    add_finding(findings, "class-missing", Severity::warning,
                core::concatenate(class_count(missing.size()), " without a picture in the split ", name_of(split),
                                  options.exact ? "; add pictures"
                                                : "; add pictures, or split exactly for each class (--split-exact)"),
                missing);
  }
  return findings;
}

}  // namespace reslab::pictures
