#include "reslab/pictures/gather.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <unordered_map>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/groups.h"

namespace reslab::pictures {
namespace {

std::int64_t signed_size(const auto& list) { return static_cast<std::int64_t>(list.size()); }

// Names in the order of their bytes, and the place of each.
class Names {
 public:
  void add(const std::string& name) { places_.try_emplace(name, 0); }

  std::vector<std::string> finish() {
    std::vector<std::string> names;
    for (auto& [name, place] : places_) {
      place = static_cast<std::int32_t>(names.size());
      names.push_back(name);
    }
    return names;
  }

  std::int32_t place_of(const std::string& name) const { return places_.at(name); }

 private:
  std::map<std::string, std::int32_t> places_;
};

class Gatherer {
 public:
  Gatherer(const Listing& listing, const GatherOptions& options) : listing_(listing), options_(options) {
    result_.findings = listing.findings;
  }

  Gathered gather() {
    const std::vector<std::string> groups = groups_of_files();
    std::vector<std::string> paths;
    for (const Listed& file : listing_.files) paths.push_back(full_path(listing_.root, file.path));
    const std::vector<Examined> examined = examine_files(
        paths, {.threads = options_.threads, .hash = true, .progress = options_.progress, .known = options_.known});
    Names labels, group_names;
    for (std::size_t i = 0; i < examined.size(); ++i) {
      labels.add(listing_.files[i].label);
      if (!groups[i].empty()) group_names.add(groups[i]);
    }
    result_.labels = labels.finish();
    result_.groups = group_names.finish();
    for (std::size_t i = 0; i < examined.size(); ++i) {
      const Listed& file = listing_.files[i];
      if (!is_usable(file, examined[i])) continue;
      result_.pictures.push_back({.path = file.path,
                                  .label = labels.place_of(file.label),
                                  .group = groups[i].empty() ? -1 : group_names.place_of(groups[i]),
                                  .given = file.split,
                                  .kind = examined[i].kind,
                                  .bytes = examined[i].bytes,
                                  .hash = examined[i].hash,
                                  .stamp = examined[i].stamp});
    }
    std::ranges::sort(result_.pictures, comes_before, &Candidate::path);
    look_beside();
    report_files();
    look_for_equals();
    return std::move(result_);
  }

 private:
  std::vector<std::string> groups_of_files() {
    std::vector<std::string> groups, without;
    const bool by_list = std::ranges::any_of(listing_.files, [](const Listed& file) { return !file.group.empty(); });
    if (by_list && !options_.group_by.empty())
      throw core::UserError({.attempted = "group pictures by the pattern '" + options_.group_by + "'",
                             .found = "groups in the list of pictures as well",
                             .allowed = "one of both"});
    std::optional<GroupPattern> pattern;
    if (!options_.group_by.empty()) pattern.emplace(options_.group_by);
    for (const Listed& file : listing_.files) {
      groups.push_back(pattern ? pattern->group_of(file.path).value_or("") : file.group);
      if ((pattern || by_list) && groups.back().empty()) without.push_back(file.path);
    }
    add_finding(result_.findings, "no-group", Severity::warning,
                core::counted(signed_size(without), "file") + " without a group, each a group of its own", without);
    return groups;
  }

  void leave_out(const Listed& file, const std::string& reason, const std::string& said,
                 FileKind kind = FileKind::other) {
    result_.left_out.push_back({.path = file.path, .label = file.label, .reason = reason, .kind = kind});
    told_[reason].push_back(file.path + said);
  }

  bool is_usable(const Listed& file, const Examined& found) {
    const bool missing = found.error == ENOENT || found.error == ENOTDIR;
    if (missing)
      leave_out(file, "missing", "");
    else if (found.error != 0)
      leave_out(file, "unreadable", ": " + core::system_message(found.error));
    else if (found.kind == FileKind::empty)
      leave_out(file, "empty-file", "");
    else if (is_picture(found.kind) && !is_read(found.kind))
      leave_out(file, "not-read", " (" + std::string(name_of(found.kind)) + ")", found.kind);
    else if (!is_read(found.kind) && listing_.layout == Layout::list)
      leave_out(file, "listed-no-picture", found.kind == FileKind::special ? " (no file)" : "");
    else if (!is_read(found.kind))
      told_["no-picture"].push_back(file.path);
    return found.error == 0 && is_read(found.kind);
  }

  void look_beside() {
    std::vector<std::string> paths;
    for (const std::string& path : listing_.beside) paths.push_back(full_path(listing_.root, path));
    const std::vector<Examined> found = examine_files(paths, {.threads = options_.threads, .hash = false});
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool picture = found[i].error == 0 && is_picture(found[i].kind);
      if (picture)
        result_.left_out.push_back(
            {.path = listing_.beside[i], .label = "", .reason = "beside-classes", .kind = found[i].kind});
      told_[picture ? "beside-classes" : "no-picture"].push_back(listing_.beside[i]);
    }
  }

