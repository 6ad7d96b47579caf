#include "reslab/cli/data_check_page.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/core/version.h"
#include "reslab/pictures/thumbnails.h"

namespace reslab::cli {
namespace {

// Of all of them together a page has at most 800 thumbnails, of about 3 kB each.
constexpr std::size_t class_pictures = 360, pictures_a_class = 10;
constexpr std::size_t group_pictures = 360, pictures_a_group = 6;
constexpr std::size_t damaged_pictures = 60;

// Of a file that was left out before it was decoded.
std::string why_text(const pictures::LeftOut& left) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> texts{{
      {"missing", "isn't there"},
      {"unreadable", "the system can't read it"},
      {"empty-file", "has no bytes"},
      {"listed-no-picture", "is no picture, by its content"},
      {"beside-classes", "lies beside the class folders"},
      {"two-labels", "has an equal copy with another label"},
      {"unknown-class", "is of a class without a training picture"},
  }};
  if (left.reason == "not-read") return core::concatenate("is ", name_of(left.kind), ", which isn't read");
  const auto* const found =
      std::ranges::find(texts, left.reason, &std::pair<std::string_view, std::string_view>::first);
  return found == texts.end() ? left.reason : std::string(found->second);
}

class CheckPage {
 public:
  explicit CheckPage(const CheckedData& checked) : checked_(checked), set_(checked.opened.set) {}

  report::DataPage make(int threads, const pictures::OnProgress& progress) {
    page_.title = checked_.name;
    page_.subtitle = set_.layout_text + ". Splits: " + set_.split_text + ".";
    page_.made = core::concatenate("Made by reslab ", core::version().number, ".");
    add_headlines();
    add_findings();
    add_classes();
    add_groups();
    add_unused();
    add_facts();
    fill(threads, progress);
    return std::move(page_);
  }

 private:
  // The picture gets its pixels at the end, all of them at once.
  report::DataPicture wanted(const std::string& path, const pictures::ContentHash& hash, std::string about) {
    files_.push_back({pictures::full_path(set_.root, path), hash});
    return {.name = path, .about = std::move(about)};
  }

  report::DataPicture wanted(std::uint32_t id, bool with_split) {
    const pictures::Picture& picture = set_.pictures[id];
    std::string about;
    if (with_split)
      about = core::concatenate(set_.classes[static_cast<std::size_t>(picture.label)], ", ", name_of(picture.split));
    return wanted(picture.path, picture.hash, about);
  }

  void add_headlines() {
    const auto size = [&](pictures::Split split) { return set_.ids(split).size(); };
    std::size_t marked = 0;
    for (const pictures::Finding& finding : checked_.survey.findings)
      marked += finding.severity != pictures::Severity::note;
    const pictures::Alike& alike = checked_.survey.alike;
    page_.headlines = {
        {"Pictures", std::to_string(set_.pictures.size()),
         core::concatenate(size(pictures::Split::train), " to train on, ", size(pictures::Split::validation),
                           " held out, ", size(pictures::Split::test), " to test")},
        {"To be looked at", std::to_string(marked), marked == 0 ? "nothing needs attention" : "see below"},
        {"Classes", std::to_string(set_.classes.size()), "largest to smallest " + imbalance_text(checked_)},
        {"Left out", std::to_string(set_.left_out.size()), "files that aren't used"},
        {"Test pictures known", std::to_string(alike.equal.test_seen.size() + alike.near.test_seen.size()),
         "equal to, or like, one of training or the hold-out"},
        {"Copies", std::to_string(alike.copies), "pictures equal to another to the byte"},
        {"Look-alikes", std::to_string(alike.near.groups.size()), "groups of pictures that look alike"}};
  }

  void add_findings() {
    for (const pictures::Finding& finding : checked_.survey.findings)
      page_.findings.push_back({.marked = finding.severity != pictures::Severity::note,
                                .text = finding.text,
                                .examples = finding.examples,
                                .count = finding.count});
  }

  void add_classes() {
    const auto counts = set_.counts();
    std::vector<std::vector<std::uint32_t>> ids(set_.classes.size());
    for (std::uint32_t id = 0; id < set_.pictures.size(); ++id)
      ids[static_cast<std::size_t>(set_.pictures[id].label)].push_back(id);
    const std::size_t each = std::clamp<std::size_t>(class_pictures / set_.classes.size(), 1, pictures_a_class);
    for (std::size_t label = 0; label < set_.classes.size(); ++label) {
      report::DataClass shown{.name = set_.classes[label], .counts = counts[label]};
      const std::size_t count = label < class_pictures ? std::min(each, ids[label].size()) : 0;
      for (std::size_t i = 0; i < count; ++i)
        shown.pictures.push_back(wanted(ids[label][i * ids[label].size() / count], false));
      page_.classes.push_back(std::move(shown));
    }
  }

