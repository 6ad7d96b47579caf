#include "reslab/pictures/set_aside.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "reslab/core/quantity.h"

namespace reslab::pictures {
namespace {

// Those for which `wanted` holds; `of` says where they come from.
template <typename Wanted>
void set_aside(Listing& listing, Gathered& found, const std::string& of, const Wanted& wanted) {
  std::vector<Candidate> kept;
  std::vector<std::string> paths;
  std::set<std::pair<std::optional<Split>, std::string>> folders;
  for (Candidate& picture : found.pictures) {
    if (!wanted(picture)) {
      kept.push_back(std::move(picture));
      continue;
    }
    const std::string& label = found.labels[static_cast<std::size_t>(picture.label)];
    folders.emplace(picture.given, label);
    paths.push_back(picture.path);
    found.left_out.push_back({.path = std::move(picture.path),
                              .label = label,
                              .reason = std::string(set_aside_reason),
                              .assigned = LeftOut::Assigned{Split::test, picture.group, picture.hash}});
  }
  found.pictures = std::move(kept);
  // No folder is called empty because its pictures are set aside.
  std::erase_if(listing.folders, [&](const ClassFolder& folder) {
    return folders.contains({folder.split, folder.label});
  });
  add_finding(found.findings, "set-aside", Severity::note,
              core::counted(std::ssize(paths), "picture") + of + " set aside: in no split, and counted by no figure",
              paths);
}

}  // namespace

void set_given_test_aside(Listing& listing, Gathered& found) {
  set_aside(listing, found, " of the given test split",
            [](const Candidate& picture) { return picture.given == Split::test; });
}

void set_aside_again(Listing& listing, Gathered& found, Listing& previous) {
  std::unordered_map<std::string, bool> by_path;  // whether it was set aside
  std::unordered_set<ContentHash, ContentHasher> contents;
  for (const Listed& listed : previous.files) {
    by_path.emplace(listed.path, listed.set_aside);
    if (listed.set_aside && listed.hash) contents.insert(*listed.hash);
  }
  std::erase_if(previous.files, [](const Listed& listed) { return listed.set_aside; });
  if (std::ranges::none_of(by_path, [](const auto& known) { return known.second; })) return;
  set_aside(listing, found, " as before", [&](const Candidate& picture) {
    const auto known = by_path.find(picture.path);
    return known != by_path.end() ? known->second : contents.contains(picture.hash);
  });
}

}  // namespace reslab::pictures