  void report_files() {
    const auto add = [&](const char* kind, Severity severity, const std::string& noun, const std::string& said) {
      std::vector<std::string>& paths = told_[kind];
      std::ranges::sort(paths);
      add_finding(result_.findings, kind, severity, core::counted(signed_size(paths), noun) + said, paths);
    };
    bool backslash = false;
    for (const std::string& path : told_["missing"]) backslash = backslash || path.find('\\') != std::string::npos;
    add("missing", Severity::skipped, "listed file",
        " missing below " + listing_.root + (backslash ? "; folders are separated by / and not by a backslash" : ""));
    add("unreadable", Severity::skipped, "file", " left out: the system can't read it");
    add("empty-file", Severity::skipped, "file", " of no bytes left out");
    add("not-read", Severity::skipped, "picture",
        " of a kind that the program doesn't read left out: convert to PNG or JPEG");
    add("listed-no-picture", Severity::skipped, "listed file", " left out: no picture, by the content");
    add("beside-classes", Severity::skipped, "picture",
        " beside the class folders left out: no class is known; what to do: move into a class folder");
    add("no-picture", Severity::note, "file", " passed over: no picture, by the content");
  }

  // Copies with different labels are left out, all of them; those with one label are counted.
  void look_for_equals() {
    std::unordered_map<ContentHash, std::vector<std::uint32_t>, ContentHasher> with;
    std::vector<Candidate>& pictures = result_.pictures;
    for (std::uint32_t i = 0; i < pictures.size(); ++i) with[pictures[i].hash].push_back(i);
    std::vector<bool> drop(pictures.size());
    std::vector<std::string> contradicting, equal;
    std::int64_t dropped = 0, copies = 0;
    for (std::uint32_t i = 0; i < pictures.size(); ++i) {
      const std::vector<std::uint32_t>& same = with.at(pictures[i].hash);
      if (same.size() == 1 || same.front() != i) continue;
      if (std::ranges::all_of(same, [&](std::uint32_t j) { return pictures[j].label == pictures[i].label; })) {
        copies += signed_size(same) - 1;
        equal.push_back(equation(same, false));
        continue;
      }
      dropped += signed_size(same);
      contradicting.push_back(equation(same, true));
      for (const std::uint32_t j : same) {
        drop[j] = true;
        result_.left_out.push_back({.path = pictures[j].path,
                                    .label = label_of(pictures[j]),
                                    .reason = "two-labels",
                                    .kind = pictures[j].kind,
                                    .hash = pictures[j].hash});
      }
    }
    report_equals(std::move(contradicting), dropped, equal, copies);
    std::uint32_t place = 0;
    std::erase_if(pictures, [&](const Candidate&) { return drop[place++]; });
  }

  const std::string& label_of(const Candidate& picture) const {
    return result_.labels[static_cast<std::size_t>(picture.label)];
  }

  // "a.png = b.png", or "a.png (cat) = b.png (dog)".
  std::string equation(const std::vector<std::uint32_t>& same, bool with_labels) const {
    std::string line;
    for (const std::uint32_t i : same) {
      const Candidate& picture = result_.pictures[i];
      line += (line.empty() ? "" : " = ") + picture.path + (with_labels ? " (" + label_of(picture) + ")" : "");
    }
    return line;
  }

  void report_equals(std::vector<std::string> contradicting, std::int64_t dropped,
                     const std::vector<std::string>& equal, std::int64_t copies) {
    if (!contradicting.empty())
      result_.findings.push_back({.kind = "two-labels",
                                  .severity = Severity::skipped,
                                  .text = core::counted(dropped, "picture") +
                                          " left out, since equal copies have different labels; all are named: keep "
                                          "those whose label is right",
                                  .count = static_cast<std::uint64_t>(dropped),
                                  .examples = std::move(contradicting)});
    if (!equal.empty())
      result_.findings.push_back({.kind = "duplicate",
                                  .severity = Severity::note,
                                  .text = core::counted(copies, "picture") +
                                          " equal to another of its class, to the byte; they share a split, "
                                          "except where a folder or a list parts them",
                                  .count = static_cast<std::uint64_t>(copies),
                                  .examples = first_of(equal)});
  }

  const Listing& listing_;
  const GatherOptions& options_;
  Gathered result_;
  std::map<std::string, std::vector<std::string>> told_;  // by kind of finding
};

}  // namespace

bool comes_before(const std::string& a, const std::string& b) {
  const auto name_of_file = [](const std::string& path) { return std::string_view(path).substr(path.rfind('/') + 1); };
  const std::string_view left = name_of_file(a), right = name_of_file(b);
  return left != right ? left < right : a < b;
}

Gathered gather(const Listing& listing, const GatherOptions& options) { return Gatherer(listing, options).gather(); }

}  // namespace reslab::pictures