  void add_group(const char* kind, const pictures::AlikeGroup& group) {
    if (shown_in_groups_ >= group_pictures) return;
    std::string title = kind;
    if (group.across_splits) title += ", in training and test";
    if (group.across_classes) title += ", with different labels";
    report::DataGroup shown{
        .title = std::move(title), .marked = group.across_splits || group.across_classes, .all = group.ids.size()};
    for (std::size_t i = 0; i < std::min(group.ids.size(), pictures_a_group); ++i)
      shown.pictures.push_back(wanted(group.ids[i], true));
    shown_in_groups_ += shown.pictures.size();
    page_.groups.push_back(std::move(shown));
  }

  // Equal pictures with different labels are left out of the set.
  std::size_t add_contradicting() {
    std::map<pictures::ContentHash, std::vector<const pictures::LeftOut*>> with;
    for (const pictures::LeftOut& left : set_.left_out)
      if (left.reason == "two-labels") with[left.hash].push_back(&left);
    for (const auto& [hash, copies] : with) {
      if (shown_in_groups_ >= group_pictures / 3) break;
      report::DataGroup shown{.title = "Equal, with different labels: left out", .marked = true, .all = copies.size()};
      for (std::size_t i = 0; i < std::min(copies.size(), pictures_a_group); ++i)
        shown.pictures.push_back(wanted(copies[i]->path, hash, copies[i]->label));
      shown_in_groups_ += shown.pictures.size();
      page_.groups.push_back(std::move(shown));
    }
    return with.size();
  }

  void add_groups() {
    const pictures::Alike& alike = checked_.survey.alike;
    const std::size_t all = add_contradicting() + alike.near.groups.size() + alike.equal.groups.size();
    // Those that matter first, of both kinds.
    for (const bool marked : {true, false})
      for (const auto& [kind, groups] :
           {std::pair{"Look alike", &alike.near.groups}, std::pair{"Equal to the byte", &alike.equal.groups}})
        for (const pictures::AlikeGroup& group : *groups)
          if ((group.across_splits || group.across_classes) == marked) add_group(kind, group);
    page_.groups_hint = core::concatenate(
        core::counted(static_cast<std::int64_t>(all), "group"),
        page_.groups.size() < all ? core::concatenate(", of which ", page_.groups.size(), " are shown") : "",
        ". Found are copies that were saved again, resized, brightened or made grey; mirror images and "
        "crops of more than about a hundredth aren't.");
  }

  void add_unused() {
    page_.unused_count = set_.left_out.size();
    for (const pictures::LeftOut& left : set_.left_out) {
      const std::string noticed = left.byte ? core::concatenate(" (noticed at byte ", *left.byte, ")") : "";
      page_.unused.push_back(
          {left.path, left.why.empty() ? why_text(left) : left.why + noticed, conversion_of(checked_, left)});
      if (left.reason == "damaged" && page_.damaged.size() < damaged_pictures)
        page_.damaged.push_back(wanted(left.path, left.hash, left.why + noticed));
    }
    for (std::uint32_t id = 0; id < set_.pictures.size(); ++id) {
      const pictures::PictureFacts& facts = checked_.opened.facts[id];
      if (facts.verdict == pictures::Verdict::damaged && page_.damaged.size() < damaged_pictures)
        page_.damaged.push_back(
            wanted(set_.pictures[id].path, set_.pictures[id].hash, "used all the same: " + facts.reason));
    }
  }

  void add_facts() {
    const pictures::Survey& survey = checked_.survey;
    const auto sized = [&](std::uint32_t id) { return size_text(checked_, id) + " (" + set_.pictures[id].path + ")"; };
    page_.facts = {{"Network's size", fit_text(checked_.fit)},
                   {"Smallest", sized(survey.smallest)},
                   {"Median", sized(survey.median)},
                   {"Largest", sized(survey.largest)},
                   {"Enlarged by the network's size", core::counted(survey.enlarged, "picture")},
                   {"Formats", kinds_text(survey.formats)},
                   {"Colours", kinds_text(survey.colours)},
                   {"Turned upright by EXIF", core::counted(survey.turned, "picture")},
                   {"Equal to the byte", copies_text(checked_)},
                   {"Looking alike", alike_text(checked_)},
                   {"Of a single tone", core::counted(survey.alike.plain, "picture")}};
  }

  // In the order in which they were asked for: classes, groups, damaged.
  void fill(int threads, const pictures::OnProgress& progress) {
    std::vector<augment::Image> made =
        pictures::make_thumbnails(files_, {.decode = checked_.opened.decode, .threads = threads, .progress = progress});
    std::size_t next = 0;
    const auto take = [&](std::vector<report::DataPicture>& pictures) {
      for (report::DataPicture& picture : pictures) picture.image = std::move(made[next++]);
    };
    for (report::DataClass& each : page_.classes) take(each.pictures);
    for (report::DataGroup& group : page_.groups) take(group.pictures);
    take(page_.damaged);
    RESLAB_ASSERT(next == made.size());
  }

  const CheckedData& checked_;
  const pictures::PictureSet& set_;
  report::DataPage page_;
  std::vector<pictures::ThumbnailFile> files_;
  std::size_t shown_in_groups_ = 0;
};

}  // namespace

report::DataPage check_page(const CheckedData& checked, int threads, const pictures::OnProgress& progress) {
  return CheckPage(checked).make(threads, progress);
}

}  // namespace reslab::cli
